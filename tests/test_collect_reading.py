"""How live answers are read: what holds no data, what is no JSON, which rows are left out and which are named."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.collect import reading
from reporter.collect.live import DAY, Given
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Kind, Observation, Payload, Period, Request

MONDAY, SUNDAY = datetime(2026, 11, 9, tzinfo=UTC), datetime(2026, 11, 15, tzinfo=UTC)
WEEK = Period(MONDAY, datetime(2026, 11, 16, tzinfo=UTC))
LATER = datetime(2026, 11, 16, 14, 17, tzinfo=UTC)
GIVES = {
    "price_close": Given(DAY),
    "spot_volume": Given(DAY),
    "open_interest": Given(DAY),
    "funding": Given(timedelta(hours=8)),
    "long_short_ratio": Given(DAY),
    "long_short_ratio/bars": Given(DAY, kind=Kind.INTERVAL),
}


def payload(body: bytes = b"", period: Period | None = WEEK, fetched: datetime = LATER) -> Payload:
    request = Request("house", "candles/BTC", "https://example.com/candles", period=period)
    return Payload("0" * 64, request, fetched, 200, "application/json", body)


def problem(body: bytes, *path: str | int) -> str:
    with pytest.raises(ParseError) as caught:
        reading.listed(payload(body), *path)
    return str(caught.value)


# ---- an answer that holds no data ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b'{"a": 1}', None),
        (200, b"", None),
        (304, b"", None),
        (451, b"{}", Fault("blocked", "blocked from this address (HTTP 451)")),
        (403, b"<html>", Fault("blocked", "blocked from this address (HTTP 403)")),
        (401, b"{}", Fault("key", "refused the key (HTTP 401)")),
        (429, b"{}", Fault("limited", "asked too often (HTTP 429)", retry=True)),
        (418, b"{}", Fault("limited", "asked too often (HTTP 418)", retry=True)),
        (500, b"{}", Fault("down", "out of order (HTTP 500)", retry=True)),
        (503, b"<html>busy</html>", Fault("down", "out of order (HTTP 503)", retry=True)),
        (599, b"", Fault("down", "out of order (HTTP 599)", retry=True)),
        (200, b"  \n<!DOCTYPE html><p>One moment", Fault("page", "HTML where JSON was due")),
        (404, b"<HTML>no such page", Fault("page", "HTML where JSON was due")),
        (400, b"{}", Fault("refused", "refused the question (HTTP 400)")),
    ],
)
def test_status_and_look_of_an_answer_say_why_it_holds_no_data(
    status: int, body: bytes, expected: Fault | None
) -> None:
    assert reading.http_fault(status, body) == expected


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"code": -1121, "msg": "Invalid symbol."}', ": Invalid symbol."),
        (b'{"retMsg": "params error"}', ": params error"),
        (b'{"msg": "", "message": "no such pair"}', ": no such pair"),
        (b'{"msg": null, "error": "gone"}', ": gone"),
        (b'{"error": {"code": 5}}', ""),
        (b'["no"]', ""),
        (b'"no"', ""),
        (b"no", ""),
        (b"\xff\xfe{", ""),
        (b"[" * 9_000, ""),
    ],
)
def test_an_error_says_itself_what_is_wrong_with_the_question(body: bytes, said: str) -> None:
    assert reading.http_fault(400, body) == Fault("refused", f"refused the question (HTTP 400{said})")


def test_the_words_of_a_provider_are_one_short_line_that_can_be_printed() -> None:
    assert reading.plain(" no\r\n\x1b[31m such\u202e\tpair ") == "no [31m such pair"
    assert reading.plain("x" * 500) == "x" * 60 + "..."
    assert reading.plain("x" * 60) == "x" * 60


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\xef\xbb\xbf<html>", True),
        (b"<script>", True),
        (b"<?xml version='1.0'?>", True),
        (b'{"a": "<html>"}', False),
        (b"<p>", False),
        (b"", False),
    ],
)
def test_a_page_is_known_by_its_beginning(body: bytes, expected: bool) -> None:
    assert reading.is_html(body) is expected


# ---- JSON ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "the answer is empty"),
        (b" \n", "the answer is empty"),
        (b"[1, 2", "the answer is no JSON from byte 5 on; was it cut off?"),
        ('["€€", x]'.encode(), "the answer is no JSON from byte 11 on; was it cut off?"),
        (b"\xff[1]", "the answer is not UTF-8"),
        (b"[" * 200_000, "the answer is nested without end"),
        (b"[NaN]", "NaN where a number was due"),
        (b"[-Infinity]", "-Infinity where a number was due"),
        (b"<!doctype html><p>", "HTML where JSON was due"),
        (b'{"a": []}', "the answer is no list"),
        (b'"abc"', "the answer is no list"),
        (b"null", "the answer is no list"),
    ],
)
def test_what_is_no_list_of_json_is_said_with_source_and_question(body: bytes, what: str) -> None:
    assert problem(body) == f"house: candles/BTC: {what}; it is left out"


def test_a_number_of_too_many_digits_is_no_answer() -> None:
    assert problem(b"[" + b"9" * 5_000 + b"]").startswith("house: candles/BTC: Exceeds the limit")


def test_the_place_that_is_not_there_is_named() -> None:
    body = b'{"result": {"rows": [], "list": 5, "data": [[7]]}}'
    changed = "in the answer; did the provider change its form?; it is left out"
    assert problem(body, "result", "items") == f"house: candles/BTC: no 'result.items' {changed}"
    assert problem(body, "results", "rows") == f"house: candles/BTC: no 'results' {changed}"
    assert problem(body, "result", "list", "rows") == f"house: candles/BTC: no 'result.list.rows' {changed}"
    assert problem(body, "result", "data", 1) == f"house: candles/BTC: no 'result.data.1' {changed}"
    assert problem(body, "result", "list") == "house: candles/BTC: result.list is no list; it is left out"
    assert reading.listed(payload(body), "result", "data", 0) == [7]


# ---- cells -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(7, 7.0), (-0.5, -0.5), ("7", 7.0), (" 7.50 ", 7.5), ("+.5", 0.5), ("1.", 1.0), ("-1e-3", -0.001), (0, 0.0)],
)
def test_a_number_may_be_written_as_text(value: object, expected: float) -> None:
    assert reading.number(value) == expected


@pytest.mark.parametrize(
    "value",
    [None, True, False, "", "-", "NaN", "inf", "Infinity", "1e999", "1_000", "1,000", "0x10", "٣", "1 2", "--1", [], {},
     [1], 10**400, float("nan"), float("inf"), "9" * 50, "1e1000"],
)  # fmt: skip
def test_anything_else_is_no_number(value: object) -> None:
    with pytest.raises(ValueError, match=r"is no number|is not finite|out of all bounds"):
        reading.number(value)


@given(st.one_of(st.text(max_size=20), st.floats(), st.integers(), st.none(), st.booleans()))
def test_a_number_is_finite_or_refused(value: object) -> None:
    try:
        found = reading.number(value)
    except ValueError as refused:
        assert "\n" not in str(refused)
        return
    assert math.isfinite(found)


def test_a_blank_cell_is_not_reported_and_zero_is_zero() -> None:
    assert [reading.optional(value) for value in (None, "", "  ", "-", "0", 0)] == [None, None, None, None, 0.0, 0.0]
    with pytest.raises(ValueError, match="'n/a' is no number"):
        reading.optional("n/a")


def test_a_stamp_is_read_in_its_unit() -> None:
    assert reading.milliseconds(1762646400999) == datetime(2025, 11, 9, tzinfo=UTC)
    assert reading.milliseconds("1762646400000") == reading.seconds(1762646400) == reading.seconds("1762646400.9")


@pytest.mark.parametrize("value", [1762646400, "1762646400", 0, -1, 1e300, 4102444800000])
def test_a_stamp_that_is_not_in_milliseconds_is_no_time(value: object) -> None:
    with pytest.raises(ValueError, match="is no time"):
        reading.milliseconds(value)


@pytest.mark.parametrize("value", [1762646400000, "1762646400000", 0, 1e300, 4102444800])
def test_a_stamp_that_is_not_in_seconds_is_no_time(value: object) -> None:
    with pytest.raises(ValueError, match="is no time"):
        reading.seconds(value)


# ---- rows ------------------------------------------------------------------------------------------------------------


def close(row: Any) -> Iterable[reading.Cell]:
    """A row of a day and its price."""
    yield ("price_close", "BTC", "house"), day(row[0]), reading.number(row[1])


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def found(rows: Iterable[Any], one: Payload | None = None, read: Any = close) -> dict[str, float]:
    """The observations as `{"11-09 00:00": 90.0}`; a Flaw fails."""
    both = list(reading.observations(one or payload(), rows, read, GIVES))
    assert [str(each) for each in both if isinstance(each, Flaw)] == []
    return {f"{each.at:%m-%d %H:%M}": each.value for each in both if isinstance(each, Observation)}


def flaws(rows: Iterable[Any], read: Any = close) -> tuple[list[str], int]:
    """What is said of the rows that are left out, and how many are not."""
    both = list(reading.observations(payload(), rows, read, GIVES))
    said = [str(each).removeprefix("house: candles/BTC: ") for each in both if isinstance(each, Flaw)]
    return said, len(both) - len(said)


def test_an_observation_has_its_series_its_payload_and_the_order_of_the_rows() -> None:
    rows = [["2026-11-10", "90"], ["2026-11-09", 80]]
    assert list(reading.observations(payload(), rows, close, GIVES)) == [
        Observation("price_close/BTC/house/house", day("2026-11-10"), 90.0, "0" * 64),
        Observation("price_close/BTC/house/house", day("2026-11-09"), 80.0, "0" * 64),
    ]


def test_only_what_was_asked_for_comes_out() -> None:
    rows = [[each, 1] for each in ("2026-11-08", "2026-11-09", "2026-11-15", "2026-11-16")]
    late = LATER + timedelta(days=9)
    assert list(found(rows, payload(fetched=late))) == ["11-09 00:00", "11-15 00:00"]
    assert len(found(rows, payload(period=None, fetched=late))) == 4


def test_an_interval_counts_when_it_is_over() -> None:
    rows = [["2026-11-14", 1], ["2026-11-15", 1]]
    midnight = day("2026-11-16")
    assert list(found(rows, payload(fetched=midnight))) == ["11-14 00:00", "11-15 00:00"]
    assert list(found(rows, payload(fetched=midnight - timedelta(seconds=1)))) == ["11-14 00:00"]


def of(measure: str, venue: str = "house") -> Any:
    """Rows of a moment and a value of one measure."""
    return lambda row: [((measure, "BTC", venue), day(row[0]), reading.number(row[1]))]


def test_an_instant_may_stand_at_the_very_end_and_not_in_the_future() -> None:
    rows = [[each, 1] for each in ("2026-11-09", "2026-11-15 12:00", "2026-11-16", "2026-11-16 00:01")]
    assert list(found(rows, read=of("open_interest"))) == ["11-09 00:00", "11-15 12:00", "11-16 00:00"]
    noon = payload(fetched=day("2026-11-15 11:59"))
    assert list(found(rows, noon, of("open_interest"))) == ["11-09 00:00"]


def test_funding_counts_when_it_is_settled_and_the_week_ends_before_monday() -> None:
    rows = [[each, 1e-4] for each in ("2026-11-08 16:00", "2026-11-09", "2026-11-15 16:00", "2026-11-16")]
    assert list(found(rows, payload(fetched=LATER), of("funding"))) == ["11-09 00:00", "11-15 16:00"]
    at_once = payload(fetched=day("2026-11-15 16:00"))
    assert list(found(rows, at_once, of("funding"))) == ["11-09 00:00", "11-15 16:00"]


def test_a_venue_may_stamp_its_rows_otherwise() -> None:
    rows, noon = [["2026-11-14", 2], ["2026-11-15", 2]], payload(fetched=day("2026-11-15 12:00"))
    assert list(found(rows, noon, of("long_short_ratio"))) == ["11-14 00:00", "11-15 00:00"]
    assert list(found(rows, noon, of("long_short_ratio", "bars"))) == ["11-14 00:00"]


def test_a_row_that_cannot_be_used_is_named_and_the_others_stay() -> None:
    rows = [["2026-11-09", 1], ["2026-11-10"], {"day": 1}, ["2026-11-11", "x"], ["2026-11-12", None], None, 7,
            ["soon", 1], ["2026-11-13", 1]]  # fmt: skip
    assert flaws(rows) == (
        [
            "row 2: too short; it is left out",
            "row 3: no 0; it is left out",
            "row 4: 'x' is no number; it is left out",
            "row 5: NoneType is no number; it is left out",
            "row 6: 'NoneType' object is not subscriptable; it is left out",
            "row 7: 'int' object is not subscriptable; it is left out",
            "row 8: Invalid isoformat string: 'soon'; it is left out",
        ],
        2,
    )


def test_a_field_that_is_not_there_is_named() -> None:
    assert flaws([{"t": 1}], lambda row: [row["close"]])[0] == ["row 1: no 'close'; it is left out"]


def test_a_row_that_breaks_off_half_way_gives_nothing() -> None:
    def two(row: Any) -> Iterable[reading.Cell]:
        yield from close(row)
        yield ("spot_volume", "BTC", "house"), day(row[0]), reading.number(row[2])

    said, rows = flaws([["2026-11-09", 1, "x"]], two)
    assert (said, rows) == (["row 1: 'x' is no number; it is left out"], 0)


def test_what_no_market_can_have_is_a_flaw() -> None:
    said, there = flaws([["2026-11-09", -1], ["2026-11-11", 1e19], ["2026-11-12", 1]], of("spot_volume"))
    assert (said, there) == (
        [
            "row 1: -1 cannot be: spot turnover is never negative; it is left out",
            "row 2: 1e+19 is out of all bounds; it is left out",
        ],
        1,
    )


def test_a_second_value_of_one_moment_is_a_flaw_where_it_differs() -> None:
    twice = [["2026-11-09", 1], ["2026-11-09", "1.0"], ["2026-11-09", 2]]
    assert flaws(twice) == (["row 3: a second value for price_close at 2026-11-09 00:00; it is left out"], 1)
    assert found(twice[:2]) == {"11-09 00:00": 1.0}


def test_two_venues_have_each_their_own_value_of_a_moment() -> None:
    def both(row: Any) -> Iterable[reading.Cell]:
        yield ("price_close", "BTC", "one"), day(row[0]), reading.number(row[1])
        yield ("price_close", "BTC", "two"), day(row[0]), reading.number(row[2])

    assert flaws([["2026-11-09", 1, 2]], both) == ([], 2)


CELLS = st.one_of(st.none(), st.booleans(), st.floats(), st.integers(), st.text(max_size=8), st.lists(st.none()))
ROWS = st.lists(st.one_of(CELLS, st.tuples(st.sampled_from(["2026-11-09", "2026-11-20", "x"]), CELLS)), max_size=6)


@given(ROWS)
def test_whatever_rows_come_only_finite_values_of_the_period_go_out(rows: list[Any]) -> None:
    for each in reading.observations(payload(), rows, close, GIVES):
        assert isinstance(each, Flaw) or (math.isfinite(each.value) and WEEK.start <= each.at < WEEK.end)


def test_a_full_page_may_have_another_behind_it() -> None:
    assert [reading.full_page([0] * n, 3) for n in (2, 3, 4)] == [False, True, True]


def test_without_a_period_every_moment_was_asked_for() -> None:
    assert reading.within(None, MONDAY)
    kinds: Mapping[Kind, bool] = {Kind.INTERVAL: False, Kind.INSTANT: True, Kind.SNAPSHOT: True}
    assert {kind: reading.within(WEEK, WEEK.end, kind) for kind in Kind} == kinds
    assert not reading.within(WEEK, MONDAY - timedelta(seconds=1), Kind.INSTANT)


def test_a_body_is_read_as_it_came() -> None:
    body = {"ordinary": ["€", 1.5, None]}
    assert reading.document(payload(json.dumps(body).encode())) == body
    assert reading.document(payload(json.dumps(body, ensure_ascii=False).encode())) == body
