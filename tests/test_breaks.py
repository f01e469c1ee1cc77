"""The registered breaks of series: what the file may say, whom a break concerns, and what stops at each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from reporter import breaks, clock
from reporter.breaks import FILE, Break, breaks_before, load, registered
from reporter.errors import Several
from reporter.facts import measure_frame
from reporter.model import Week
from reporter.series import FORMS
from tests.desk import ALWAYS, Found, Rows, Said, measured, say, setting, store
from tests.desk import days as rows_of

# A fact that rests on each measure alone, and the assets' prices where it needs them.
FACTS = {"liquidations_long": "liquidations_long_usd", "liquidations_short": "liquidations_short_usd",
         "open_interest": "open_interest_usd"}  # fmt: skip
PAIRED = {"liquidations_long": "liquidations_short", "liquidations_short": "liquidations_long"}
TESTED = [(one, measure) for one in registered() for measure in one.measures if measure in FACTS]


def named(case: object) -> str | None:
    return f"{case.since:%Y-%m-%d}" if isinstance(case, Break) else str(case)


# ---- the file --------------------------------------------------------------------------------------------------------


def test_each_registered_break_says_what_changed_and_who_says_so() -> None:
    for one in registered():
        assert set(one.measures) <= set(FORMS)
        assert one.what.endswith(".") and len(one.what) < 200
        assert one.source.startswith("https://")


def test_the_registered_breaks_stand_in_the_order_of_their_days() -> None:
    days = [one.since.isoformat() for one in registered()]
    assert days == sorted(days)
    assert "2021-10-01" in days and "2025-02-20" in days and "2026-06-11" in days


def test_the_file_is_read_once() -> None:
    assert registered() is registered()


GOOD = "- {measures: [funding], since: 2024-05-01, what: A change., source: https://x.example}"


@pytest.mark.parametrize(
    ("entry", "mistake"),
    [
        (GOOD.replace("funding", "fundng"), "measures: no series measures 'fundng'; did you mean 'funding'?"),
        (GOOD.replace("[funding]", "funding"), "measures: expected a list of names"),
        (GOOD.replace("[funding]", "[]"), "measures: expected a list of names"),
        (GOOD.replace("2024-05-01", "2024-5-1"), "since: '2024-5-1' is no day; write one such as 2021-10-01"),
        (GOOD.replace("2024-05-01", "20240501"), "since: 20240501 is no day; write one such as 2021-10-01"),
        (GOOD.replace("A change.", '""'), "what: expected a text"),
        (GOOD.replace(", source: https://x.example", ""), "'source' is missing; write it"),
        (GOOD.replace("since", "sinces"), "unknown key 'sinces'; did you mean 'since'?"),
        (GOOD.replace("}", ", venues: bybit}"), "venues: expected a list of names"),
        (GOOD.replace("}", ", approximate: maybe}"), "approximate: expected true or false"),
        ("- funding", "expected an entry with measures, since, what, source"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line(tmp_path: Path, entry: str, mistake: str) -> None:
    (tmp_path / "breaks.yaml").write_text(f"breaks:\n  {entry}\n")
    with pytest.raises(Several) as raised:
        load(tmp_path / "breaks.yaml")
    assert f"breaks.yaml:2: {mistake}" in raised.value.lines


@pytest.mark.parametrize("text", ["", "- a\n", "breaks: {}\n", "breaks: []\nothers: []\n"])
def test_a_file_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "breaks.yaml").write_text(text)
    with pytest.raises(Several, match="expected one key, 'breaks', with a list"):
        load(tmp_path / "breaks.yaml")


def test_a_good_entry_is_read(tmp_path: Path) -> None:
    (tmp_path / "breaks.yaml").write_text(f"breaks:\n  {GOOD}\n")
    (one,) = load(tmp_path / "breaks.yaml")
    assert (one.measures, one.venues, one.approximate, one.what) == (("funding",), (), False, "A change.")
    assert f"{one.since}" == "2024-05-01"


# ---- whom a break concerns -------------------------------------------------------------------------------------------

AFTER_ALL, AFTER_2021 = clock.parse_week("2026-W30"), clock.parse_week("2024-W10")


@pytest.mark.parametrize(
    ("venue", "in_2024", "in_2026"),
    [("bybit", 2, 3), ("binance+okx+bybit", 3, 4), ("binance", 2, 2), ("okx", 1, 1), ("all", 1, 1), ("bybit-eu", 1, 1)],
)
def test_a_break_of_a_venue_concerns_the_series_that_name_it(venue: str, in_2024: int, in_2026: int) -> None:
    assert breaks_before("liquidations_long", venue, AFTER_2021) == in_2024
    assert breaks_before("liquidations_short", venue, AFTER_ALL) == in_2026


def test_another_measure_of_the_venue_is_not_concerned() -> None:
    assert breaks_before("perp_volume", "bybit", AFTER_ALL) == 0
    assert breaks_before("option_quotes", "bybit", AFTER_ALL) == 0


def test_a_break_counts_from_the_week_of_its_day() -> None:
    week = clock.parse_week("2025-W08")  # February 17 to 23
    assert (
        breaks_before("liquidations_long", "bybit", week)
        == breaks_before("liquidations_long", "bybit", week.previous) + 1
    )
    last = Week(clock.parse_week("2021-W39").start)  # September 27 to October 3
    assert breaks_before("liquidations_long", "all", last.previous) == 0
    assert breaks_before("liquidations_long", "all", last) == 1


# ---- what stops at each ----------------------------------------------------------------------------------------------


def run_over(one: Break, measure: str, before: int, after: int) -> tuple[Rows, Week]:
    """Weeks before a break and from its week on, one value a day, higher each week; the week of the last."""
    first = clock.week_of(clock.midnight(one.since), timedelta(hours=14)).shifted(-before)
    values = [100.0 + week for week in range(before + after) for _ in range(7)] + [100.0 + before + after]
    values[:7] = [9e9] * 7  # never again so high
    venue = "+".join(one.venues) or "all"
    rows = {f"{name}/BTC/{venue}": rows_of(f"{first.start:%Y-%m-%d}", *values)
            for name in (measure, PAIRED.get(measure)) if name}  # fmt: skip
    return rows, first.shifted(before + after - 1)


def families(found: Found, fact: str) -> set[str]:
    return {
        key.removeprefix(f"{fact}_")
        for subject, key in found.frame.facts
        if subject == "BTC" and key.startswith(f"{fact}_")
    }


@pytest.fixture
def no_breaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(breaks, "registered", tuple)
    yield


@pytest.mark.parametrize(("one", "measure"), TESTED, ids=named)
def test_no_comparison_crosses_a_break(tmp_path: Path, one: Break, measure: str) -> None:
    rows, week = run_over(one, measure, before=40, after=1)
    found = measured(tmp_path, rows, week=week, said=Said({}, fetched=week.cut))
    assert families(found, FACTS[measure]) == {"streak"}
    assert found[f"BTC.{FACTS[measure]}_streak"] == 0.0


@pytest.mark.usefixtures("no_breaks")
@pytest.mark.parametrize(("one", "measure"), TESTED[:1], ids=named)
def test_without_the_break_they_are_compared(tmp_path: Path, one: Break, measure: str) -> None:
    rows, week = run_over(one, measure, before=40, after=1)
    found = measured(tmp_path, rows, week=week, said=Said({}, fetched=week.cut))
    assert {"previous", "growth", "percentile", "high_since"} <= families(found, FACTS[measure])


@pytest.mark.parametrize(("one", "measure"), TESTED, ids=named)
def test_after_enough_weeks_there_is_a_percentile_again_but_no_superlative_over_the_break(
    tmp_path: Path, one: Break, measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaks, "registered", lambda: (one,))  # others follow within half a year
    rows, week = run_over(one, measure, before=10, after=27)
    fact = FACTS[measure]
    found = measured(tmp_path, rows, week=week, said=Said({}, fetched=week.cut))
    assert found[f"BTC.{fact}_percentile"] == 1.0  # of 26 weeks: the highest of all lies before the break
    assert f"BTC.{fact}_high_since" not in found
    assert found[f"BTC.{fact}_streak"] == 26.0


def test_a_break_that_is_registered_later_is_seen_by_weeks_that_were_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Break(("open_interest",), (), clock.parse_week("2025-03-03").start.date(), False, "A change.", "https://x")
    rows, week = run_over(one, "open_interest", before=3, after=2)
    history = store(tmp_path, {})
    say(history, rows, Said({}, fetched=week.cut))

    def grew(which: Week) -> bool:
        return "BTC.open_interest_usd_growth" in Found(measure_frame(history, setting(), which, ALWAYS))

    assert grew(week) and grew(week.previous)  # under the registered breaks, which do not concern it
    monkeypatch.setattr(breaks, "registered", lambda: (one,))
    assert not grew(week.previous)  # its week before lies before the break
    assert grew(week)  # both weeks lie behind it


def test_the_file_lies_in_the_package() -> None:
    assert FILE.parent == Path(breaks.__file__).parent and FILE.is_file()
