"""What came after weeks like this one: episodes counted, outcomes judged, never fewer than twelve cases."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import clock, note, units
from reporter.facts import base_rates, frames, measure_frame
from reporter.facts.base_rates import CONDITIONS, FEWEST, FLOWS, KEYS, OUTCOMES, Rate, after_like_weeks, rates
from reporter.facts.catalogue import CATALOGUE
from reporter.facts.kept import columns, pack
from reporter.facts.past import Key, Past, Weekly
from reporter.facts.reader import Missing
from reporter.model import LEAD, MARKET, Unit, Week
from reporter.series import NO_SUCH_WEEK, UNKNOWN_WEEK
from tests.desk import ALWAYS, WEEK, Found, Rows, Said, days, every, measured, say, setting, store

NAN = math.nan
LIKE = {one.name: one for one in CONDITIONS}
AFTER = {one.name: one for one in OUTCOMES}
FUNDING, PRICE, COINS = (LEAD, "funding_apr"), (LEAD, "price_usd"), (LEAD, "open_interest_coins")
LIQUIDATIONS, LONG_SHARE, DVOL = (MARKET, "liquidations_usd"), (MARKET, "liquidations_long_share"), (LEAD, "dvol")
Columns = Mapping[Key, Sequence[float]]


def past(given: Columns, bases: Mapping[Key, Sequence[int]] | None = None) -> Past:
    """Columns of weekly values up to WEEK; what is not given is unknown. The basis is 1 where none is said."""
    length = len(next(iter(given.values())))
    starts = [clock.seconds(WEEK.shifted(n + 1 - length).start) for n in range(length)]
    names = {key: (bases or {}).get(key, [1] * length) for key in KEYS}
    weeks = [
        {key: Weekly(values[n], names[key][n]) for key, values in given.items() if key in KEYS} for n in range(length)
    ]
    numbers = {start: pack(week, KEYS)[0] for start, week in zip(starts, weeks, strict=True)}
    return columns(numbers, KEYS, lambda cells: [()] * len(cells))


def rate(given: Columns, outcome: str, horizon: int = 1, like: str = "funding_negative") -> Rate:
    return after_like_weeks(past(given), LIKE[like], AFTER[outcome], horizon)


def reason(given: Columns, outcome: str = "price_rose", horizon: int = 1, like: str = "funding_negative") -> str:
    with pytest.raises(Missing) as raised:
        rate(given, outcome, horizon, like)
    return str(raised.value)


def flips(times: int) -> list[float]:
    """Funding that turns negative in every second week, so many times, and in the last week once more."""
    return [1.0, -1.0] * (times + 1)


def steady(length: int) -> list[float]:
    return [100.0 + n for n in range(length)]


# ---- share and count -------------------------------------------------------------------------------------------------


def test_the_share_is_that_of_the_cases_with_the_outcome() -> None:
    # Twelve weeks of negative funding at places 1, 3 ... 23; the price falls after the first three and rises after the
    # other nine: 9 / 12.
    price = [100.0] * 26
    for case in range(12):
        price[2 * case + 2] = 99.0 if case < 3 else 101.0
    found = rate({FUNDING: flips(12), PRICE: price, COINS: steady(26)}, "price_rose")
    assert (found.share, found.count) == (0.75, 12)


def test_an_equal_value_is_neither_higher_nor_lower() -> None:
    level = {FUNDING: flips(12), PRICE: [100.0] * 26, COINS: [5.0] * 26}
    assert rate(level, "price_rose").share == rate(level, "open_interest_fell").share == 0.0


def test_open_interest_fell_where_it_is_lower_at_the_horizon() -> None:
    coins = [1000.0 - n for n in range(26)]
    assert rate({FUNDING: flips(12), PRICE: steady(26), COINS: coins}, "open_interest_fell").share == 1.0
    assert rate({FUNDING: flips(12), PRICE: steady(26), COINS: coins[::-1]}, "open_interest_fell").share == 0.0


def test_fewer_than_twelve_cases_are_no_rate() -> None:
    made: Columns = {FUNDING: flips(11), PRICE: steady(24), COINS: steady(24)}
    assert FEWEST == 12
    assert reason(made) == "too few weeks like it: 11 earlier ones with what came after, of at least 12"


def test_a_case_needs_the_whole_horizon() -> None:
    # Thirteen cases at places 1 to 25; this week is place 27. Four weeks later is known up to place 23: of twelve.
    made: Columns = {FUNDING: flips(13), PRICE: steady(28), COINS: steady(28)}
    assert rate(made, "price_rose", horizon=1).count == 13
    assert rate(made, "price_rose", horizon=4).count == 12


def test_the_horizon_is_counted_from_the_case() -> None:
    # The price is up one week after each case and down four weeks after it.
    price = [100.0 - n + (5.0 if n % 2 == 0 else 0.0) for n in range(34)]
    made: Columns = {FUNDING: flips(16), PRICE: price, COINS: steady(34)}
    assert rate(made, "price_rose", horizon=1).share == 1.0
    assert rate(made, "price_rose", horizon=4).share == 0.0


# ---- episodes --------------------------------------------------------------------------------------------------------


def test_weeks_in_a_row_count_once() -> None:
    # Twelve episodes of three weeks, and this week.
    funding = [1.0, -1.0, -1.0, -1.0] * 12 + [1.0, -1.0]
    found = rate({FUNDING: funding, PRICE: steady(50), COINS: steady(50)}, "price_rose")
    assert (found.share, found.count) == (1.0, 12)


def test_the_first_week_of_an_episode_is_the_case() -> None:
    # The price rises after the first week of each episode and falls after the second.
    price = [NAN] * 50
    price[::4], price[1::4], price[2::4], price[3::4] = [1.0] * 13, [100.0] * 13, [101.0] * 12, [99.0] * 12
    funding = [1.0, -1.0, -1.0, 1.0] * 12 + [1.0, -1.0]
    assert rate({FUNDING: funding, PRICE: price, COINS: steady(50)}, "price_rose").share == 1.0


def test_an_episode_whose_beginning_is_not_known_is_left_out() -> None:
    made = flips(12)
    made[4] = NAN  # the week before the case at place 5
    assert reason({FUNDING: made, PRICE: steady(26), COINS: steady(26)}).startswith("too few weeks like it: 11")
    begun = [-1.0, *flips(12)]  # it has begun before the first week on record
    assert rate({FUNDING: begun, PRICE: steady(27), COINS: steady(27)}, "price_rose").count == 12


def test_cases_may_overlap_within_the_horizon() -> None:
    made: Columns = {FUNDING: flips(14), PRICE: steady(30), COINS: steady(30)}
    assert rate(made, "price_rose", horizon=4).count == 13  # two weeks apart, four weeks each


def test_a_case_whose_outcome_is_this_very_week_is_known() -> None:
    made: Columns = {FUNDING: [*flips(11), -1.0, -1.0], PRICE: steady(26), COINS: steady(26)}
    assert rate(made, "price_rose").count == 12  # the twelfth is this week's own episode, two weeks ago


# ---- this week -------------------------------------------------------------------------------------------------------


def test_of_another_week_there_is_no_rate() -> None:
    made: Columns = {FUNDING: [*flips(12), 1.0], PRICE: steady(27), COINS: steady(27)}
    assert reason(made) == NO_SUCH_WEEK


def test_of_a_week_that_cannot_be_judged_there_is_no_rate() -> None:
    assert reason({FUNDING: [*flips(12), NAN], PRICE: steady(27), COINS: steady(27)}) == UNKNOWN_WEEK


# ---- what is not known -----------------------------------------------------------------------------------------------


def test_open_interest_and_price_are_judged_on_the_same_cases() -> None:
    price = steady(30)
    price[2] = NAN  # after the first case
    made: Columns = {FUNDING: flips(14), PRICE: price, COINS: steady(30)}
    assert rate(made, "price_rose").count == rate(made, "open_interest_fell").count == 13


def test_an_outcome_on_other_venues_is_not_known() -> None:
    made: Columns = {FUNDING: flips(13), PRICE: steady(28), COINS: steady(28)}
    moved = past(made, {COINS: [1] * 2 + [2] * 26})  # between the first case and the week after it
    found = after_like_weeks(moved, LIKE["funding_negative"], AFTER["open_interest_fell"], 1)
    assert found.count == 12


def test_funds_took_in_money_where_the_weeks_of_the_horizon_add_up_to_some() -> None:
    # After each case 1 goes in; then 3 go out, so that four weeks add up to less than nothing.
    flows = [1.0 if n % 2 == 0 else -3.0 for n in range(34)]
    made: Columns = {FUNDING: flips(16), FLOWS: flows}
    assert rate(made, "etf_inflow", horizon=1).share == 1.0
    assert rate(made, "etf_inflow", horizon=4).share == 0.0


def test_one_week_without_flows_leaves_the_horizon_unknown() -> None:
    flows = [1.0] * 40
    flows[:10] = [NAN] * 10  # before there were funds: the cases up to place 9, or 8 with four weeks
    made: Columns = {FUNDING: flips(19), FLOWS: flows}
    assert rate(made, "etf_inflow", horizon=1).count == 15  # places 9 to 37
    flows[20] = NAN
    assert rate(made, "etf_inflow", horizon=4).count == 12  # 9 to 15 and 21 to 35 by twos, less those over place 20


def test_flows_of_other_funds_are_not_added() -> None:
    made: Columns = {FUNDING: flips(15), FLOWS: [1.0] * 32}
    moved = past(made, {FLOWS: [1] * 4 + [2] * 28})
    found = after_like_weeks(moved, LIKE["funding_negative"], AFTER["etf_inflow"], 4)
    assert found.count == 13  # of fourteen, the first spans the change: its weeks 2 to 5


# ---- conditions ------------------------------------------------------------------------------------------------------

CALM = [100.0, 101.0] * 26  # 52 weeks, so that the next one has a percentile


def meets(like: str, given: Columns, bases: Mapping[Key, Sequence[int]] | None = None) -> str:
    """`yes`, or why the last week is no such week."""
    try:
        after_like_weeks(past(given, bases), LIKE[like], AFTER["price_rose"], 1)
    except Missing as missing:
        return "yes" if str(missing).startswith("too few") else str(missing)
    return "yes"


@pytest.mark.parametrize(
    ("like", "given", "met"),
    [
        ("flush", {LIQUIDATIONS: [*CALM, 200.0], COINS: [*CALM, 50.0]}, "yes"),
        ("flush", {LIQUIDATIONS: [*CALM, 200.0], COINS: [*CALM, 500.0]}, NO_SUCH_WEEK),
        ("flush", {LIQUIDATIONS: [*CALM, 101.0], COINS: [*CALM, 50.0]}, NO_SUCH_WEEK),
        ("flush", {LIQUIDATIONS: [200.0] * 52, COINS: [*CALM[1:], 50.0]}, NO_SUCH_WEEK),
        ("flush", {LIQUIDATIONS: [*CALM[:25], 200.0], COINS: [*CALM[:25], 50.0]}, UNKNOWN_WEEK),
        ("flush", {LIQUIDATIONS: [*CALM[:26], 200.0], COINS: [*CALM[:26], 50.0]}, "yes"),
        ("squeeze", {LIQUIDATIONS: [*CALM, 200.0], LONG_SHARE: [*CALM, 0.4]}, "yes"),
        ("squeeze", {LIQUIDATIONS: [*CALM, 200.0], LONG_SHARE: [*CALM, 0.41]}, NO_SUCH_WEEK),
        ("squeeze", {LIQUIDATIONS: [*CALM, NAN], LONG_SHARE: [*CALM, 0.3]}, UNKNOWN_WEEK),
        ("squeeze", {LIQUIDATIONS: [*CALM, NAN], LONG_SHARE: [*CALM, 0.5]}, NO_SUCH_WEEK),
        ("open_interest_surge", {COINS: [100.0, 105.0]}, "yes"),
        ("open_interest_surge", {COINS: [100.0, 104.9]}, NO_SUCH_WEEK),
        ("open_interest_surge", {COINS: [0.0, 104.9]}, UNKNOWN_WEEK),
        ("funding_negative", {FUNDING: [1.0, -1e-9]}, "yes"),
        ("funding_negative", {FUNDING: [1.0, 0.0]}, NO_SUCH_WEEK),
        ("etf_outflow_streak", {FLOWS: [1.0, -1.0, -2.0, -1.0]}, "yes"),
        ("etf_outflow_streak", {FLOWS: [-1.0, 1.0, -2.0, -1.0]}, NO_SUCH_WEEK),
        ("etf_outflow_streak", {FLOWS: [1.0, 1.0, 2.0, 1.0]}, NO_SUCH_WEEK),
        ("volatility_shock", {DVOL: [40.0, 50.0]}, "yes"),
        ("volatility_shock", {DVOL: [40.0, 49.9]}, NO_SUCH_WEEK),
        ("volatility_shock", {DVOL: [NAN, 90.0]}, UNKNOWN_WEEK),
    ],
)
def test_a_week_meets_a_condition_or_not(like: str, given: Columns, met: str) -> None:
    assert meets(like, given) == met


def test_a_change_of_venues_leaves_a_condition_unknown() -> None:
    assert meets("volatility_shock", {DVOL: [40.0, 90.0]}, {DVOL: [1, 2]}) == UNKNOWN_WEEK


def test_a_third_week_of_outflows_is_the_case_of_its_run() -> None:
    # Twelve runs of five weeks and one of three up to now: cases in the third week; in the fourth money goes out again,
    # in the seventh, four weeks on, the sum is -1 - 1 + 1 + 1 = 0 and no inflow.
    flows = [-1.0, -1.0, -1.0, -1.0, -1.0, 1.0, 1.0] * 12 + [-1.0, -1.0, -1.0]
    found = rate({FLOWS: [1.0, *flows]}, "etf_inflow", like="etf_outflow_streak")
    assert (found.share, found.count) == (0.0, 12)
    assert rate({FLOWS: [1.0, *flows]}, "etf_inflow", horizon=4, like="etf_outflow_streak").share == 0.0


# ---- as known then ---------------------------------------------------------------------------------------------------

Cell = st.one_of(st.just(NAN), st.sampled_from([-2.0, -1.0, 1.0, 2.0, 40.0, 60.0]))


@given(st.lists(st.tuples(*[Cell] * len(KEYS)), min_size=30, max_size=90), st.integers(1, 29))
def test_later_weeks_change_nothing_of_an_earlier_one(rows: list[tuple[float, ...]], earlier: int) -> None:
    whole = past({key: [row[n] for row in rows] for n, key in enumerate(KEYS)})
    week = WEEK.shifted(-earlier)
    place, same = whole.place(week), {key: key for key in KEYS}
    own = {key: Weekly(float(whole.values[key][place]), 1) for key in KEYS}
    cut = past({key: [row[n] for row in rows[: place + 1]] for n, key in enumerate(KEYS)})
    told = [(name, str(one) if isinstance(one, Missing) else one.value) for name, one in rates(cut)]
    seen = rates(whole.upto(week, own, same))
    assert [(name, str(one) if isinstance(one, Missing) else one.value) for name, one in seen] == told


@given(st.lists(st.tuples(*[Cell] * len(KEYS)), min_size=1, max_size=120))
def test_every_share_is_a_share_of_twelve_cases_or_more(rows: list[tuple[float, ...]]) -> None:
    found = dict(rates(past({key: [row[n] for row in rows] for n, key in enumerate(KEYS)})))
    assert set(found) == {name for name, one in CATALOGUE.items() if one.looks_back}
    for name, one in found.items():
        if not isinstance(one, Missing):
            assert one.value >= FEWEST if "cases" in name else 0.0 <= one.value <= 1.0


# ---- as facts --------------------------------------------------------------------------------------------------------

WEEKS = 26
FIRST = WEEK.shifted(1 - WEEKS)


def history_rows(weeks: int = WEEKS, first: Week = FIRST) -> Rows:
    """Funding that turns negative in every second week; the price rises by one a week, open interest by ten coins."""
    funding = [0.0001 if week % 2 == 0 else -0.0001 for week in range(weeks) for _ in range(21)]
    prices = [100.0 + week for week in range(weeks) for _ in range(7)]
    at = f"{first.start:%Y-%m-%d}"
    positions = {(first.start + timedelta(weeks=n)).strftime("%Y-%m-%d"): (1000.0 + 10 * n) * (99.0 + n)
                 for n in range(weeks + 1)}  # fmt: skip
    return {"funding/BTC": every(8, at, *funding), "price_close/BTC": days(at, *prices), "open_interest/BTC": positions}


def test_a_week_like_others_has_the_rates_as_facts(tmp_path: Path) -> None:
    found = measured(tmp_path, history_rows())
    share, count = "market.after_funding_negative_price_rose_1w", "market.after_funding_negative_cases_1w"
    assert (found[share], found[count]) == (1.0, 12.0)
    assert found["market.after_funding_negative_open_interest_fell_1w"] == 0.0
    assert (found.fact(share).unit, found.fact(count).unit) == (Unit.SHARE, Unit.COUNT)
    assert found.fact(share).as_of == WEEK.cut
    assert units.text(12.0, Unit.COUNT) == "12"


def test_the_rates_rest_on_the_rows_of_the_weeks_they_count(tmp_path: Path) -> None:
    found = measured(tmp_path, history_rows())
    inputs = {one.series: one for one in found.fact("market.after_funding_negative_price_rose_1w").inputs}
    assert set(inputs) == {"funding/BTC/all/test", "price_close/BTC/all/test", "open_interest/BTC/all/test"}
    funding, closes = inputs["funding/BTC/all/test"], inputs["price_close/BTC/all/test"]
    assert (funding.first, funding.rows) == (FIRST.start, 21 * WEEKS)  # the first week: it was no such week
    assert clock.seconds(funding.last) == clock.seconds(WEEK.end) - 8 * 3600  # this week: it is such a week
    assert closes.rows == 24  # Sundays of places 1 to 24, each once: cases, and the weeks after them
    assert {len(one.payload_ids) for one in inputs.values()} == {1}


def test_the_rates_have_no_families_and_other_conditions_are_gaps(tmp_path: Path) -> None:
    found = measured(tmp_path, history_rows())
    ours = {name for subject, name in found.frame.facts if name.startswith("after_")}
    assert ours == {f"after_funding_negative_{what}_1w" for what in ("price_rose", "open_interest_fell", "cases")}
    assert found.gap("market.after_open_interest_surge_price_rose_1w") == NO_SUCH_WEEK
    assert found.gap("market.after_squeeze_cases_4w") == UNKNOWN_WEEK
    assert found.gap("market.after_funding_negative_etf_inflow_1w").startswith("too few weeks like it: 0 ")


def test_a_reader_of_the_note_is_not_told_of_them_as_missing(tmp_path: Path) -> None:
    told = note.told(measured(tmp_path, history_rows()).frame)
    assert [gap.name for gap in told if gap.name.startswith("after_")] == []
    assert "dvol" in {gap.name for gap in told}


def test_the_week_of_a_note_knows_the_same_when_later_rows_are_there(tmp_path: Path) -> None:
    history = store(tmp_path, history_rows())
    before = Found(measure_frame(history, setting(), WEEK, ALWAYS)).frame.facts
    longer = history_rows(WEEKS + 12)
    say(history, longer, Said({}, fetched=WEEK.shifted(12).cut))
    after = Found(measure_frame(history, setting(), WEEK, ALWAYS)).frame.facts
    names = {key for key in before if key[1].startswith("after_")}
    assert len(names) == 3
    assert {key: after[key].value for key in names} == {key: before[key].value for key in names}
    later = Found(measure_frame(history, setting(), WEEK.shifted(12), ALWAYS))
    assert later["market.after_funding_negative_cases_1w"] == 18.0


def test_a_revision_after_its_cut_does_not_make_an_earlier_week_another(tmp_path: Path) -> None:
    history = store(tmp_path, history_rows(), Said({}, fetched=WEEK.previous.start, manner="live"))
    week = WEEK.shifted(-4)  # one of the twelve cases
    assert Found(measure_frame(history, setting(), week, ALWAYS))["BTC.funding_apr"] < 0  # type: ignore[operator]
    revised = Said({}, fetched=WEEK.start, manner="live")
    say(history, {"funding/BTC": {f"{week.start:%Y-%m-%d %H:%M}": 9.0}}, revised)
    found = Found(measure_frame(history, setting(), WEEK, ALWAYS))
    assert found["market.after_funding_negative_cases_1w"] == 12.0


def test_rates_of_several_weeks_are_those_of_each_week_alone(tmp_path: Path) -> None:
    history = store(tmp_path, history_rows())
    weeks = [WEEK.shifted(-2), WEEK.previous, WEEK]
    together = list(frames(history, setting(), weeks, ALWAYS))
    assert together == [measure_frame(history, setting(), week, ALWAYS) for week in weeks]


def test_the_lead_is_the_one_whose_figures_are_meant(tmp_path: Path) -> None:
    assert base_rates.keys("ETH")[LEAD, "price_usd"] == ("ETH", "price_usd")
    rows = {name.replace("BTC", "ETH"): values for name, values in history_rows().items()}
    found = measured(tmp_path, rows, setting(["ETH", "BTC"]))
    assert found["market.after_funding_negative_cases_1w"] == 12.0
    other = measured(tmp_path, rows, setting(["BTC", "ETH"]))
    assert other.gap("market.after_funding_negative_cases_1w") == UNKNOWN_WEEK
