"""Weeks written again: each as it was known at its cut, each with the memory of those before it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from shutil import rmtree
from typing import cast

import pytest

from reporter import newsletter, pipeline, rules
from reporter.errors import ConfigError, Several
from reporter.history import History
from reporter.model import Said, Sentence
from reporter.pipeline import Desk, Step
from reporter.pipeline.keeping import ledger_of
from reporter.pipeline.replaying import checks, said_of
from reporter.rules.difference import difference
from tests.desk_run import newsletter as folder_of

Opened = tuple[Desk, History]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    house = newsletter.load(folder_of(tmp_path_factory.mktemp("desk")))
    desk = pipeline.prepare(pipeline.with_sample(house))
    kept = pipeline.stores(desk)
    pipeline.collect(desk.round, pipeline.chosen_week(desk, None, None), kept)
    return desk, kept.history


def test_the_complete_weeks_of_the_store_follow_each_other(opened: Opened) -> None:
    weeks = pipeline.complete_weeks(*opened)
    assert [weeks[0].label, weeks[-1].label] == ["2024-W50", "2026-W07"]
    assert all(later.previous == week for week, later in pairwise(weeks))
    assert pipeline.complete_weeks(*opened, last=2) == weeks[-2:]
    assert pipeline.complete_weeks(*opened, last=500) == weeks


class Store:
    """A history that only says from when to when it reaches."""

    def __init__(self, first: str, newest: str) -> None:
        self.first, self.newest = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, newest))

    def first_at(self) -> datetime:
        return self.first

    def span(self, _: datetime) -> dict[str, tuple[datetime, datetime]]:
        return {"price_close/BTC/all/test": (self.first, self.newest), "old/BTC/all/test": (self.first, self.first)}


@pytest.mark.parametrize(
    ("first", "newest", "labels"),
    [
        ("2025-03-03 00:00", "2025-03-23 00:00", ["2025-W10", "2025-W12"]),  # Monday to Sunday, a row a day
        ("2025-03-03 08:00", "2025-03-23 23:00", ["2025-W11", "2025-W12"]),  # hours, from within a Monday on
        ("2025-03-03 00:00", "2025-03-22 23:00", ["2025-W10", "2025-W11"]),  # Sunday is missing
        ("2025-03-03 00:00", "2026-03-01 00:00", ["2025-W10", "2026-W07"]),  # rows from behind the last note
    ],
)
def test_a_week_of_which_days_are_missing_is_not_complete(
    opened: Opened, first: str, newest: str, labels: list[str]
) -> None:
    weeks = pipeline.complete_weeks(opened[0], cast(History, Store(first, newest)))
    assert [weeks[0].label, weeks[-1].label] == labels


def test_less_than_a_week_is_no_week(opened: Opened) -> None:
    with pytest.raises(ConfigError, match="holds no complete week"):
        pipeline.complete_weeks(opened[0], cast(History, Store("2025-03-04 00:00", "2025-03-11 00:00")))


def test_an_empty_store_has_no_week(opened: Opened, tmp_path: Path) -> None:
    house = pipeline.with_sample(newsletter.load(folder_of(tmp_path)))
    desk = pipeline.prepare(house)
    with pytest.raises(ConfigError, match="holds no complete week"):
        pipeline.complete_weeks(desk, pipeline.stores(desk).history)


def test_each_note_is_written_from_its_own_frame_and_remembers_all_before(opened: Opened) -> None:
    desk, history = opened
    weeks = pipeline.complete_weeks(desk, history, last=16)
    memory: list[Said] = []
    for frame, written in pipeline.notes(desk, history, weeks):
        assert written == rules.write(desk.book, frame, desk.edition, memory), frame.week.label
        memory += [said_of(sentence, frame.week) for sentence in written.sentences]
    assert frame == pipeline.measure(desk, history, weeks[-1], None)
    assert written.sentences != rules.write(desk.book, frame, desk.edition).sentences, "it remembers nothing"


def test_each_week_that_is_done_is_told(opened: Opened) -> None:
    desk, history = opened
    steps: list[Step] = []
    pipeline.replay(desk, history, pipeline.complete_weeks(desk, history, last=2), tell=steps.append)
    assert [(step.done, step.total) for step in steps] == [(1, 2), (2, 2)]


def test_a_difference_is_written_with_what_the_ledger_remembers_and_adds_nothing_to_it(opened: Opened) -> None:
    desk, history = opened
    three, two, week = pipeline.complete_weeks(desk, history, last=3)
    blank = pipeline.differing(desk, history, week)
    _, published = next(pipeline.notes(desk, history, [three]))
    ledger = ledger_of(desk)
    ledger.record(desk.edition, three, "made up", published.sentences)
    memory = ledger.said(desk.edition, two)
    expected = difference(desk.book, *pipeline.notes(desk, history, [two, week], memory))
    assert pipeline.differing(desk, history, week) == expected != blank
    assert ledger.said(desk.edition, week.shifted(1)) == memory


def test_a_difference_is_between_notes_as_an_editor_has_them(opened: Opened) -> None:
    """The later week remembers what the editor left of the earlier one, and not what the rules had written."""
    desk, history = opened
    two, week = pipeline.complete_weeks(desk, history, last=2)
    memory = ledger_of(desk).said(desk.edition, two)
    (frame_of_two, first), (frame_of_week, plain) = pipeline.notes(desk, history, [two, week], memory)
    folder = desk.newsletter.root / "desk"
    folder.mkdir()
    path = folder / f"{two.label}.yaml"
    dropped = ", ".join(
        f"{{drop: {rule_id}, who: A, why: b}}"
        for rule_id in dict.fromkeys(one.rule_id for one in first.sentences if one.section == "metrics")
    )
    try:
        path.write_text(f"sentences: [{dropped}]\n", encoding="utf-8")
        done = rules.edited(desk.book, frame_of_two, first, rules.read_desk_file(path, desk.book, two)).written
        heard = [*memory, *(said_of(one, two) for one in done.sentences)]
        second = rules.write(desk.book, frame_of_week, desk.edition, heard)
        assert second.sentences != plain.sentences
        found = pipeline.differing(desk, history, week)
        assert found == difference(desk.book, (frame_of_two, done), (frame_of_week, second))
        assert found != difference(desk.book, (frame_of_two, done), (frame_of_week, plain))
        path.write_text("sentences: [{drop: no-such-rule, who: A, why: b}]\n", encoding="utf-8")
        with pytest.raises(Several, match=f"desk/{two.label}.yaml:1"):
            pipeline.differing(desk, history, week)
    finally:
        rmtree(folder)


def said(text: str, rule_id: str, stance: str = "") -> Sentence:
    return Sentence((text,), "opening", "event", "BTC", rule_id, "fact", "leverage", stance, 0, (), 0.5, "x.yaml:1")


def test_contradictions_and_forbidden_language_of_a_week_are_named_with_their_rules(opened: Opened) -> None:
    desk, history = opened
    look = checks(desk)
    frame = pipeline.measure(desk, history, pipeline.chosen_week(desk, None, None), None)
    up, down = said("Leverage was built up.", "up", "build"), said("Leverage came down.", "down", "contraction")
    assert list(look.contradictions(frame, [up, down])) == [
        "up with down: 'build' against 'contraction' on leverage of BTC"
    ]
    assert list(look.contradictions(frame, [up])) == []
    (found,) = look.language(frame, [down, said("The price will rise.", "seer")])
    assert str(found).startswith("seer: 'will'")


def test_what_the_shipped_rules_say_contradicts_nothing_and_is_the_language_of_the_house(opened: Opened) -> None:
    desk, history = opened
    found = pipeline.replay(desk, history, pipeline.complete_weeks(desk, history, last=8))
    assert [(one.contradictions, one.language) for one in found.told] == [((), ())] * 8
