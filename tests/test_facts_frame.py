"""The frame of a week: its facts with their past, what is kept of it, and what an earlier moment would have seen."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reporter.facts import Setting, catalogue, frame, frames, measure_frame, measures, past
from reporter.facts.catalogue import CATALOGUE, fact
from reporter.facts.reader import Missing, Reader
from reporter.history import History
from reporter.model import MARKET, Fact, OptionQuote, Payload, Request, Unit, Week
from tests.desk import ALWAYS, FETCHED, WEEK, Found, Rows, Said, days, measured, say, setting, store

FIRST = "2024-12-30"  # the Monday of ten weeks, of which WEEK is the last
CLOSES: Rows = {"price_close/BTC": days(FIRST, *[100.0 + week for week in range(10) for _ in range(7)])}


def closes(*values: float) -> Rows:
    """Seven days at each price, one price a week, the last one in WEEK."""
    first = WEEK.shifted(1 - len(values)).start
    return {"price_close/BTC": days(f"{first:%Y-%m-%d}", *[value for value in values for _ in range(7)])}


def found(history: History, how: Setting | None = None, week: Week = WEEK) -> Found:
    return Found(measure_frame(history, how or setting(), week, ALWAYS))


# ---- facts and gaps --------------------------------------------------------------------------------------------------


def test_each_question_is_a_fact_or_a_gap(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES, setting(["BTC", "ETH"])).frame
    asked = {
        (s, m.name) for m in measures() for each in m.each for s in (("BTC", "ETH") if each == "asset" else (MARKET,))
    }
    names = {m.name for m in measures()}
    assert {key for key in made.facts if key[1] in names} | set(made.gaps) == asked
    assert not set(made.facts) & set(made.gaps)
    assert all(gap.reason and gap.key == f"{s}.{n}" for (s, n), gap in made.gaps.items())


def test_an_empty_history_is_gaps_alone(tmp_path: Path) -> None:
    made = measured(tmp_path, {})
    assert made.frame.facts == {}
    assert made.gap("BTC.price_usd") == made.gap("market.fear_greed") == "the history is empty"


def test_a_fact_says_what_it_is_and_when_it_was_known(tmp_path: Path) -> None:
    one = measured(tmp_path, CLOSES).fact("BTC.price_usd")
    assert (one.key, one.unit, one.as_of) == ("BTC.price_usd", Unit.PRICE, WEEK.cut)
    assert (one.window.start, one.window.end) == (WEEK.start, WEEK.end)
    assert one.definition == CATALOGUE["price_usd"].measure.definition
    assert all(len(one.payload_ids) == 1 and len(one.payload_ids[0]) == 64 for one in one.inputs)


def test_the_lead_is_the_setting_s(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES).frame
    assert (made.lead, made.assets, made.subject("lead")) == ("BTC", ("BTC",), "BTC")


def test_a_week_before_the_history_is_gaps_alone(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES, week=WEEK.shifted(-100))
    assert made.frame.facts == {}


# ---- families --------------------------------------------------------------------------------------------------------


def test_families_are_named_in_full_and_carry_their_unit(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES)
    assert (made["BTC.price_usd"], made["BTC.price_usd_previous"], made["BTC.price_usd_change"]) == (109.0, 108.0, 1.0)
    assert made["BTC.price_usd_growth"] == pytest.approx(1 / 108)
    assert (made["BTC.price_usd_streak"], made.fact("BTC.price_usd_streak").unit) == (9.0, Unit.COUNT)
    assert made.fact("BTC.price_usd_growth").unit == Unit.FRACTION
    assert "BTC.price_usd_percentile" not in made  # nine weeks are too few


def test_a_family_is_defined_in_a_sentence(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES)
    text = CATALOGUE["price_usd"].measure.definition
    assert made.fact("BTC.price_usd_growth").definition == f"Relative change from the week before: {text}"
    assert "the change from the week before had one sign" in made.fact("BTC.price_usd_streak").definition


def test_a_comparison_walks_back_to_the_rows_of_both_weeks(tmp_path: Path) -> None:
    made = measured(tmp_path, CLOSES)
    days_of = {name: [f"{one.first:%m-%d}" for one in made.fact(f"BTC.price_usd{name}").inputs]
               for name in ("", "_previous", "_change", "_growth")}  # fmt: skip
    assert days_of == {
        "": ["03-09"],
        "_previous": ["03-02"],
        "_change": ["03-09", "03-02"],
        "_growth": ["03-09", "03-02"],
    }


def test_highest_since_is_dated_by_the_last_day_of_its_week(tmp_path: Path) -> None:
    made = measured(tmp_path, closes(200.0, *[100.0] * 8, 150.0))
    assert made["BTC.price_usd_high_since"] == date(2025, 1, 5)


def test_a_week_without_a_value_blocks_highest_since(tmp_path: Path) -> None:
    rows = closes(200.0, *[100.0] * 8, 150.0)["price_close/BTC"]
    holed = {at: value for at, value in rows.items() if at[:10] != "2025-02-02"}
    assert "BTC.price_usd_high_since" not in measured(tmp_path, {"price_close/BTC": holed})


def test_a_percentile_is_of_the_year_before(tmp_path: Path) -> None:
    # 26 weeks at 100 to 125, then one at 112.5: thirteen are below it.
    made = measured(tmp_path, closes(*[100.0 + n for n in range(26)], 112.5))
    assert made["BTC.price_usd_percentile"] == 0.5
    assert "BTC.price_usd_percentile" not in measured(tmp_path, closes(*[100.0 + n for n in range(25)], 112.5))


def test_a_swing_rests_on_the_weeks_of_its_changes(tmp_path: Path) -> None:
    # 60 weeks that rise by 0.1% or fall by as much, and one that rises by 2%: all 52 growths before it are smaller.
    made = measured(tmp_path, closes(*[100.0 + n % 2 / 10 for n in range(60)], 102.0))
    one = made.fact("BTC.price_usd_swing")
    assert (one.value, one.unit) == (1.0, Unit.SHARE)
    assert one.definition.startswith("Share of the previous 52 weekly changes")
    rows = {
        name: sum(used.rows for used in made.fact(f"BTC.price_usd_{name}").inputs) for name in ("swing", "percentile")
    }
    assert rows == {"swing": 54, "percentile": 53}
    first = min(used.first for used in one.inputs)
    assert first == WEEK.shifted(-53).end - timedelta(days=1)


def test_a_part_of_a_first_week_is_no_week_to_compare_with(tmp_path: Path) -> None:
    made = measured(tmp_path, {"price_close/BTC": days("2025-02-26", *[90.0] * 5, *[100.0] * 7)})
    assert "BTC.price_usd_previous" not in made


# ---- the same measure of other venues or assets ----------------------------------------------------------------------


def test_a_change_of_venues_is_no_change_of_the_value(tmp_path: Path) -> None:
    rows = {
        "open_interest/BTC/binance": days("2025-02-24", *[50.0] * 8),
        "open_interest/BTC/all": days("2025-03-10", 900.0),
    }
    made = measured(tmp_path, rows)
    assert made["BTC.open_interest_usd"] == 900.0
    assert "BTC.open_interest_usd_previous" not in made
    assert "BTC.open_interest_usd_growth" not in made


def test_another_source_of_the_same_venue_is_comparable(tmp_path: Path) -> None:
    rows = {
        "open_interest/BTC/all/old": days("2025-02-24", *[50.0] * 8),
        "open_interest/BTC/all/new": days("2025-03-10", 60.0),
    }
    made = measured(tmp_path, rows, setting(sources=["new", "old"]))
    assert made["BTC.open_interest_usd_growth"] == pytest.approx(0.2)


def test_a_market_of_more_assets_is_another_market(tmp_path: Path) -> None:
    rows = {"open_interest/BTC": days("2025-02-24", *[50.0] * 15), "open_interest/ETH": days("2025-03-04", *[9.0] * 7)}
    made = measured(tmp_path, rows, setting(["BTC", "ETH"]))
    assert made["market.open_interest_usd"] == 59.0
    assert "market.open_interest_usd_previous" not in made
    assert made["BTC.open_interest_usd_change"] == 0.0


def test_a_change_of_venues_blocks_highest_since_and_ends_a_streak(tmp_path: Path) -> None:
    venue = {True: "all", False: "binance"}
    rows: dict[str, dict[str, float]] = {f"price_close/BTC/{name}": {} for name in venue.values()}
    for at, value in closes(200.0, *[100.0 + n for n in range(9)])["price_close/BTC"].items():
        rows[f"price_close/BTC/{venue[at[:10] >= '2025-02-10']}"][at] = value
    made = measured(tmp_path, rows)
    assert made["BTC.price_usd_streak"] == 3.0  # four weeks on this venue are three rises
    assert "BTC.price_usd_high_since" not in made


# ---- facts of several venues, and of lists ---------------------------------------------------------------------------


@pytest.fixture
def facts_of_venues() -> Iterator[None]:
    """Facts that read every venue there is: with its week's rows, at a moment, in the list of one source, by quotes."""

    @fact(unit=Unit.USD)
    def oddity_usd(read: Reader) -> float:
        """Mean of all venues over the week."""
        found = [float(window.value.mean()) for window in read.across("spot_volume").values()]
        if not found:
            raise Missing("spot_volume: no venue has it")
        return sum(found) / len(found)

    @fact(unit=Unit.SHARE, kind="part")
    def oddity_share(read: Reader) -> float:
        """Part of the largest venue at the end of the week."""
        sizes = read.across_at("open_interest", read.end).values()
        if not sizes:
            raise Missing("open_interest: no venue has it")
        return max(sizes) / sum(sizes)

    @fact(unit=Unit.COUNT)
    def oddity(read: Reader) -> float:
        """Options in the list."""
        return float(len(read.items(OptionQuote)))

    yield
    for name in ("oddity_usd", "oddity_share", "oddity"):
        del CATALOGUE[name]


def two_weeks(name: str, *venues: str) -> Rows:
    """Volume of the week at the named venues and of the week before at two; open interest at the end of each."""
    full = {f"spot_volume/BTC/{venue}": days("2025-02-24", *[10.0] * 7) for venue in ("gate", "okx")}
    for venue in venues:
        full[f"spot_volume/BTC/{venue}"] = {
            **full.get(f"spot_volume/BTC/{venue}", {}),
            **days("2025-03-03", *[20.0] * 7),
        }
    ends = {f"open_interest/BTC/{venue}": {"2025-02-24": 10.0, "2025-03-03": 10.0} for venue in ("gate", "okx")}
    for venue in venues:
        ends[f"open_interest/BTC/{venue}"] = {**ends.get(f"open_interest/BTC/{venue}", {}), "2025-03-10": 20.0}
    return {"spot_volume": full, "open_interest": ends}[name]


@pytest.mark.usefixtures("facts_of_venues")
@pytest.mark.parametrize(("name", "key"), [("spot_volume", "oddity_usd"), ("open_interest", "oddity_share")])
@pytest.mark.parametrize("venues", [("gate",), ("gate", "okx", "bybit"), ("gate", "bybit")])
def test_another_set_of_venues_is_compared_with_nothing(
    tmp_path: Path, name: str, key: str, venues: tuple[str, ...]
) -> None:
    made = measured(tmp_path, two_weeks(name, *venues))
    assert f"BTC.{key}" in made
    assert {each for _, each in made.frame.facts if each.startswith(f"{key}_")} <= {f"{key}_streak"}


@pytest.mark.usefixtures("facts_of_venues")
@pytest.mark.parametrize(("name", "key"), [("spot_volume", "oddity_usd"), ("open_interest", "oddity_share")])
def test_the_same_set_of_venues_is_compared(tmp_path: Path, name: str, key: str) -> None:
    made = measured(tmp_path, two_weeks(name, "gate", "okx"))
    assert {f"{key}_previous", f"{key}_change"} <= {each for _, each in made.frame.facts}


@pytest.mark.usefixtures("facts_of_venues")
@pytest.mark.parametrize(("before", "compared"), [("deribit", True), ("okx", False)])
def test_a_list_of_another_venue_is_compared_with_nothing(tmp_path: Path, before: str, compared: bool) -> None:
    history = store(tmp_path, CLOSES)
    quoted(history, before, WEEK.start)
    quoted(history, "deribit", WEEK.end)
    made = found(history)
    assert made["BTC.oddity"] == 1.0
    assert [one.series for one in made.fact("BTC.oddity").inputs] == ["option_quotes/BTC/deribit/test"]
    assert ("BTC.oddity_previous" in made) is compared


def quoted(history: History, venue: str, after: datetime) -> None:
    """Adds a list of one option, taken an hour after a moment."""
    at = after + timedelta(hours=1)
    body, request = repr((venue, at)).encode(), Request("test", "quotes", "test:quotes")
    payload = Payload(hashlib.sha256(body).hexdigest(), request, at, 200, "text/plain", body)
    one = OptionQuote(at, "BTC", venue, "BTC-1", at, 9e4, "call", 50.0, 9e4, 1.0, None, payload.id)
    history.add(payload, "test", [], [], "live", items=[one])


# ---- as known at the cut ---------------------------------------------------------------------------------------------


def test_an_earlier_week_is_compared_as_its_own_note_knew_it(tmp_path: Path) -> None:
    first = Said({}, fetched=FETCHED - timedelta(days=2), manner="live")
    history = store(tmp_path, closes(100.0, 110.0), first)
    fetched = FETCHED - timedelta(days=1)  # after the cut of the week before, before that of WEEK
    revised = Said({}, fetched=fetched, manner="live")
    say(history, {"price_close/BTC": {"2025-03-02": 999.0}}, revised)
    made = found(history)
    assert made["BTC.price_usd_previous"] == 100.0


def test_frames_of_several_weeks_are_those_of_each_week_alone(tmp_path: Path) -> None:
    history = store(tmp_path, {**CLOSES, "open_interest/BTC": days(FIRST, *[float(n) for n in range(70)])})
    weeks = [WEEK.shifted(-n) for n in (3, 2, 1, 0)]
    together = list(frames(history, setting(), weeks, ALWAYS))
    assert [one.week for one in together] == weeks
    assert together == [measure_frame(history, setting(), week, ALWAYS) for week in weeks]


# ---- kept weeks ------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each week was measured."""
    count: Counter[str] = Counter()

    class Counting(Reader):
        def __post_init__(self) -> None:
            super().__post_init__()
            count[f"{self.week.start:%m-%d}"] += 1

    monkeypatch.setattr(frame, "Reader", Counting)
    yield count


def weeks_asked(asked: Counter[str]) -> list[str]:
    weeks = sorted(asked, key=lambda label: (label < "12", label))
    asked.clear()
    return weeks


LATEST = ["02-24", "03-03"]  # a frame measures its own week, and the one before for its rows


def test_a_second_frame_takes_the_earlier_weeks_as_they_were_kept(tmp_path: Path, asked: Counter[str]) -> None:
    history = store(tmp_path, CLOSES)
    first = found(history)
    assert len(weeks_asked(asked)) == 10
    second = found(history)
    assert weeks_asked(asked) == LATEST
    assert first == second


def test_a_next_week_measures_only_the_week_that_is_new(tmp_path: Path, asked: Counter[str]) -> None:
    history = store(tmp_path, CLOSES)
    found(history, week=WEEK.previous)
    weeks_asked(asked)
    found(history)
    assert weeks_asked(asked) == LATEST


def test_weeks_are_measured_again_from_the_one_whose_rows_changed(tmp_path: Path, asked: Counter[str]) -> None:
    history = store(tmp_path, CLOSES)
    found(history)
    weeks_asked(asked)
    changed = {**CLOSES["price_close/BTC"], "2025-02-12 00:00": 1.0, "2025-03-02 00:00": 50.0}
    say(history, {"price_close/BTC": changed}, Said({}, fetched=FETCHED + timedelta(hours=1)))
    made = found(history)
    assert weeks_asked(asked) == ["02-10", "02-17", *LATEST]
    assert made["BTC.price_usd_previous"] == 50.0


@pytest.mark.parametrize(
    "other",
    [
        setting(["BTC", "ETH"]),
        setting(venues={"price_close": ("all", "binance")}),
        setting(sources=["test", "more"]),
    ],
)
def test_weeks_are_measured_again_under_another_setting(tmp_path: Path, asked: Counter[str], other: Setting) -> None:
    history = store(tmp_path, CLOSES)
    found(history)
    weeks_asked(asked)
    found(history, other)
    assert len(weeks_asked(asked)) == 10


def test_weeks_are_measured_again_under_another_cut(tmp_path: Path, asked: Counter[str]) -> None:
    history = store(tmp_path, CLOSES)
    found(history)
    weeks_asked(asked)
    found(history, week=Week(WEEK.start, timedelta(hours=20)))
    assert len(weeks_asked(asked)) == 10


@pytest.fixture
def another_fact() -> Iterator[None]:
    @fact(unit=Unit.USD)
    def oddity_usd(read: Reader) -> float:
        """A value that is odd."""
        return 2 * read.last("price_close")

    yield
    del CATALOGUE["oddity_usd"]


def test_weeks_are_measured_again_under_other_definitions(
    tmp_path: Path, asked: Counter[str], request: pytest.FixtureRequest
) -> None:
    history = store(tmp_path, CLOSES)
    found(history)
    weeks_asked(asked)
    request.getfixturevalue("another_fact")
    assert found(history)["BTC.oddity_usd_previous"] == 216.0
    assert len(weeks_asked(asked)) == 10


def test_weeks_are_measured_again_where_a_fact_is_gone_and_its_module_stays(
    tmp_path: Path, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    history = store(tmp_path, CLOSES)
    first = found(history)["BTC.price_usd_previous"]
    weeks_asked(asked)
    monkeypatch.delitem(CATALOGUE, "price_high_usd")
    assert found(history)["BTC.price_usd_previous"] == first
    assert len(weeks_asked(asked)) == 10


def test_dates_are_facts_of_their_week_alone(tmp_path: Path) -> None:
    rows = {f"liquidations_{side}/BTC": days(FIRST, *[1.0] * 70) for side in ("long", "short")}
    history = store(tmp_path, rows)
    first = found(history)
    assert first["BTC.liquidations_largest_day"] == WEEK.start.date()
    assert found(history) == first


@pytest.fixture
def rows_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many kept weeks the rows behind the values were read, each time."""
    read = []
    really = History.kept_evidence

    def counted(self: History, definition: str, weeks: set[int]) -> dict[int, bytes]:
        read.append(len(weeks))
        return really(self, definition, weeks)

    monkeypatch.setattr(History, "kept_evidence", counted)
    return read


def test_rows_of_kept_weeks_are_read_for_those_that_a_comparison_rests_on(tmp_path: Path, rows_read: list[int]) -> None:
    history = store(tmp_path, closes(*[100.0 + n % 7 for n in range(80)], 106.5))
    first = found(history)
    rows_read.clear()
    assert found(history) == first
    assert sum(rows_read) == 53


def test_no_more_weeks_are_read_than_a_comparison_may_reach(
    tmp_path: Path, asked: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "TEN_YEARS", 4)
    monkeypatch.setattr(past, "TEN_YEARS", 4)
    history = store(tmp_path, CLOSES)
    assert found(history)["BTC.price_usd_streak"] == 4.0
    assert weeks_asked(asked) == ["02-03", "02-10", "02-17", *LATEST]
    several = list(frames(history, setting(), [WEEK.previous, WEEK], ALWAYS))
    assert several == [measure_frame(history, setting(), week, ALWAYS) for week in (WEEK.previous, WEEK)]


def test_rows_that_another_run_threw_away_are_looked_up_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    history = store(tmp_path, closes(*[100.0 + n % 7 for n in range(30)], 106.5))
    first = found(history)

    def lost(self: History, definition: str, weeks: set[int]) -> dict[int, bytes]:
        return {}

    monkeypatch.setattr(History, "kept_evidence", lost)
    assert found(history) == first


# ---- as seen at a moment ---------------------------------------------------------------------------------------------

BEFORE = FETCHED + timedelta(hours=1)
AFTER = FETCHED + timedelta(days=1)


def revised(folder: Path) -> History:
    history = store(folder, closes(100.0, 100.0, 110.0))
    say(history, closes(100.0, 55.0, 110.0), Said({}, fetched=AFTER))
    return history


def as_of(history: History, moment: object) -> object:
    return Found(measure_frame(history, setting(), WEEK, moment))["BTC.price_usd_previous"]  # type: ignore[arg-type]


def test_a_past_moment_neither_sees_nor_spoils_what_is_kept_now(tmp_path: Path) -> None:
    history = revised(tmp_path)
    assert as_of(history, ALWAYS) == 55.0
    assert as_of(history, BEFORE) == 100.0
    assert as_of(history, ALWAYS) == 55.0


def test_what_a_past_moment_saw_is_not_kept_for_now(tmp_path: Path) -> None:
    history = revised(tmp_path)
    assert as_of(history, BEFORE) == 100.0
    assert as_of(history, AFTER) == 55.0
    assert as_of(history, AFTER - timedelta(seconds=1)) == 100.0


def test_before_anything_was_fetched_there_is_nothing(tmp_path: Path) -> None:
    made = measure_frame(revised(tmp_path), setting(), WEEK, FETCHED - timedelta(seconds=1))
    assert made.facts == {}


def test_a_moment_of_two_fetches_in_one_second_sees_the_last(tmp_path: Path) -> None:
    history = store(tmp_path, closes(100.0, 100.0, 110.0))
    say(history, closes(100.0, 55.0, 110.0))  # fetched in the same second
    assert as_of(history, FETCHED) == 55.0
    assert as_of(history, ALWAYS) == 55.0


# ---- our own mistakes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_fact_that_is_not_finite_is_a_bug_and_not_a_gap(
    tmp_path: Path, value: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = catalogue.Definition(CATALOGUE["price_usd"].measure, lambda read: value)
    monkeypatch.setitem(CATALOGUE, "price_usd", broken)
    with pytest.raises(ValueError, match=r"price_usd of BTC in 2025-W\d\d is .*: a fact is finite"):
        measured(tmp_path, CLOSES)


Amount = st.one_of(st.just(0.0), st.floats(min_value=1e-18, max_value=1e18))
Signed = st.one_of(Amount, Amount.map(lambda x: -x))
POSITIVE = ("price_close", "price_high", "price_low")
UNSIGNED = ("liquidations_long", "liquidations_short", "spot_volume", "perp_volume", "open_interest", "dvol",
            "long_short_ratio", "fear_greed")  # fmt: skip
SIGNED = ("etf_flow", "basis", "basis_apr", "skew_25d", "funding_oi_weighted", "funding")


@st.composite
def any_rows(draw: st.DrawFn) -> Rows:
    """Two weeks of every measure at any size that a source may give, here and there without a day."""
    rows: dict[str, Mapping[str, float]] = {}
    for names, amounts in ((POSITIVE, st.floats(1e-18, 1e18)), (UNSIGNED, Amount), (SIGNED, Signed)):
        for name in names:
            drawn = draw(st.lists(amounts, min_size=1, max_size=3))
            values: list[float | None] = [drawn[n % len(drawn)] for n in range(16)]
            if draw(st.integers(0, 4)) == 0:
                values[draw(st.integers(0, 15))] = None
            rows[f"{name}/{MARKET if name == 'fear_greed' else 'BTC'}"] = days("2025-02-24", *values)
    return rows


@settings(max_examples=20)
@given(any_rows())
def test_every_value_is_finite_in_its_bounds_and_has_evidence(
    tmp_path_factory: pytest.TempPathFactory, rows: Rows
) -> None:
    said = Said({"funding": 24})
    for one in measured(tmp_path_factory.mktemp("any"), rows, said=said).frame.facts.values():
        assert sound(one), one


def sound(one: Fact) -> bool:
    if isinstance(one.value, date):
        return one.unit == Unit.DATE
    bounds = {Unit.SHARE: (-1.0, 1.0), Unit.COUNT: (-20.0, 20.0)}.get(one.unit, (-math.inf, math.inf))
    return math.isfinite(one.value) and bounds[0] <= one.value <= bounds[1] and len(one.inputs) > 0
