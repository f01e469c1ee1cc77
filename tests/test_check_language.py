"""The language of a finished note: every sentence, heading and sentence that goes on is read."""

from __future__ import annotations

from dataclasses import replace

from reporter.check.language import findings
from reporter.model import Fact, Frame, Note, Period, Printed, Section, Sentence, Unit
from tests.sample_note import WEEK, make_note


def said(*parts: str | Printed, kind: str = "fact", joined: bool = False) -> Sentence:
    return Sentence(parts, "opening", "g", "BTC", "own", kind, "", "", 0, (), 0.5, "rules/own.yaml:7", joined=joined)


def note_of(*sentences: Sentence, heading: str = "") -> Note:
    made = make_note()
    title = replace(made.title, parts=("A week in derivatives",))
    return replace(made, title=title, sections=(Section("opening", heading, "prose", (sentences,)),))


def found(note: Note) -> list[str]:
    rate = Fact("funding_apr", "BTC", 0.12, Unit.APR, Period(WEEK.start, WEEK.end), WEEK.end, "")
    frame = Frame(WEEK, "BTC", ("BTC",), {("BTC", "funding_apr"): rate}, {})
    return [str(finding) for finding in findings(note, frame) if finding.severity == "error"]


def test_a_clean_note_has_no_finding() -> None:
    assert found(make_note()) == [line for line in found(make_note()) if "30" in line], (
        "the sample spells out a number in a label only"
    )
    assert found(note_of(said("Funding was flat."), heading="What to watch")) == []


def test_a_fault_is_found_with_its_rule_its_words_and_what_to_write() -> None:
    (line,) = found(note_of(said("Funding will rise.")))
    assert line == (
        "rules/own.yaml:7: 'Funding will rise.' (own): 'will' speaks of the future as known; "
        "say what was measured, or may, could, is consistent with"
    )


def test_the_unit_of_a_printed_fact_is_that_of_the_frame() -> None:
    rose = said("Funding rose ", Printed("BTC.funding_apr", "12.0%", "0.12"), ".")
    (line,) = found(note_of(rose))
    assert "'12.0%' is a change of BTC.funding_apr in per cent of itself; give the change in percentage points" in line
    assert found(note_of(said("Funding rose to ", Printed("BTC.funding_apr", "12.0%", "0.12"), "."))) == []


def test_labels_are_read_too() -> None:
    (line,) = found(note_of(replace(said("Nothing."), label="Why the price will fall")))
    assert line.startswith("section 'opening': the label 'Why the price will fall': 'will'")


def test_headings_are_read_too() -> None:
    (line,) = found(note_of(said("Nothing."), heading="Why the price will fall"))
    assert line.startswith("section 'opening': the heading 'Why the price will fall': 'will'")


def test_a_sentence_that_goes_on_is_as_long_as_both() -> None:
    one, other = said(" ".join(["word"] * 20)), said("while " + " ".join(["word"] * 20) + ".", joined=True)
    (line,) = found(note_of(one, other))
    assert "is a sentence of 41 words" in line
    assert found(note_of(one, replace(other, parts=("While " + " ".join(["word"] * 20) + ".",)))) == []


def test_a_quotation_may_hold_figures_and_an_opinion_is_its_speakers() -> None:
    assert found(note_of(said("We think it was 5% too low.", kind="quote"))) == []
