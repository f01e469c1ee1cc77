"""The desk that a run works at: whose rulebook is rehearsed before anything is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter import newsletter, pipeline, rules
from reporter.errors import Several
from reporter.newsletter import Newsletter
from tests.desk_run import newsletter as folder_of

OF_ZERO = """rules:
  - id: mine
    section: opening
    group: price
    subject: lead
    kind: fact
    topic: price
    rank: 0.1
    when: price_usd > 0
    say: ["{% if price_usd_growth == 0 %}{% else %}The price moved.{% endif %}"]
"""


def house(folder: Path) -> Newsletter:
    return newsletter.load(folder_of(folder) / "config.yaml")


def test_the_packaged_rulebook_is_rehearsed_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rehearsed: list[str] = []
    monkeypatch.setattr(rules, "rehearse", lambda book: rehearsed.append(book.digest))
    pipeline.prepare(house(tmp_path))
    assert rehearsed == []
    desk = pipeline.prepare(house(tmp_path), rehearsed=True)
    assert rehearsed == [desk.book.digest]


def test_a_rulebook_of_ones_own_always_is(tmp_path: Path) -> None:
    """The wording reads well in most weeks; in one without a change nothing would be left of it."""
    mine = house(tmp_path)
    (tmp_path / "templates" / "rules" / "mine.yaml").write_text(OF_ZERO, encoding="utf-8")
    with pytest.raises(Several, match=r"rules/mine.yaml:\d+: .*the text is empty"):
        pipeline.prepare(mine)
