"""Which wording is used: the same for the same note, another one the week after."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from reporter.model import Week
from reporter.rules.vary import variant

WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))


def test_the_choice_is_fixed_for_all_time() -> None:
    chosen = [variant("main", "longs-flushed", WEEK.shifted(n), 5) for n in range(6)]
    first = chosen[0]
    assert chosen == [(first + n) % 5 for n in range(6)]
    assert [variant("main", "longs-flushed", WEEK, n) for n in (1, 2, 3, 4, 5)] == PINNED


# sha256("main/longs-flushed") as a number, plus 739656 // 7 weeks, modulo 1 to 5: a change here rewrites old notes
PINNED = [0, 1, 1, 1, 3]


@given(edition=st.text(max_size=5), name=st.text(max_size=5), weeks=st.integers(-2000, 2000), count=st.integers(1, 9))
def test_no_two_weeks_in_a_row_share_a_wording(edition: str, name: str, weeks: int, count: int) -> None:
    week = WEEK.shifted(weeks)
    now, then = (variant(edition, name, each, count) for each in (week, week.shifted(1)))
    assert 0 <= now < count
    assert (now == then) == (count == 1)


def test_a_year_boundary_is_a_week_like_any_other() -> None:
    last = Week(datetime(2020, 12, 28, tzinfo=UTC))  # 2020-W53, before 2021-W01
    assert variant("main", "a", last.shifted(1), 2) != variant("main", "a", last, 2)


def test_editions_rules_and_places_are_told_apart() -> None:
    by_edition = {variant(name, "a", WEEK, 97) for name in ("main", "brief", "desk")}
    by_rule = {variant("main", name, WEEK, 97) for name in ("a", "b", "c")}
    by_place = {variant("main", "a", WEEK, 3, place) for place in range(3)}
    assert len(by_edition) == len(by_rule) == len(by_place) == 3
