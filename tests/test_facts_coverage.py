"""What a week's figures rest on: lines by topic, fallbacks with their reasons, ages, and the share of open interest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from reporter.facts import Asked, Setting, coverage, measure_frame
from reporter.history import History
from reporter.model import Coverage, Input, Kind, Observation, Payload, Request, Rest, Series, Unit
from tests.desk import ALWAYS, FETCHED, USUAL, WEEK, Rows, Said, days, every, say, setting, store

SEVEN = days("2025-03-03", *[1.0] * 7)
SIX = days("2025-03-03", *[1.0] * 6)
EDGES = days("2025-03-03", *[1.0] * 8)
NOBODY = Asked({}, {}, {})
BLOCKED = "blocked from this address (HTTP 451)"
TWO = setting(sources=("first", "second"))
SOON = WEEK.end + timedelta(hours=15)
LISTED = setting(sources=("first", "list", "other"))
PART = {"open_interest/BTC/binance+okx/first": EDGES}
FOUR: Mapping[str, float] = {"binance": 10.0, "okx": 5.0, "bybit": 20.0, "gate": 25.0}


def asked(provided: Mapping[str, tuple[str, ...]] | None = None, **faults: str) -> Asked:
    """What sources are there for, and why some gave nothing; their labels are their names in capitals."""
    told = {name: tuple(text.split("|")) for name, text in faults.items()}
    labels = {name: name.upper() for name in ("first", "second", "third", "list", "other")}
    return Asked(provided or {}, told, labels)


def covered(folder: Path, rows: Rows, how: Setting = TWO, whom: Asked = NOBODY, said: Said = USUAL) -> Coverage:
    history = store(folder, rows, said)
    return coverage(history, how, measure_frame(history, how, WEEK, ALWAYS), whom, ALWAYS)


def line(found: Coverage, topic: str) -> Rest:
    (rest,) = (rest for rest in found.rests if rest.topic == topic)
    return rest


def remarks(found: Coverage) -> list[tuple[str, ...]]:
    return [rest.remarks for rest in found.rests]


# ---- lines -----------------------------------------------------------------------------------------------------------


def test_a_figure_rests_on_its_series_up_to_the_end_of_its_last_interval(tmp_path: Path) -> None:
    found = covered(tmp_path, {"spot_volume/BTC/okx/first": SEVEN}, whom=asked())
    assert found == Coverage((Rest("Spot volume", ("BTC",), "okx", "FIRST", WEEK.end, ()),), ("okx",), WEEK.end,
                             None, "", ())  # fmt: skip


def test_an_instant_speaks_up_to_its_own_moment(tmp_path: Path) -> None:
    found = covered(tmp_path, {"long_short_ratio/BTC/okx/first": {"2025-03-09 12:00": 1.5}})
    assert line(found, "Long/short accounts").newest == datetime(2025, 3, 9, 12, tzinfo=UTC)


def test_a_source_without_a_label_is_called_by_its_name(tmp_path: Path) -> None:
    assert line(covered(tmp_path, {"spot_volume/BTC/okx/first": SEVEN}), "Spot volume").source == "first"


def test_series_of_one_topic_and_coins_of_one_source_stand_in_one_line(tmp_path: Path) -> None:
    rows = {f"{measure}/{asset}/okx/first": SEVEN for measure in ("price_close", "price_high", "price_low")
            for asset in ("BTC", "ETH")}  # fmt: skip
    found = covered(tmp_path, rows, setting(("BTC", "ETH"), sources=("first",)))
    assert found.rests == (Rest("Price", ("BTC", "ETH"), "okx", "first", WEEK.end, ()),)


def test_coins_of_two_venues_stand_in_two_lines(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/first": SEVEN, "spot_volume/ETH/gate/second": SEVEN}
    found = covered(tmp_path, rows, setting(("BTC", "ETH"), sources=("first", "second")))
    assert [(rest.assets, rest.venue, rest.source) for rest in found.rests] == [
        (("BTC",), "okx", "first"),
        (("ETH",), "gate", "second"),
    ]


def test_a_joined_line_speaks_up_to_the_earlier_of_its_ends(tmp_path: Path) -> None:
    rows = {"long_short_ratio/BTC/okx/first": {"2025-03-09 06:00": 1.5},
            "long_short_ratio/ETH/okx/first": {"2025-03-09 18:00": 1.5}}  # fmt: skip
    found = covered(tmp_path, rows, setting(("BTC", "ETH"), sources=("first",)))
    assert line(found, "Long/short accounts").newest == datetime(2025, 3, 9, 6, tzinfo=UTC)
    assert found.oldest == datetime(2025, 3, 9, 6, tzinfo=UTC)


def test_a_total_of_several_venues_counts_each_and_all_counts_none(tmp_path: Path) -> None:
    rows = {"liquidations_long/BTC/okx+binance/first": SEVEN, "liquidations_short/BTC/okx+binance/first": SEVEN,
            "spot_volume/BTC/all/second": SEVEN}  # fmt: skip
    found = covered(tmp_path, rows)
    assert found.venues == ("binance", "okx")
    assert line(found, "Liquidations").venue == "okx+binance"


def test_the_oldest_of_the_newest_values_is_told(tmp_path: Path) -> None:
    sessions = days("2025-03-03", *[1e6] * 5)
    found = covered(tmp_path, {"spot_volume/BTC/okx/first": SEVEN, "etf_flow/BTC/us_spot/first": sessions})
    assert found.oldest == datetime(2025, 3, 8, tzinfo=UTC)  # the end of Friday


def test_a_week_without_figures_rests_on_nothing(tmp_path: Path) -> None:
    assert covered(tmp_path, {"spot_volume/BTC/okx/first": days("2025-02-03", *[1.0] * 7)}) == Coverage(
        (), (), None, None, "", ()
    )


def test_a_value_from_before_the_week_is_nothing_that_reports_in_it(tmp_path: Path) -> None:
    history = store(tmp_path, {"open_interest/BTC/okx/first": {"2025-03-02 12:00": 1e9}})
    frame = measure_frame(history, TWO, WEEK, ALWAYS)
    assert frame.facts["BTC", "open_interest_opening_usd"].value == 1e9
    assert coverage(history, TWO, frame, asked(), ALWAYS).rests == ()


def test_the_past_that_a_figure_is_compared_with_may_rest_on_others(tmp_path: Path) -> None:
    # The first source breaks off as the week begins. Two days later its value counts as missing, and the second speaks
    # for both ends of the week; the week before still rests on the first.
    rows = {"open_interest/BTC/okx/first": days("2025-02-24", *[1.0] * 8),
            "open_interest/BTC/okx/second": days("2025-02-24", *[1.0] * 15)}  # fmt: skip
    how = replace(TWO, freshness={"open_interest": (24.0, 48.0)})
    history = store(tmp_path, rows)
    frame = measure_frame(history, how, WEEK, ALWAYS)
    previous = frame.facts["BTC", "open_interest_usd_previous"].inputs
    assert [one.series for one in previous] == ["open_interest/BTC/okx/first"]
    (rest,) = coverage(history, how, frame, asked(), ALWAYS).rests
    assert (rest.source, rest.remarks) == ("SECOND", ("instead of FIRST, which has not enough for the week",))


def test_a_list_of_venues_is_one_line_and_none_of_its_venues_reports(tmp_path: Path) -> None:
    history = store(tmp_path, PART)
    snapshot(history, FOUR)
    found = coverage(history, LISTED, measure_frame(history, LISTED, WEEK, ALWAYS), asked(), ALWAYS)
    assert [(rest.topic, rest.venue, rest.source, rest.newest) for rest in found.rests] == [
        ("Open interest", "binance+okx", "FIRST", WEEK.end),
        ("Open interest by venue", "all", "LIST", SOON),
    ]
    assert found.venues == ("binance", "okx")


def test_a_list_of_records_is_told_by_what_it_lists(tmp_path: Path) -> None:
    history = store(tmp_path, {"spot_volume/BTC/okx/first": SEVEN})
    frame = measure_frame(history, TWO, WEEK, ALWAYS)
    quotes = Input("option_quotes/BTC/deribit/first", SOON, SOON, 12, ())
    fact = replace(frame.facts["BTC", "spot_volume_usd"], name="skew_25d", inputs=(quotes,))
    found = coverage(history, TWO, replace(frame, facts={("BTC", "skew_25d"): fact}), asked(), ALWAYS)
    assert found.rests == (Rest("Option quotes", ("BTC",), "deribit", "FIRST", SOON, ()),)


# ---- fallbacks -------------------------------------------------------------------------------------------------------


def test_what_was_preferred_and_gave_nothing_is_named_with_its_fault(tmp_path: Path) -> None:
    whom = asked({"first": ("spot_volume/BTC/okx/first",)}, first=BLOCKED)
    found = covered(tmp_path, {"spot_volume/BTC/gate/second": SEVEN}, whom=whom)
    assert remarks(found) == [(f"instead of FIRST, {BLOCKED}",)]
    assert found.fallbacks == (f"Spot volume: instead of FIRST, {BLOCKED}",)


def test_the_first_of_several_faults_is_the_reason(tmp_path: Path) -> None:
    whom = asked({"first": ("spot_volume/BTC/okx/first",)}, first=f"{BLOCKED}|answered what could not be read")
    found = covered(tmp_path, {"spot_volume/BTC/gate/second": SEVEN}, whom=whom)
    assert remarks(found) == [(f"instead of FIRST, {BLOCKED}",)]


def test_a_source_without_a_fault_has_not_enough(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/okx/first": SIX, "spot_volume/BTC/gate/second": SEVEN}
    enough = "instead of FIRST, which has not enough for the week"
    assert remarks(covered(tmp_path, rows, whom=asked())) == [(enough,)]
    never = asked({"first": ("spot_volume/BTC/okx/first",)})
    assert remarks(covered(tmp_path, {"spot_volume/BTC/gate/second": SEVEN}, whom=never)) == [(enough,)]


def test_a_mirror_of_the_same_venue_is_a_fallback_too(tmp_path: Path) -> None:
    whom = asked({name: (f"price_close/BTC/binance/{name}",) for name in ("first", "second")}, first=BLOCKED)
    found = covered(tmp_path, {"price_close/BTC/binance/second": SEVEN}, whom=whom)
    assert found.rests == (Rest("Price", ("BTC",), "binance", "SECOND", WEEK.end, (f"instead of FIRST, {BLOCKED}",)),)


def test_a_source_stands_in_for_nobody_at_another_of_its_venues(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/all/first": SIX, "spot_volume/BTC/okx/first": SEVEN}
    found = covered(tmp_path, rows, whom=asked(first=BLOCKED))
    assert [(rest.venue, rest.remarks) for rest in found.rests] == [("okx", ())]


def test_who_speaks_is_no_fallback_for_those_behind_it(tmp_path: Path) -> None:
    whom = asked({"second": ("spot_volume/BTC/gate/second",)}, second=BLOCKED)
    assert remarks(covered(tmp_path, {"spot_volume/BTC/okx/first": SEVEN}, whom=whom)) == [()]


def test_venues_that_are_read_beside_the_one_that_speaks_stand_in_for_nobody(tmp_path: Path) -> None:
    settlements = every(8, "2025-03-03", *[1e-4] * 21)
    rows = {f"funding/BTC/{venue}": settlements for venue in ("okx/first", "gate/second", "kraken/third")}
    whom = asked({"zero": ("funding/BTC/binance/zero",)}, zero=BLOCKED)
    found = covered(tmp_path, rows, setting(sources=("zero", "first", "second", "third")), whom)
    assert {rest.source: rest.remarks for rest in found.rests} == {
        "FIRST": (f"instead of zero, {BLOCKED}",),
        "SECOND": (),
        "THIRD": (),
    }


def test_a_source_that_has_nothing_of_a_coin_or_measure_is_not_missed(tmp_path: Path) -> None:
    whom = asked({"first": ("spot_volume/ETH/okx/first", "perp_volume/BTC/okx/first")}, first=BLOCKED)
    assert remarks(covered(tmp_path, {"spot_volume/BTC/gate/second": SEVEN}, whom=whom)) == [()]


def test_all_that_were_preferred_are_named_in_their_order_and_once(tmp_path: Path) -> None:
    # The first source has two venues, one before and one after the second source's.
    how = replace(setting(sources=("first", "second", "third")), venues={"spot_volume": ("okx", "gate", "kraken")})
    provided = {"first": ("spot_volume/BTC/okx/first", "spot_volume/BTC/kraken/first"),
                "second": ("spot_volume/BTC/gate/second",)}  # fmt: skip
    whom = asked(provided, first=BLOCKED)
    found = covered(tmp_path, {"spot_volume/BTC/kraken/third": SEVEN}, how, whom)
    assert remarks(found) == [
        (f"instead of FIRST, {BLOCKED}", "instead of SECOND, which has not enough for the week"),
    ]


def test_what_the_config_does_not_let_speak_was_not_preferred(tmp_path: Path) -> None:
    rows = {"spot_volume/BTC/gate/second": SEVEN, "spot_volume/BTC/okx/first": SIX, "spot_volume/BTC/okx/gone": SIX}
    only = replace(TWO, order={"spot_volume": ("second",)})
    assert remarks(covered(tmp_path, rows, only)) == [()]
    venues = replace(TWO, venues={"spot_volume": ("gate",)})
    assert remarks(covered(tmp_path, rows, venues)) == [()]


def test_a_snapshot_is_never_preferred(tmp_path: Path) -> None:
    history = store(tmp_path, {"open_interest/BTC/okx/second": EDGES})
    snapshot(history, {"okx": 5.0}, "first", WEEK.end + timedelta(hours=1))
    found = coverage(history, TWO, measure_frame(history, TWO, WEEK, ALWAYS), asked(first=BLOCKED), ALWAYS)
    assert [(rest.source, rest.remarks) for rest in found.rests] == [("FIRST", ()), ("SECOND", ())]


# ---- ages ------------------------------------------------------------------------------------------------------------


def aged(folder: Path, hours: float) -> tuple[str, ...]:
    """The remarks on a value of noon on the week's last day, where so many hours make a warning."""
    how = replace(TWO, freshness={"long_short_ratio": (hours, 200.0)})
    (rest,) = covered(folder, {"long_short_ratio/BTC/okx/first": {"2025-03-09 12:00": 1.5}}, how).rests
    return rest.remarks


def test_a_value_is_late_when_it_is_older_than_the_hours_of_its_measure(tmp_path: Path) -> None:
    assert aged(tmp_path, 12.0) == ()
    assert aged(tmp_path, 11.5) == ("the newest value is of March 9, 2025",)
    assert covered(tmp_path, {"long_short_ratio/BTC/okx/first": {"2025-03-09 00:00": 1.5}}).fallbacks == ()


def test_fridays_flows_are_not_late_unless_the_config_says_so(tmp_path: Path) -> None:
    rows = {"etf_flow/BTC/us_spot/first": days("2025-03-03", *[1e6] * 5)}
    assert covered(tmp_path, rows).fallbacks == ()
    strict = replace(TWO, freshness={"etf_flow": (24.0, 168.0)})
    assert covered(tmp_path, rows, strict).fallbacks == ("ETF flows: the newest value is of March 7, 2025",)


def test_a_fallback_that_is_late_says_both(tmp_path: Path) -> None:
    settlements = every(8, "2025-03-03", *[1e-4] * 20)  # the last one of the week is not there
    whom = asked({"first": ("funding/BTC/okx/first",)}, first=BLOCKED)
    how = replace(TWO, freshness={"funding": (4.0, 48.0)})
    found = covered(tmp_path, {"funding/BTC/gate/second": settlements}, how, whom)
    assert remarks(found) == [(f"instead of FIRST, {BLOCKED}", "the newest value is of March 9, 2025")]


# ---- sources that were silent ----------------------------------------------------------------------------------------


def test_sources_that_gave_nothing_are_named_with_their_reasons_once(tmp_path: Path) -> None:
    whom = asked(first=f"{BLOCKED}|{BLOCKED}|out of order (HTTP 503)", unknown="asked too often (HTTP 429)")
    found = covered(tmp_path, {"spot_volume/BTC/gate/second": SEVEN}, whom=whom)
    assert found.silent == (f"FIRST: {BLOCKED}; out of order (HTTP 503)", "unknown: asked too often (HTTP 429)")


# ---- share of open interest ------------------------------------------------------------------------------------------


def snapshot(
    history: History, venues: Mapping[str, float], source: str = "list", at: datetime = SOON, seen: datetime = FETCHED
) -> None:
    """A list of the moment: open interest in bitcoin by venue."""
    body = repr((source, at, seen, sorted(venues.items()))).encode()
    request = Request(source, "list", "test:list")
    payload = Payload(hashlib.sha256(body).hexdigest(), request, max(at, seen), 200, "text/plain", body)
    names = {venue: f"open_interest/BTC/{venue}/{source}" for venue in venues}
    series = [Series(name, Unit.USD, Kind.SNAPSHOT, timedelta(days=1)) for name in names.values()]
    found = [Observation(names[venue], at, value, payload.id) for venue, value in venues.items()]
    history.add(payload, "test", series, found, "live")


def share(folder: Path, *lists: Mapping[str, Any], rows: Rows = PART, as_of: datetime = ALWAYS) -> tuple[Any, str]:
    """The share and whose list says so; beside its venues a list may have `source`, `at` and `seen`."""
    history = store(folder, rows)
    for one in lists:
        venues = {name: value for name, value in one.items() if name not in {"source", "at", "seen"}}
        snapshot(history, venues, **{name: value for name, value in one.items() if name not in venues})
    frame = measure_frame(history, LISTED, WEEK, ALWAYS)
    found = coverage(history, LISTED, frame, asked(), as_of)
    return found.share, found.share_of


def test_the_share_is_of_all_venues_that_a_list_of_the_moment_has(tmp_path: Path) -> None:
    assert share(tmp_path, FOUR) == (0.25, "LIST")  # 15 of 60


def test_no_list_and_a_list_without_the_venues_give_no_share(tmp_path: Path) -> None:
    assert share(tmp_path) == (None, "")
    assert share(tmp_path, {"binance": 10.0, "bybit": 20.0, "gate": 25.0}) == (None, "")


def test_a_list_of_two_venues_is_none(tmp_path: Path) -> None:
    assert share(tmp_path, {"binance": 10.0, "okx": 5.0}) == (None, "")
    assert share(tmp_path, {"binance": 10.0, "okx": 5.0, "gate": 5.0}) == (0.75, "LIST")


def test_where_all_venues_are_counted_there_is_no_share(tmp_path: Path) -> None:
    assert share(tmp_path, FOUR, rows={"open_interest/BTC/all/first": EDGES}) == (None, "")


def test_where_no_open_interest_is_counted_there_is_no_share(tmp_path: Path) -> None:
    assert share(tmp_path, FOUR, rows={"spot_volume/BTC/okx/first": SEVEN}) == (None, "")
    assert share(tmp_path, FOUR, rows={"open_interest/ETH/okx/first": EDGES}) == (None, "")


def test_the_longest_list_that_has_the_venues_counts(tmp_path: Path) -> None:
    short = {"source": "other", "binance": 10.0, "okx": 5.0, "gate": 5.0}
    assert share(tmp_path, FOUR, short) == (0.25, "LIST")
    longer = {"binance": 10.0, "bybit": 20.0, "gate": 25.0, "htx": 1.0}
    assert share(tmp_path, longer, short) == (0.75, "OTHER")


def test_a_total_in_a_list_is_no_venue_of_it(tmp_path: Path) -> None:
    assert share(tmp_path, {**FOUR, "all": 60.0}) == (0.25, "LIST")


def test_the_first_list_after_the_week_counts_while_it_speaks_for_it(tmp_path: Path) -> None:
    later = {**FOUR, "binance": 40.0, "at": SOON + timedelta(days=1)}
    assert share(tmp_path, later, FOUR) == (0.25, "LIST")
    assert share(tmp_path, {**FOUR, "at": WEEK.end - timedelta(seconds=1)}) == (None, "")
    assert share(tmp_path, {**FOUR, "at": WEEK.end}) == (0.25, "LIST")
    assert share(tmp_path, {**FOUR, "at": WEEK.end + timedelta(days=8)}) == (None, "")
    assert share(tmp_path, {**FOUR, "at": WEEK.end + timedelta(days=8, seconds=-1)}) == (0.25, "LIST")


def test_a_list_that_was_not_seen_yet_does_not_count(tmp_path: Path) -> None:
    late = {**FOUR, "seen": FETCHED + timedelta(days=2)}
    assert share(tmp_path, late, as_of=FETCHED + timedelta(days=1)) == (None, "")
    assert share(tmp_path, late, as_of=FETCHED + timedelta(days=2)) == (0.25, "LIST")


def test_the_list_of_a_source_that_the_config_no_longer_names_does_not_count(tmp_path: Path) -> None:
    assert share(tmp_path, {**FOUR, "source": "gone"}) == (None, "")


def test_a_list_of_zeros_is_no_list(tmp_path: Path) -> None:
    assert share(tmp_path, dict.fromkeys(FOUR, 0.0)) == (None, "")


def test_an_instant_series_by_venue_is_no_list_of_the_moment(tmp_path: Path) -> None:
    rows = {**PART, **{f"open_interest/BTC/{venue}/list": days("2025-03-03", *[1.0] * 9) for venue in FOUR}}
    assert share(tmp_path, rows=rows)[0] is None


def test_a_history_that_grew_afterwards_changes_nothing_as_it_was_seen_then(tmp_path: Path) -> None:
    history = store(tmp_path, PART)
    snapshot(history, FOUR)
    then = SOON + timedelta(hours=1)
    before = coverage(history, LISTED, measure_frame(history, LISTED, WEEK, then), asked(), then)
    say(history, {"open_interest/BTC/okx/other": EDGES}, Said({}, fetched=then + timedelta(days=1), key="more"))
    snapshot(history, {**FOUR, "htx": 9.0}, "other", SOON + timedelta(days=1))
    assert coverage(history, LISTED, measure_frame(history, LISTED, WEEK, then), asked(), then) == before
