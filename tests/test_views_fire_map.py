"""The map of rules against weeks: every cell of a replay can be read off the page, which asks for nothing."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, date, datetime
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.model import Rule, Week
from reporter.rules.replay import ACTS, Act, Followed, Replay, Tally, Told
from reporter.views import fire_map

FIRST = Week(datetime(2025, 11, 3, tzinfo=UTC))
DRAWING = re.compile(r'<svg class="cells".*?</svg>', re.DOTALL)


def rule(name: str, section: str = "opening") -> Rule:
    return Rule(name, section, "event", "market", "watch", "t", "", "", (), "", (), (), (), "rules/x.yaml:1")


def tally(cells: Sequence[Act], name: str = "a", followed: Followed | None = None) -> Tally:
    spoke, lost, silent, gaps = (list(cells).count(act) for act in ACTS)
    lost_to, wants = ((("b", lost),) if lost else ()), ((("BTC.dvol", gaps),) if gaps else ())
    return Tally(rule(name), tuple(cells), spoke, lost, silent, gaps, spoke, lost_to, wants, followed)


def page(*tallies: Tally, weeks: int | None = None, **more: tuple[str, ...]) -> str:
    count = weeks if weeks is not None else len(tallies[0].cells)
    plain = {"contradictions": (), "language": (), "short": ()}
    told = tuple(Told(FIRST.shifted(n), (), {}, {}, **{**plain, **more}) for n in range(count))
    return fire_map.page(Replay(told, tallies, ()), "The House & Co").decode()


def cells_of(drawing: str, weeks: int) -> list[str]:
    """The acts that a drawing shows, read from its rectangles; what is not drawn is silent."""
    shown = ["silent"] * weeks
    for group in ET.fromstring(drawing).iter("g"):
        for run in group.iter("rect"):
            start, width = int(run.get("x", "")), int(run.get("width", ""))
            assert shown[start : start + width] == ["silent"] * width, "two runs lie on one week"
            shown[start : start + width] = [group.get("class", "")] * width
    return shown


@given(st.lists(st.sampled_from(ACTS), min_size=1, max_size=30))
def test_every_cell_can_be_read_off_the_page(cells: list[Act]) -> None:
    words, drawn = DRAWING.findall(page(tally(cells)))
    assert cells_of(drawn, len(cells)) == cells
    assert len(list(ET.fromstring(words).iter("rect"))) == len(cells)


def test_a_run_names_its_weeks_and_what_the_rule_did_in_them() -> None:
    text = page(tally(["spoke", "spoke", "lost", "gap"]))
    titles = re.findall(r"<rect[^>]*><title>(.*?)</title>", text)[4:]  # the first four tell the words of the notes
    assert titles == ["2025-W45 to 2025-W46: spoke", "2025-W47: lost", "2025-W48: wanting a fact"]


def test_the_page_needs_no_script_and_asks_for_nothing() -> None:
    text = page(tally(["spoke"]))
    assert "<script" not in text
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(|@import", text)


def test_what_is_written_by_others_stands_as_text() -> None:
    text = page(tally(["spoke"]), contradictions=("<b>up</b> & down",))
    assert "The House &amp; Co" in text
    assert "2025-W45 <b>up</b> & down" in unescape(text)
    assert "<b>up</b>" not in text


def test_rules_that_never_spoke_are_marked_and_explained() -> None:
    text = page(tally(["lost"], "loser"), tally(["spoke"], "winner"))
    assert re.search(r'class="dead"[^>]*>loser<', text)
    assert not re.search(r'class="dead"[^>]*>winner<', text)
    assert "could speak 1 of 1 times and never won; lost 1 times to: b" in text


def test_what_followed_stands_with_its_counts() -> None:
    text = page(tally(["spoke"], followed=Followed(1, 2, 3, 9)))
    assert "1 of 2 times after it spoke (50%), against 3 of 9 in all (33%)" in text
    assert "What followed" not in page(tally(["spoke"]))


@pytest.mark.parametrize(
    ("weeks", "labels"),
    [(1, ["2025"]), (10, ["2025", "Dec", "2026"]), (100, ["2025", "2026", "", "", "", "2027", "", ""])],
)
def test_the_axis_names_months_of_a_short_time_and_quarters_of_a_long_one(weeks: int, labels: list[str]) -> None:
    starts = [FIRST.shifted(n).start.date() for n in range(weeks)]
    assert [tick.label for tick in fire_map.ticks(starts)] == labels
    assert fire_map.ticks(list[date]()) == []
