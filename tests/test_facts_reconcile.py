"""Two sources of one series: how far they are apart, and what the note says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import note
from reporter.facts import Asked, Setting, coverage, measure_frame
from reporter.facts.catalogue import CATALOGUE
from reporter.facts.reconcile import CHECKS
from reporter.model import Coverage, Unit
from reporter.series import NOTHING_TO_COMPARE
from tests.desk import ALWAYS, USUAL, WEEK, Found, Rows, Said, days, every, measured, say, setting, store

TWO = setting(sources=("first", "second", "third"))
LABELS = Asked({}, {}, {"first": "FIRST", "second": "SECOND", "third": "THIRD"})
GAPS = ("price_source_gap", "open_interest_source_gap", "liquidations_source_gap", "funding_source_gap_apr",
        "etf_flow_source_gap_usd")  # fmt: skip
LEVEL = (100.0,) * 7


def sides(long: float, short: float, source: str) -> Rows:
    return {f"liquidations_{side}/BTC/okx/{source}": days("2025-03-03", *[value] * 7)
            for side, value in (("long", long), ("short", short))}  # fmt: skip


def closes(source: str, *values: float | None) -> Rows:
    return {f"price_close/BTC/okx/{source}": days("2025-03-03", *values)}


def gap(folder: Path, rows: Rows, name: str, how: Setting = TWO, said: Said = USUAL) -> float:
    value = measured(folder, rows, how, said=said)[f"BTC.{name}"]
    assert isinstance(value, float)
    return value


def why(folder: Path, rows: Rows, name: str, how: Setting = TWO) -> str:
    return measured(folder, rows, how).gap(f"BTC.{name}")


# ---- how far apart ---------------------------------------------------------------------------------------------------


def test_prices_are_compared_close_by_close(tmp_path: Path) -> None:
    # 3 of 100 on Wednesday is the widest; what the other source has not is not compared.
    rows = {**closes("first", *LEVEL), **closes("second", 100.0, 101.0, 97.0, None, 100.0, 100.0, 102.0)}
    assert gap(tmp_path, rows, "price_source_gap") == pytest.approx(0.03)


def test_the_gap_is_a_part_of_what_the_source_that_speaks_says(tmp_path: Path) -> None:
    rows = {**closes("first", *[200.0] * 7), **closes("second", *LEVEL)}
    assert gap(tmp_path, rows, "price_source_gap") == 0.5
    turned = replace(TWO, sources=("second", "first"))
    assert gap(tmp_path, rows, "price_source_gap", turned) == 1.0


def test_the_widest_of_several_sources_counts(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), **closes("second", *[101.0] * 7), **closes("third", *[98.0] * 7)}
    found = measured(tmp_path, rows, TWO)
    assert found["BTC.price_source_gap"] == pytest.approx(0.02)
    assert {one.series for one in found.fact("BTC.price_source_gap").inputs} == {*rows}


def test_an_hour_and_a_day_that_end_together_are_compared(tmp_path: Path) -> None:
    # The first source has days, the second hours: those that end at midnight count, 104 on Sunday.
    hours = every(1, "2025-03-03", *[999.0 if n % 24 != 23 else 100.0 for n in range(167)], 104.0)
    rows = {**closes("first", *LEVEL), "price_close/BTC/okx/second": hours}
    history = store(tmp_path, {name: rows[name] for name in rows if name.endswith("first")})
    say(history, {"price_close/BTC/okx/second": hours}, Said({"price_close": 1}))
    found = Found(measure_frame(history, TWO, WEEK, ALWAYS))
    assert found["BTC.price_source_gap"] == pytest.approx(0.04)


def test_open_interest_is_compared_at_each_moment_up_to_the_end_of_the_week(tmp_path: Path) -> None:
    rows = {"open_interest/BTC/okx/first": days("2025-03-03", *[100.0] * 8),
            "open_interest/BTC/okx/second": days("2025-03-03", *[100.0] * 7, 110.0)}  # fmt: skip
    assert gap(tmp_path, rows, "open_interest_source_gap") == pytest.approx(0.1)


def test_liquidations_are_compared_as_totals_of_the_week(tmp_path: Path) -> None:
    # 7 x (30 + 10) and 7 x (30 + 20): 70 of 280. Where on a day they fall does not count.
    rows = {**sides(30.0, 10.0, "first"), **sides(30.0, 20.0, "second")}
    assert gap(tmp_path, rows, "liquidations_source_gap") == 0.25
    moved = {**rows, "liquidations_long/BTC/okx/second": days("2025-03-03", 210.0, *[0.0] * 6)}
    assert gap(tmp_path, moved, "liquidations_source_gap") == 0.25


def test_a_source_without_a_whole_week_of_both_sides_is_not_compared(tmp_path: Path) -> None:
    rows = {**sides(30.0, 10.0, "first"), **sides(30.0, 20.0, "second")}
    short = {**rows, "liquidations_short/BTC/okx/second": days("2025-03-03", *[20.0] * 6)}
    assert (
        why(tmp_path, short, "liquidations_source_gap") == "nothing to compare: no other source has enough of the week"
    )
    del rows["liquidations_short/BTC/okx/second"]
    assert why(tmp_path, rows, "liquidations_source_gap").startswith(NOTHING_TO_COMPARE)


def test_the_two_sides_of_a_total_are_of_one_source(tmp_path: Path) -> None:
    # 40 against 50 and 30: with the longs of one and the shorts of the other it would be 60 or 20.
    rows = {**sides(30.0, 10.0, "first"), **sides(20.0, 30.0, "second"), **sides(30.0, 0.0, "third")}
    assert gap(tmp_path, rows, "liquidations_source_gap") == 0.25


def test_liquidations_where_one_source_has_none_are_wholly_apart(tmp_path: Path) -> None:
    rows = {**sides(0.0, 0.0, "first"), **sides(5.0, 0.0, "second")}
    assert gap(tmp_path, rows, "liquidations_source_gap") == 1.0
    assert gap(tmp_path, {**rows, **sides(0.0, 0.0, "second")}, "liquidations_source_gap") == 0.0


def test_funding_is_compared_as_annual_rates(tmp_path: Path) -> None:
    # 0.01 % and 0.02 % for eight hours: 0.0001 x 1095 a year apart.
    rows = {f"funding/BTC/okx/{source}": every(8, "2025-03-03", *[rate] * 21)
            for source, rate in (("first", 1e-4), ("second", 2e-4))}  # fmt: skip
    assert gap(tmp_path, rows, "funding_source_gap_apr") == pytest.approx(0.1095)


def test_half_a_week_of_funding_is_not_compared(tmp_path: Path) -> None:
    rows = {"funding/BTC/okx/first": every(8, "2025-03-03", *[1e-4] * 21),
            "funding/BTC/okx/second": every(8, "2025-03-03", *[9e-4] * 10)}  # fmt: skip
    assert why(tmp_path, rows, "funding_source_gap_apr").startswith(NOTHING_TO_COMPARE)


def test_flows_are_compared_in_dollars_session_by_session(tmp_path: Path) -> None:
    rows = {"etf_flow/BTC/us_spot/first": days("2025-03-03", 1e6, 2e6, 3e6, 4e6, 5e6),
            "etf_flow/BTC/us_spot/second": days("2025-03-03", 1e6, 2e6, -3e6, 4e6, 6e6)}  # fmt: skip
    assert gap(tmp_path, rows, "etf_flow_source_gap_usd") == 6e6


# ---- what is one series ----------------------------------------------------------------------------------------------


def test_another_venue_is_another_series(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), "price_close/BTC/gate/second": days("2025-03-03", *[150.0] * 7)}
    reason = "nothing to compare: price_close: only one source gives it for BTC at okx"
    both = setting(venues={"price_close": ("okx", "gate")}, sources=TWO.sources)
    assert why(tmp_path, rows, "price_source_gap", both) == reason


def test_a_source_that_may_not_speak_is_not_compared(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), **closes("second", *[150.0] * 7)}
    assert why(tmp_path, rows, "price_source_gap", setting(sources=("first",))).startswith(NOTHING_TO_COMPARE)


def test_the_source_that_speaks_is_the_one_that_the_facts_rest_on(tmp_path: Path) -> None:
    # The first has no close for Sunday: the second speaks, and what the first has is set beside it.
    rows = {**closes("first", *LEVEL[:6]), **closes("second", 110.0, *[100.0] * 6), **closes("third", *LEVEL)}
    found = measured(tmp_path, rows, TWO)
    assert found["BTC.price_source_gap"] == pytest.approx(10 / 110)
    assert found.fact("BTC.price_usd").inputs[0].series in {
        one.series for one in found.fact("BTC.price_source_gap").inputs
    }


def test_without_the_series_itself_there_is_nothing_to_compare(tmp_path: Path) -> None:
    assert why(tmp_path, {}, "price_source_gap") == "the history is empty"
    found = measured(tmp_path, closes("first", *LEVEL), TWO)
    for name in GAPS:
        assert found.gap(f"BTC.{name}").startswith(NOTHING_TO_COMPARE)
    assert [gap.name for gap in note.told(found.frame) if gap.name in GAPS] == []


def test_there_is_a_fact_for_each_check() -> None:
    assert tuple(CHECKS) == GAPS
    units = {name: CATALOGUE[name].measure.unit for name in GAPS}
    assert list(units.values()) == [Unit.FRACTION, Unit.FRACTION, Unit.FRACTION, Unit.APR, Unit.USD]
    assert all(CATALOGUE[name].measure.each == ("asset",) for name in GAPS)


Price = st.floats(min_value=1e-3, max_value=1e6)


@given(st.lists(st.tuples(Price, Price), min_size=7, max_size=7))
def test_a_gap_is_none_only_where_nothing_differs(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[float, float]]
) -> None:
    mine, theirs = zip(*pairs, strict=True)
    found = gap(
        tmp_path_factory.mktemp("any"), {**closes("first", *mine), **closes("second", *theirs)}, "price_source_gap"
    )
    assert (found == 0.0) == (mine == theirs)
    assert found >= 0.0


# ---- what the note says of it ----------------------------------------------------------------------------------------


def remarks(folder: Path, rows: Rows, asked: Asked = LABELS) -> dict[str, tuple[str, ...]]:
    found = covered(folder, rows, asked)
    assert {rest.source for rest in found.rests} == {"FIRST"}
    return {f"{rest.topic} {'+'.join(rest.assets)}": rest.remarks for rest in found.rests}


def covered(folder: Path, rows: Rows, asked: Asked = LABELS, how: Setting = TWO) -> Coverage:
    history = store(folder, rows)
    return coverage(history, how, measure_frame(history, how, WEEK, ALWAYS), asked, ALWAYS)


PRICE: Mapping[str, float] = days("2025-03-03", *LEVEL)


@pytest.mark.parametrize(
    ("rows", "topic", "text"),
    [
        (
            {**closes("first", *LEVEL), **closes("second", *LEVEL[:6], 99.0)},
            "Price BTC",
            "sources differ by 1.0%: FIRST gives $100.00 on March 9, SECOND $99.00",
        ),
        (
            {
                "open_interest/BTC/okx/first": days("2025-03-03", *[2e9] * 8),
                "open_interest/BTC/okx/second": days("2025-03-03", *[2e9] * 7, 2.2e9),
            },
            "Open interest BTC",
            "sources differ by 10.0%: FIRST gives $2.0 billion on March 10, SECOND $2.2 billion",
        ),
        (
            {**sides(3e6, 1e6, "first"), **sides(3e6, 2e6, "second")},
            "Liquidations BTC",
            "sources differ by 25.0%: FIRST gives $28 million over the week, SECOND $35 million",
        ),
        (
            {
                "funding/BTC/okx/first": every(8, "2025-03-03", *[2e-4] * 21),
                "funding/BTC/okx/second": every(8, "2025-03-03", *[4e-4] * 21),
            },
            "Funding BTC",
            "sources differ by 21.9 points: FIRST gives 21.9% on average over the week, SECOND 43.8%",
        ),
        (
            {
                "etf_flow/BTC/us_spot/first": days("2025-03-03", *[1e7] * 5),
                "etf_flow/BTC/us_spot/second": days("2025-03-03", *[1e7] * 4, 2e7),
            },
            "ETF flows BTC",
            "sources differ by $10 million: FIRST gives $10 million on March 7, SECOND $20 million",
        ),
    ],
)  # fmt: skip
def test_a_gap_past_its_tolerance_is_told_with_both_values_and_sources(
    tmp_path: Path, rows: Rows, topic: str, text: str
) -> None:
    assert remarks(tmp_path, rows) == {topic: (text,)}


def test_a_gap_within_its_tolerance_is_not_told(tmp_path: Path) -> None:
    near = {**closes("first", *LEVEL), **closes("second", *LEVEL[:6], 99.6), **sides(1e6, 1e6, "first"),
            **sides(1.09e6, 1.09e6, "second")}  # fmt: skip
    assert remarks(tmp_path, near) == {"Price BTC": (), "Liquidations BTC": ()}


def test_the_line_of_a_topic_stays_one_line(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), **closes("second", *[50.0] * 7), "price_high/BTC/okx/first": PRICE}
    assert list(remarks(tmp_path, rows)) == ["Price BTC"]


def test_another_asset_of_the_line_is_not_blamed(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), **closes("second", *[50.0] * 7), "price_close/ETH/okx/first": PRICE}
    how = setting(("BTC", "ETH"), sources=TWO.sources)
    found = covered(tmp_path, rows, how=how)
    assert [(rest.assets, bool(rest.remarks)) for rest in found.rests] == [(("BTC",), True), (("ETH",), False)]


def test_a_source_that_is_only_compared_is_nothing_that_the_figures_rest_on(tmp_path: Path) -> None:
    found = covered(tmp_path, {**closes("first", *LEVEL), **closes("second", *LEVEL)})
    assert [rest.source for rest in found.rests] == ["FIRST"]


def test_a_source_without_a_label_goes_by_its_name(tmp_path: Path) -> None:
    rows = {**closes("first", *LEVEL), **closes("second", *[50.0] * 7)}
    asked = Asked({}, {}, {"first": "FIRST"})
    (text,) = remarks(tmp_path, rows, asked)["Price BTC"]
    assert text.endswith("second $50.00")


@pytest.mark.parametrize("name", sorted(CHECKS))
def test_each_tolerance_is_above_nothing_and_below_a_fifth(name: str) -> None:
    assert 0 < CHECKS[name].tolerance < (1e8 if name.endswith("_usd") else 0.2)
