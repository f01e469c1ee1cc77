"""The rulebooks over every real week: enough to say, nothing of what is not known, and a calm week reads calm."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import pytest

from reporter import clock, newsletter, note, rules
from reporter.check import contradictions, language
from reporter.facts import measures
from reporter.history import History
from reporter.model import Frame, Imprint, Printed
from reporter.rules import Rulebook, Written, repeats
from tests.desk_run import ROOT, reporter
from tests.real import read_in, real_frames

SCOPE = "binance+okx+bybit"
FIRST, LAST = clock.parse_week("2021-W01"), clock.parse_week("2025-W26")
CRASH = re.compile(r"\b(wave|flush\w*|hit the long side|bear the brunt|heavy week|squeeze\w*|slide|wipe\w*)\b", re.I)
Notes = Mapping[str, tuple[Frame, Written]]


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return rules.load([newsletter.starter() / "templates"], measures())


@pytest.fixture(scope="module")
def history(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> History:
    return read_in(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def notes(book: Rulebook, history: History) -> Notes:
    """What would be written in each week, by its label."""
    frames = real_frames(history, SCOPE, FIRST, LAST)
    return {frame.week.label: (frame, rules.write(book, frame, "weekly")) for frame in frames}


def test_every_week_has_a_title_and_exactly_three_key_points(notes: Notes, book: Rulebook) -> None:
    assert len(notes) == 234
    for label, (_, written) in notes.items():
        counts = Counter(sentence.section for sentence in written.sentences)
        assert (counts["title"], counts["key_points"]) == (1, 3), label
        assert rules.shortfalls(book, written.sentences) == [], label


def test_no_section_of_any_week_is_empty(notes: Notes, book: Rulebook) -> None:
    for label, (frame, written) in notes.items():
        empty = [s.id for s in rules.sections(book, frame, written) if not s.paragraphs and not s.rows]
        assert empty == [], label


def test_no_sentence_states_a_value_for_a_gap(notes: Notes) -> None:
    for label, (frame, written) in notes.items():
        known = {fact.key for fact in frame.facts.values()} | {"week.label", "week.first_day", "week.last_day"}
        for sentence in written.sentences:
            stated = {part.fact for part in sentence.parts if isinstance(part, Printed)}
            assert stated <= known, (label, sentence.text)


def test_before_the_funds_nothing_is_said_of_flows_and_the_section_keeps_spot_against_derivatives(notes: Notes) -> None:
    for label in ("2021-W05", "2021-W20", "2022-W45", "2023-W33"):
        _, written = notes[label]
        section = [s for s in written.sentences if s.section == "flows"]
        assert "balance" in {s.group for s in section}, label
        assert "ETF" not in " ".join(s.text for s in written.sentences), label
        assert "ETF" not in written.headings["flows"], label


def test_once_there_are_funds_their_flows_are_told(notes: Notes) -> None:
    _, written = notes["2025-W10"]
    assert "net_flow" in {s.group for s in written.sentences}
    assert "ETF" in written.headings["flows"]


@pytest.mark.parametrize("label", ["2023-W38", "2023-W21", "2024-W39", "2023-W27"])
def test_a_calm_week_does_not_read_like_a_crash(notes: Notes, label: str) -> None:
    frame, written = notes[label]
    share = frame.get("market", "liquidations_usd_percentile")
    assert share is not None and isinstance(share.value, float) and share.value < 0.5
    assert [s.text for s in written.sentences if CRASH.search(s.text)] == []


def test_a_crash_does_not_read_like_a_calm_week(notes: Notes) -> None:
    for label in ("2025-W10", "2022-W45", "2024-W32", "2023-W33"):
        _, written = notes[label]
        text = " ".join(s.text for s in written.sentences)
        assert not re.search(r"\bquiet|\bcalm week|little trouble|mark time", text), label


def test_no_week_says_the_same_sentence_twice(notes: Notes) -> None:
    for label, (_, written) in notes.items():
        repeated = [text for text, n in Counter(s.text for s in written.sentences).items() if n > 1]
        assert repeated == [], label


def test_no_two_sentences_of_a_week_begin_alike_and_hardly_a_figure_stands_twice(notes: Notes, book: Rulebook) -> None:
    found = list(repeats.repeats(book, [(frame.week, written.sentences) for frame, written in notes.values()]))
    assert [each for each in found if each.kind == "opening"] == []
    assert len([each for each in found if each.kind == "figure"]) <= len(notes) // 20


def test_no_week_contradicts_itself_or_its_facts_or_says_what_the_house_does_not(notes: Notes, book: Rulebook) -> None:
    pairs = book.pairs
    for label, (frame, written) in notes.items():
        sections = rules.sections(book, frame, written)
        imprint = Imprint("Note", "Desk", "en-US", "", "weekly")
        made = note.assemble(note.Materials(frame, sections, (), {}, (), imprint))
        held = contradictions.Held(
            partial(rules.conflict, pairs), partial(rules.false_words, pairs, book, rules.lead_view(frame))
        )
        found = (*contradictions.findings(made, frame, held), *language.findings(made, frame))
        assert [str(finding) for finding in found] == [], label


def test_the_week_of_the_march_flush_becomes_a_finished_note(real_data: Path, tmp_path: Path) -> None:
    text = (ROOT / "tests" / "real" / "config.yaml").read_text()
    (tmp_path / "config.yaml").write_text(text.replace("../../.cache/real/", ""))
    done = reporter("run", "--week", "2025-W10", folder=tmp_path, env={"REPORTER_REAL_DATA": str(real_data)})
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "output" / "2025-W10" / "weekly"
    facts = {(f["subject"], f["name"]): f["value"] for f in json.loads((folder / "note.json").read_text())["facts"]}
    assert round(facts["market", "liquidations_usd"] / 1e6, 1) == 1863.6
    assert round(facts["market", "liquidations_long_share"], 3) == 0.724
    assert round(facts["BTC", "open_interest_usd_growth"] * 100, 2) == -15.66
    assert round(facts["BTC", "etf_net_flow_usd"] / 1e6, 1) == -799.6
    assert "simulated" not in (folder / "note.md").read_text()
    assert str(real_data) not in (folder / "claims.json").read_text()
