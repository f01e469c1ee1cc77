"""Which wordings are open: the same for the same note, none of those that a rule used lately."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from reporter.model import Said, Week
from reporter.rules.vary import Memory, fresh, order, reach, remembered

WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))


def said(weeks_ago: int, rule: str = "a", variant: int = 0, subject: str = "market", joined: bool = False) -> Said:
    monday = WEEK.start.date() - timedelta(weeks=weeks_ago)
    return Said(monday, rule, subject, variant, joined, "flows", "", "One.")


def test_the_order_is_fixed_for_all_time() -> None:
    # by sha256("main/longs-flushed/2026-W07/0") to ".../4": a change here rewrites old notes
    assert order("main", "longs-flushed", WEEK, 5) == PINNED


PINNED = (1, 0, 2, 3, 4)


@given(edition=st.text(max_size=5), name=st.text(max_size=5), count=st.integers(1, 12), notes=st.integers(1, 40))
def test_a_rule_repeats_no_wording_within_its_memory(edition: str, name: str, count: int, notes: int) -> None:
    used: list[int] = []
    for number in range(notes):
        tried = order(edition, name, WEEK.shifted(number), count)
        assert sorted(tried) == list(range(count))
        used.append(fresh(tried, used)[0])
        lately = used[-1 - reach(count) : -1]
        assert used[-1] not in lately


def test_of_many_wordings_eight_appearances_are_remembered() -> None:
    assert fresh(tuple(range(12)), tuple(range(12))) == (0, 1, 2, 3)
    assert fresh((2, 0, 1), (0, 1)) == (2,)
    assert fresh((0,), (0, 0, 0)) == (0,)


def test_editions_rules_and_weeks_are_told_apart() -> None:
    assert len({order(name, "a", WEEK, 6) for name in ("main", "brief", "desk")}) == 3
    assert len({order("main", name, WEEK, 6) for name in ("a", "b", "c")}) == 3
    assert len({order("main", "a", WEEK.shifted(n), 6) for n in range(3)}) == 3


def test_only_earlier_notes_are_remembered_whatever_their_order() -> None:
    memory = remembered([said(0, variant=9), said(-1, variant=8), said(1, variant=2), said(3, variant=1)], WEEK)
    assert memory.variants("a") == (1, 2)
    assert memory.variants("b") == ()


def test_joined_wordings_are_remembered_apart() -> None:
    memory = remembered([said(2, variant=1), said(1, variant=5, joined=True)], WEEK)
    assert (memory.variants("a"), memory.variants("a", joined=True)) == ((1,), (5,))


def test_what_was_said_last_week_counts_for_more_than_half_of_four_weeks() -> None:
    def lately(*ago: int) -> float:
        return remembered([said(n) for n in ago], WEEK).lately("a", "market")

    assert (lately(), lately(1, 2, 3, 4), lately(5)) == (0.0, 1.0, 0.0)
    assert lately(1) > lately(2, 3, 4) > lately(4)
    assert remembered([said(1, subject="BTC")], WEEK).lately("a", "ETH") == 0.0
    assert Memory(WEEK, {}).lately("a", "market") == 0.0
