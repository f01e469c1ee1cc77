"""CSV files: what a mapping says is read exactly, what it does not say is never guessed, what is wrong is named."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reporter.collect import csv
from reporter.errors import ConfigError
from reporter.model import Flaw, Kind, Observation, Unit
from reporter.series import FILE_UNITS, FORMS, SIGNED
from tests.tables import CLOSE, cell, day, fits, flaw, mapping, observations, parse, payload, valued, values

# ---- rows into observations ------------------------------------------------------------------------------------------


def test_a_row_becomes_an_observation_with_its_line_and_payload() -> None:
    text = "Date,Close\n2025-03-03,86000.5\n2025-03-04,87000\n"
    assert observations(text) == [
        Observation("price_close/BTC/all/mine", day(3), 86000.5, payload(text.encode()).id, 2),
        Observation("price_close/BTC/all/mine", day(4), 87000.0, payload(text.encode()).id, 3),
    ]


@pytest.mark.parametrize(
    ("measure", "unit", "written", "expected"),
    [
        ("open_interest", "usd", "1250000", 1_250_000.0),
        ("open_interest", "musd", "0.1", 100_000.0),  # not 99999.99999999999
        ("etf_flow", "musd", "-94.3", -94_300_000.0),
        ("price_close", "usd", "86082.5", 86082.5),
        ("open_interest_coins", "coin", "1.5", 1.5),
        ("funding", "fraction", "0.0001", 0.0001),
        ("funding", "percent", "0.01", 0.0001),
        ("funding_oi_weighted", "percent", "-0.02", -0.0002),
        ("basis", "percent", "7", 0.07),
        ("basis_apr", "fraction", "0.07", 0.07),
        ("basis_apr", "percent", "7", 0.07),
        ("dvol", "points", "61.2", 61.2),
        ("skew_25d", "points", "-4.5", -4.5),
        ("long_short_ratio", "ratio", "1.7", 1.7),
        ("fear_greed", "index", "24", 24.0),
    ],
)
def test_a_value_lands_in_base_units(measure: str, unit: str, written: str, expected: float) -> None:
    assert values(f"Date,Close\n2025-03-03,{written}\n", **valued(measure, unit)) == [expected]


def test_every_unit_of_every_measure_has_a_way_into_base_units() -> None:
    for measure in FORMS:
        units = [unit for unit in FILE_UNITS if fits(measure, unit)]
        assert units, measure
        for unit in units:
            assert len(values("Date,Close\n2025-03-03,1\n", **valued(measure, unit))) == 1


def test_one_row_gives_each_value_column_an_observation() -> None:
    columns = [CLOSE, {"measure": "spot_volume", "column": "Volume", "unit": "musd"}]
    found = observations("Date,Close,Volume\n2025-03-03,86000,12\n", values=columns)
    assert [(one.series, one.value) for one in found] == [
        ("price_close/BTC/all/mine", 86000.0),
        ("spot_volume/BTC/all/mine", 12_000_000.0),
    ]


def test_an_index_of_the_market_has_the_asset_market() -> None:
    found = observations("Date,Close\n2025-03-03,24\n", asset="market", **valued("fear_greed", "index"))
    assert [one.series for one in found] == ["fear_greed/market/all/mine"]


def test_the_series_are_described_as_the_mapping_and_the_measure_say() -> None:
    settings = mapping(**valued("funding", "percent"), cadence_hours=4, delay_hours=1.5, label="Desk", terms="ours")
    (found,) = csv.series(settings, {"funding/BTC/all/mine"})
    assert (found.unit, found.kind) == (Unit.RATE, Kind.INTERVAL)
    assert (found.cadence, found.delay) == (timedelta(hours=4), timedelta(hours=1.5))
    assert (found.label, found.terms) == ("Desk", "ours")


def test_without_a_label_a_source_is_called_by_its_name_and_has_the_measure_s_cadence() -> None:
    (found,) = csv.series(mapping(), {"funding/BTC/all/mine"})
    assert (found.label, found.cadence) == ("mine", timedelta(hours=8))
    assert (csv.label(mapping()), csv.terms(mapping()), csv.ILLUSTRATIVE) == ("mine", "", False)


# ---- blank and bad cells ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", "  ", "-", "n/a", "NA", "null"])
def test_a_blank_cell_is_no_value_and_no_flaw(blank: str) -> None:
    assert values(f"Date,Close\n2025-03-03,{blank}\n2025-03-04,2\n") == [2.0]


def test_other_words_for_a_blank_replace_the_usual_ones() -> None:
    assert "'-' is no number" in flaw("Date,Close\n2025-03-03,-\n2025-03-04,x\n", blank=["x"])


def test_an_empty_row_is_left_out() -> None:
    assert values("Date,Close\n\n,\n2025-03-03,1\n   \n") == [1.0]


@pytest.mark.parametrize(
    "written",
    ["nan", "NaN", "inf", "-Infinity", "1e999", "1_000", "0x10", "1,5", "1 000", "$5", "5%", "--5", "(5", "(-5)", "()",
     "one", "1.2.3", "e5", ".", "+", "٣", "1\x00", "−5"],
)  # fmt: skip
def test_what_is_no_number_is_a_flaw(written: str) -> None:
    text = flaw(f'Date,Close\n2025-03-03,"{written}"\n')
    assert text.startswith("x.csv:2: column 'Close': ")
    assert text.endswith("; it is left out")


@pytest.mark.parametrize("written", ["1e300", "1e-300"])
def test_a_number_beyond_all_markets_is_a_flaw(written: str) -> None:
    assert "out of all bounds" in flaw(f"Date,Close\n2025-03-03,{written}\n")


def test_millions_that_overflow_are_a_flaw_and_not_infinite() -> None:
    assert "out of all bounds" in flaw("Date,Close\n2025-03-03,1e308\n", **valued("etf_flow", "musd"))


@pytest.mark.parametrize(
    ("written", "expected"),
    [("1e3", 1000.0), ("+5", 5.0), (".5", 0.5), ("5.", 5.0), ("007", 7.0), (" 5 ", 5.0), ("1.5E-2", 0.015)],
)
def test_usual_ways_to_write_a_number_are_read(written: str, expected: float) -> None:
    assert cell(written) == expected


def test_a_number_in_parentheses_is_negative() -> None:
    assert values("Date,Close\n2025-03-03,(94.3)\n", **valued("etf_flow", "musd")) == [-94_300_000.0]


@pytest.mark.parametrize(
    ("decimal", "thousands", "written", "expected"),
    [
        (",", ".", "1.234,5", 1234.5),  # German
        (",", ".", "1.234.567", 1_234_567.0),
        (",", ".", "1234,5", 1234.5),
        (".", ",", "1,234.5", 1234.5),
        (".", "'", "1'234.5", 1234.5),  # Swiss
        (",", "\N{NO-BREAK SPACE}", "1\N{NO-BREAK SPACE}234,5", 1234.5),  # French
        (",", "", "0,5", 0.5),
    ],
)
def test_thousands_and_decimal_signs_are_read_as_the_mapping_says(
    decimal: str, thousands: str, written: str, expected: float
) -> None:
    assert cell(written, decimal=decimal, thousands=thousands) == expected


@pytest.mark.parametrize(
    ("decimal", "thousands", "written"),
    [
        (",", ".", "1.5"),  # would be fifteen
        (",", "", "1.234"),  # would be one and a bit
        (".", ",", "1,23"),
        (".", ",", "12,34,567"),
        (".", ",", ",234"),
        (".", "", "1,234"),
        (",", ".", "1,234.5"),
    ],
)
def test_signs_in_other_places_than_the_mapping_says_are_a_flaw(decimal: str, thousands: str, written: str) -> None:
    text = f'Date;Close\n2025-03-03;"{written}"\n'
    assert "is no number" in flaw(text, separator=";", decimal=decimal, thousands=thousands)


@pytest.mark.parametrize("measure", sorted(set(FORMS) - SIGNED))
def test_what_is_never_negative_is_a_flaw_below_zero(measure: str) -> None:
    (unit, *_) = [unit for unit in FILE_UNITS if fits(measure, unit)]
    assert "never negative" in flaw("Date,Close\n2025-03-03,-1\n", **valued(measure, unit))


@pytest.mark.parametrize("measure", sorted(SIGNED))
def test_flows_rates_and_skew_may_be_negative(measure: str) -> None:
    (unit, *_) = [unit for unit in FILE_UNITS if fits(measure, unit)]
    (found,) = values("Date,Close\n2025-03-03,-1\n", **valued(measure, unit))
    assert found < 0


def test_a_price_of_zero_is_a_flaw_but_a_volume_of_zero_is_a_value() -> None:
    assert "never zero" in flaw("Date,Close\n2025-03-03,0\n")
    assert values("Date,Close\n2025-03-03,0\n", **valued("spot_volume", "usd")) == [0.0]


def test_an_index_above_a_hundred_is_a_flaw() -> None:
    assert "0 to 100" in flaw("Date,Close\n2025-03-03,101\n", asset="market", **valued("fear_greed", "index"))


def test_a_bad_cell_does_not_take_the_good_ones_of_its_row_along() -> None:
    columns = [CLOSE, {"measure": "spot_volume", "column": "Volume", "unit": "usd"}]
    found = parse("Date,Close,Volume\n2025-03-03,?,12\n", values=columns)
    assert [type(one) for one in found] == [Flaw, Observation]


# ---- rows of another shape -------------------------------------------------------------------------------------------


def test_a_row_with_a_cell_too_many_is_a_flaw_for_a_number_may_have_been_split() -> None:
    text = flaw("Date,Close,Note\n2025-03-03,86,000,x\n")
    assert text == "x.csv:2: 4 cells where the header has 3; is one split by a ','?; it is left out"


def test_blank_cells_at_the_end_of_a_row_do_no_harm() -> None:
    assert values("Date,Close\n2025-03-03,1,, \n") == [1.0]


def test_columns_that_nobody_named_are_not_read() -> None:
    assert values("Open,Date,Close,Extra\nx,2025-03-03,1,y\n") == [1.0]


def test_a_row_that_ends_before_a_named_column_was_cut_off_and_is_a_flaw() -> None:
    assert flaw("Date,Open,Close\n2025-03-03,12\n") == "x.csv:2: only 2 of 3 cells; it is left out"


def test_a_row_without_its_last_unnamed_cells_is_read() -> None:
    assert values("Date,Close,Note\n2025-03-03,1\n") == [1.0]


def test_a_line_is_the_one_on_which_its_row_begins() -> None:
    text = 'Date,Close,Note\n2025-03-03,1,"two\nlines"\n2025-03-04,2,"three\r\nmore\r\nlines"\n2025-03-05,x,\n'
    found = parse(text)
    assert [one.line for one in found if isinstance(one, Observation)] == [2, 4]
    assert [one.where for one in found if isinstance(one, Flaw)] == ["x.csv:7: column 'Close'"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_on_any_machine(end: str) -> None:
    assert [one.line for one in observations(end.join(["Date,Close", "2025-03-03,1", "2025-03-04,2"]))] == [2, 3]


def test_the_header_may_have_spaces_quotes_and_another_separator() -> None:
    assert values('" Date ";Close \n2025-03-03;1\n', separator=";") == [1.0]


@pytest.mark.parametrize(
    ("text", "line"), [('Date,Close\n2025-03-03,1\n2025-03-04,"2\n2025-03-05,3\n', 3), ('"Date,Close\n', 1)]
)
def test_a_quote_without_its_end_is_an_error_with_the_line_where_it_opens(text: str, line: int) -> None:
    with pytest.raises(ConfigError, match=f"^x.csv:{line}: not a CSV table .*check 'separator' and quotes$"):
        parse(text)


def test_a_cell_as_long_as_a_book_is_an_error() -> None:
    with pytest.raises(ConfigError, match=r"^x\.csv:2: not a CSV table"):
        parse(f"Date,Close\n2025-03-03,{'1' * 200_000}\n")


# ---- the header ------------------------------------------------------------------------------------------------------


def test_an_unknown_column_is_an_error_with_the_nearest_one_and_the_header() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("Date,Closing,Volume\n")
    assert str(caught.value) == (
        "x.csv:1: no column 'Close'; did you mean 'Closing'?; the header has Date, Closing, Volume"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"asset": {"column": "Coin"}},
        {"venue": {"column": "Coin"}},
        {"where": {"Coin": "x"}},
        {"time": {"column": "Coin"}},
    ],
)
def test_every_named_column_must_be_there(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="no column 'Coin'"):
        parse("Date,Close\n", **changes)


def test_an_empty_file_has_no_header() -> None:
    with pytest.raises(ConfigError, match="no column 'Date'; the header has nothing"):
        parse("")


def test_a_header_alone_gives_nothing() -> None:
    assert parse("Date,Close\n") == []


def test_a_named_column_that_stands_twice_is_an_error_and_another_one_is_not() -> None:
    with pytest.raises(ConfigError, match="the column 'Close' stands twice"):
        parse("Date,Close,Close\n2025-03-03,1,2\n")
    assert values("Date,Close,Note,Note\n2025-03-03,1,a,b\n") == [1.0]


# ---- encodings -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_a_byte_order_mark_is_no_part_of_the_header(encoding: str) -> None:
    assert values("\ufeffDate,Close\n2025-03-03,1\n", encoding=encoding) == [1.0]


def test_another_encoding_than_the_mapping_s_is_an_error_that_says_where() -> None:
    body = "Date,Close,Börse\n2025-03-03,1,x\n".encode("latin-1")
    with pytest.raises(ConfigError, match=r"^x\.csv: byte 12 is not utf-8-sig; set 'encoding' of source 'mine'$"):
        parse(body)
    assert values(body, encoding="latin-1", where={"Börse": "x"}) == [1.0]


def test_utf_16_is_read_where_the_mapping_says_so_and_refused_where_not() -> None:
    body = "Date,Close\n2025-03-03,1\n".encode("utf-16")
    assert values(body, encoding="utf-16") == [1.0]
    with pytest.raises(ConfigError, match="set 'encoding'"):
        parse(body)
    with pytest.raises(ConfigError, match="is not utf-16"):
        parse(body + b"\x00", encoding="utf-16")


def test_a_nul_byte_is_no_number_no_time_and_no_venue() -> None:
    found = parse(
        b"Date,Close,Venue\n2025-03-03,1\x00,a\n2025-03-04\x00,1,a\n2025-03-05,1,a\x00\n", venue={"column": "Venue"}
    )
    assert [type(one) for one in found] == [Flaw] * 3


# ---- the same moment twice -------------------------------------------------------------------------------------------


def test_the_same_row_twice_is_one_observation() -> None:
    assert [one.line for one in observations("Date,Close\n2025-03-03,1\n2025-03-03,1.0\n")] == [2]


def test_a_second_value_for_a_moment_is_a_flaw_and_the_first_one_stays() -> None:
    found = parse("Date,Close\n2025-03-03,1\n2025-03-03,2\n")
    assert [one.value for one in found if isinstance(one, Observation)] == [1.0]
    assert [str(one) for one in found if isinstance(one, Flaw)] == [
        "x.csv:3: column 'Close': a second value for price_close/BTC/all/mine at 2025-03-03 00:00; it is left out"
    ]


def test_the_same_moment_of_another_asset_is_another_observation() -> None:
    text = "Date,Close,Coin\n2025-03-03,1,BTC\n2025-03-03,2,ETH\n"
    assert values(text, asset={"column": "Coin"}) == [1.0, 2.0]


# ---- time ------------------------------------------------------------------------------------------------------------


def at(written: str, **time: Any) -> datetime:
    (found,) = observations(f'Date,Close\n"{written}",1\n', time={"column": "Date", **time})
    return found.at


@pytest.mark.parametrize(
    ("written", "form", "expected"),
    [
        ("2025-03-03", "%Y-%m-%d", day(3)),
        ("03 Mar 2025", "%d %b %Y", day(3)),
        ("3/4/2025", "%d/%m/%Y", datetime(2025, 4, 3, tzinfo=UTC)),
        ("Mar 03, 2025 01:30 PM", "%b %d, %Y %I:%M %p", day(3).replace(hour=13, minute=30)),
        ("2025-03-03T08:00:00+0200", "%Y-%m-%dT%H:%M:%S%z", day(3).replace(hour=6)),
        ("2025-03-03T08:00:00Z", "%Y-%m-%dT%H:%M:%S%z", day(3).replace(hour=8)),
        ("1740960000", "unix", day(3)),
        ("1740960000.0", "unix", day(3)),
        ("1740960000000", "unix_ms", day(3)),
    ],
)
def test_a_time_is_read_in_the_form_that_the_mapping_names(written: str, form: str, expected: datetime) -> None:
    assert at(written, formats=[form]) == expected


def test_several_forms_are_tried_in_order() -> None:
    text = "Date,Close\n03 Mar 2025,1\n2025-03-04,2\n"
    found = observations(text, time={"column": "Date", "formats": ["%d %b %Y", "%Y-%m-%d"]})
    assert [one.at for one in found] == [day(3), day(4)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2025-01-15 12:00", datetime(2025, 1, 15, 17, tzinfo=UTC)),  # winter: five hours behind
        ("2025-07-15 12:00", datetime(2025, 7, 15, 16, tzinfo=UTC)),  # summer: four
        ("2025-03-09 01:59", datetime(2025, 3, 9, 6, 59, tzinfo=UTC)),  # the last minute of winter
        ("2025-03-09 03:00", datetime(2025, 3, 9, 7, tzinfo=UTC)),  # the minute after it
        ("2025-11-02 01:30", datetime(2025, 11, 2, 5, 30, tzinfo=UTC)),  # twice on that day: the first one
    ],
)
def test_a_time_without_an_offset_is_in_the_mapping_s_zone(written: str, expected: datetime) -> None:
    found = at(written, formats=["%Y-%m-%d %H:%M"], zone="America/New_York")
    assert (found, found.utcoffset()) == (expected, timedelta(0))


def test_the_hour_that_comes_twice_in_autumn_is_not_taken_for_two_hours() -> None:
    text = "Date,Close\n2025-11-02 01:30,1\n2025-11-02 01:30,2\n"
    found = parse(text, time={"column": "Date", "formats": ["%Y-%m-%d %H:%M"], "zone": "America/New_York"})
    assert [type(one) for one in found] == [Observation, Flaw]


def test_an_offset_in_the_time_outranks_the_zone() -> None:
    assert at("2025-03-03 00:00+0000", formats=["%Y-%m-%d %H:%M%z"], zone="Asia/Tokyo") == day(3)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2025-02-30", "%Y-%m-%d"),
        ("yesterday", "%Y-%m-%d"),
        ("2025-03-03 00:00", "%Y-%m-%d"),
        ("", "%Y-%m-%d"),
        ("0001-01-01", "%Y-%m-%d"),
        ("1740960000000", "unix"),  # milliseconds: the year 57,000
        ("1740960000", "unix_ms"),  # seconds: January 1970
        ("1_740_960_000", "unix"),
        ("nan", "unix"),
        ("1e9", "unix"),
        ("-5", "unix"),
        ("9" * 400, "unix"),
    ],
)
def test_what_is_no_time_of_the_form_is_a_flaw(written: str, form: str) -> None:
    text = flaw(f'Date,Close\n"{written}",1\n', time={"column": "Date", "formats": [form]})
    assert text == f"x.csv:2: column 'Date': {written[:40]!r} is no time of the form {form}; it is left out"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_a_time_at_the_edge_of_the_calendar_is_a_flaw_and_no_crash(zone: str) -> None:
    for written in ("0001-01-01", "9999-12-31"):
        parse(f"Date,Close\n{written},1\n", time={"column": "Date", "zone": zone})


# ---- assets, venues, filters -----------------------------------------------------------------------------------------

COINS = "Date,Close,Pair,Exchange\n2025-03-03,1,BTCUSDT,Binance\n2025-03-03,2,ETHUSDT,OKX\n2025-03-03,3,BTCUSDT,OKX\n"


def ids(text: str, **changes: Any) -> list[str]:
    return [one.series.removeprefix("price_close/").removesuffix("/mine") for one in observations(text, **changes)]


def test_columns_of_assets_and_venues_are_mapped_to_our_words() -> None:
    asset = {"column": "Pair", "map": {"BTCUSDT": "BTC", "ETHUSDT": "ETH"}}
    venue = {"column": "Exchange", "map": {"Binance": "binance"}}
    assert ids(COINS, asset=asset, venue=venue) == ["BTC/binance", "ETH/OKX", "BTC/OKX"]


def test_only_some_of_a_column_s_words_are_read() -> None:
    asset = {"column": "Pair", "map": {"BTCUSDT": "BTC"}, "only": ["BTCUSDT"]}
    assert ids(COINS, asset=asset, venue={"column": "Exchange", "only": ["OKX"]}) == ["BTC/OKX"]


def test_a_filter_leaves_other_rows_out_whatever_stands_in_them() -> None:
    text = "Date,Close,Fund\nnever,?,IBIT\n2025-03-03,1,TOTAL\n2025-03-04,2,Total\n"
    assert values(text, where={"Fund": "TOTAL"}) == [1.0]
    assert values(text, where={"Fund": ["TOTAL", "Total"]}) == [1.0, 2.0]


def test_a_row_must_pass_every_filter() -> None:
    text = "Date,Close,A,B\n2025-03-03,1,x,y\n2025-03-04,2,x,z\n"
    assert values(text, where={"A": "x", "B": "z"}) == [2.0]


@pytest.mark.parametrize("word", ["", "B/TC", "x" * 81, "a\tb"])
def test_a_word_that_is_no_name_of_an_asset_or_venue_is_a_flaw(word: str) -> None:
    text = f'Date,Close,Word\n2025-03-03,1,"{word}"\n'
    assert "is no asset" in flaw(text, asset={"column": "Word"})
    assert "is no venue" in flaw(text, venue={"column": "Word"})


# ---- flows of funds --------------------------------------------------------------------------------------------------

FLOWS: dict[str, Any] = {**valued("etf_flow", "musd"), "venue": "us_spot", "calendar": "us_etf"}


def test_a_zero_on_a_holiday_is_no_value() -> None:
    text = "Date,Close\n2025-02-14,5\n2025-02-17,0.0\n2025-02-18,0\n"  # Presidents' Day, a Monday; then a session
    assert [(one.at.day, one.value) for one in observations(text, **FLOWS)] == [(14, 5e6), (18, 0.0)]


def test_a_zero_before_the_launch_of_the_funds_is_no_value() -> None:
    text = "Date,Close\n2024-01-10,0\n2024-01-11,1\n"
    assert [one.at.day for one in observations(text, **FLOWS)] == [11]
    ether = "Date,Close\n2024-07-22,0\n2024-07-23,1\n"
    assert [one.at.day for one in observations(ether, **{**FLOWS, "asset": "ETH"})] == [23]


@pytest.mark.parametrize("written", ["2025-02-17", "2025-02-15", "2024-01-10"])
def test_a_flow_on_a_day_without_a_session_is_a_flaw(written: str) -> None:
    assert "without a session" in flaw(f"Date,Close\n{written},5\n", **FLOWS)


def test_without_a_calendar_a_zero_is_a_zero() -> None:
    assert values("Date,Close\n2025-02-17,0\n", **{**FLOWS, "calendar": ""}) == [0.0]


# ---- any bytes -------------------------------------------------------------------------------------------------------

WIDE: dict[str, Any] = {
    "asset": {"column": "Coin", "map": {"Bitcoin": "BTC"}, "only": ["Bitcoin", "ETH"]},
    "venue": {"column": "Venue", "only": ["binance"]},
    "time": {"column": "Date", "formats": ["%Y-%m-%d", "unix", "unix_ms"], "zone": "America/New_York"},
    "values": [
        {"measure": "etf_flow", "column": "Flow", "unit": "musd"},
        {"measure": "funding", "column": "Rate", "unit": "percent"},
    ],
    "thousands": ",",
}
HEADER = b"Date,Coin,Venue,Flow,Rate\n"
ALLOWED = {f"{measure}/{asset}/binance/mine" for measure in ("etf_flow", "funding") for asset in ("BTC", "ETH")}
WORDS = st.sampled_from(
    ["2025-03-03", "1740960000", "9999-12-31", "Bitcoin", "ETH", "DOGE", "binance", "okx", "1", "-2.5", "1e308", "nan",
     "(3)", '"1,000"', '"', "\n", ",", "\x00", ""]
)  # fmt: skip


def hold(body: bytes) -> None:
    """Whatever is in a file: observations of the mapping's series, flaws, or a ConfigError."""
    try:
        found = parse(body, **WIDE)
    except ConfigError as problem:
        assert str(problem).startswith("x.csv")
        return
    for one in found:
        if isinstance(one, Observation):
            assert one.series in ALLOWED
            assert math.isfinite(one.value)
            assert one.at.utcoffset() == timedelta(0)
            assert one.line is not None
            assert 2 <= one.line <= body.count(b"\n") + body.count(b"\r") + 1


@given(st.binary(max_size=300))
@example(b"")
@example(b"\xff\xfe")
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    hold(body)
    hold(HEADER + body)


@given(st.lists(st.lists(WORDS, min_size=3, max_size=7).map(",".join), max_size=8).map("\n".join))
@example("2025-03-03,Bitcoin,binance,1e308,1\n")
@example("2025-03-03,Bitcoin,binance,1,0.01\n2025-03-03,ETH,binance,2,0.02\n")
def test_any_rows_are_read_or_refused(rows: str) -> None:
    hold(HEADER + rows.encode())
