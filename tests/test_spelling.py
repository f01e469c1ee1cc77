"""A finished note in American and in British English: words, dates, and what stays as it is."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import newsletter, rules, spelling
from reporter.errors import Several
from reporter.facts import measures
from reporter.model import Cited, Note, Printed
from reporter.spelling import AMERICAN, BRITISH, Spelling
from tests.desk_run import newsletter as folder
from tests.desk_run import reporter, simulated
from tests.sample_note import make_note

TEMPLATES = newsletter.starter() / "templates"
OUTLINE = "sections:\n  - {id: title, layout: title, groups: [headline]}\n"
BOTH_ON_PURPOSE = {"spelling.yaml", "contradictions.yaml", "press.yaml"}  # what they match may be in either


@cache
def table() -> Spelling:
    return rules.load([TEMPLATES], measures()).spelling


def note_in(language: str, *parts: str | Printed | Cited, kind: str = "fact") -> Note:
    made = make_note()
    title = replace(made.title, parts=parts, kind=kind)
    return spelling.in_language(replace(made, title=title, imprint=replace(made.imprint, language=language)), table())


@pytest.mark.parametrize(
    ("american", "british"),
    [
        ("Funding averaged a lot, annualized.", "Funding averaged a lot, annualised."),
        ("Realized volatility eased", "Realised volatility eased"),
        ("in percent a year", "in per cent a year"),
        ("FAVORABLE flows toward the center", "FAVOURABLE flows towards the centre"),
        ("percentage points", "percentage points"),
        ("The organizer's prize", "The organizer's prize"),
        ("see https://a.example/color and color@b.example", "see https://a.example/color and color@b.example"),
        ("realized_volatility", "realized_volatility"),
    ],
)
def test_words_change_and_names_do_not(american: str, british: str) -> None:
    assert spelling.words(american, table(), BRITISH) == british
    assert spelling.words(british, table(), AMERICAN) == american


@given(st.lists(st.sampled_from([*table().british, *table().american, "Basis", "a", "per", "cent-wise"]), max_size=12))
def test_the_language_of_the_source_does_not_matter(found: list[str]) -> None:
    text = " ".join(found)
    for one, other in ((AMERICAN, BRITISH), (BRITISH, AMERICAN)):
        written = spelling.words(text, table(), one)
        assert spelling.words(written, table(), one) == written
        assert spelling.words(spelling.words(text, table(), other), table(), one) == written
        assert spelling.foreign(written, table(), one) == []


@pytest.mark.parametrize(
    ("american", "british"),
    [
        ("February 11", "11 February"),
        ("since October 12, 2025, when", "since 12 October 2025, when"),
        ("Wednesday, February 11, alone", "Wednesday, 11 February, alone"),
        ("December 29, 2025 to January 4, 2026", "29 December 2025 to 4 January 2026"),
        ("In May it may rest", "In May it may rest"),
    ],
)
def test_dates_are_written_as_readers_write_them(american: str, british: str) -> None:
    assert spelling.dates(american, BRITISH) == british
    assert spelling.dates(american, AMERICAN) == american


def test_every_text_of_a_note_is_in_its_language() -> None:
    note = note_in(BRITISH, "Annualized since ", Printed("x.y_high_since", "May 11, 2025", "2025-05-11"))
    assert note.title.text == "Annualised since 11 May 2025"
    assert {row.label for section in note.sections for row in section.rows} >= {"Realised volatility, 30 days"}
    assert any("the newest row is of 3 February 2026" in gap.reason for gap in note.gaps)
    american = note_in(AMERICAN, "Annualised")
    assert american.title.text == "Annualized"
    assert {row.label for section in american.sections for row in section.rows} >= {"Realized volatility, 30 days"}
    assert any("in percent a year" in fact.definition for fact in american.facts)


def test_a_chart_has_one_title_on_the_page_and_in_its_picture() -> None:
    made = make_note()
    chart = next(chart for chart in made.charts)
    body = b"<svg><title>Color &amp; more</title><desc>To May 11, 2025</desc></svg>"
    changed = replace(chart, title="Color & more", alt="To May 11, 2025", body=body)
    sections = tuple(replace(s, charts=tuple(changed for _ in s.charts)) for s in made.sections)
    british = replace(made, sections=sections, imprint=replace(made.imprint, language=BRITISH))
    done = spelling.in_language(british, table()).charts[0]
    assert (done.title, done.alt) == ("Colour & more", "To 11 May 2025")
    assert done.body == b"<svg><title>Colour &amp; more</title><desc>To 11 May 2025</desc></svg>"


def test_what_others_say_and_are_called_stays() -> None:
    quote = ("“We realized it on May 11,” said ", Cited("the Color Center", "https://a.example"), ".")
    assert note_in(BRITISH, *quote, kind="quote").title.parts == quote
    said = note_in(BRITISH, "It realized more, as ", Cited("the Color Center", "https://a.example"), " reported.")
    assert said.title.text == "It realised more, as the Color Center reported."


def test_numbers_and_the_disclaimer_stay() -> None:
    american, british = note_in(AMERICAN, "A"), note_in(BRITISH, "A")
    assert american.disclaimer == british.disclaimer
    for one, other in zip(american.sentences, british.sentences, strict=True):
        printed = ([p for p in s.parts if isinstance(p, Printed)] for s in (one, other))
        assert [p.value for p in next(printed)] == [p.value for p in next(printed)]


def test_every_mistake_in_the_table_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    text = "spellings:\n  Color: colour\n  gray: grey\n  greyish: grey\n  favor: ''\n"
    (tmp_path / "rules" / "spelling.yaml").write_text(text)
    (tmp_path / "rules" / "outline.yaml").write_text(OUTLINE)
    with pytest.raises(Several) as caught:
        rules.load([tmp_path], measures())
    assert [line.partition(": ")[0] for line in caught.value.lines] == [f"rules/spelling.yaml:{n}" for n in (2, 4, 5)]


def test_without_a_table_nothing_is_spelt_in_another_way(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "outline.yaml").write_text(OUTLINE)
    assert rules.load([tmp_path], measures()).spelling == spelling.PLAIN


def test_what_readers_are_shown_is_written_in_american() -> None:
    files = [path for path in (TEMPLATES / "rules").glob("*.yaml") if path.name not in BOTH_ON_PURPOSE]
    files += list((TEMPLATES / "note").glob("*.j2"))
    assert len(files) > 12
    for path in files:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not re.match(r"\s*- id: ", line)]
        assert spelling.foreign("\n".join(lines), table(), AMERICAN) == [], path.name


@pytest.mark.parametrize(
    ("language", "there", "not_there"),
    [
        ("en-US", ("February 9 to 15*", "annualized", "Realized volatility", "May 11, 2025"), ("annualised", "11 May")),
        ("en-GB", ("9 to 15 February*", "annualised", "Realised volatility", "16 February 2026, 14:00 UTC"),
         ("annualized", "February 11", "February 16,", "percent ")),
    ],
)  # fmt: skip
def test_the_sample_is_written_in_either(
    tmp_path: Path, language: str, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    desk = folder(tmp_path, simulated().replace("language: en-US", f"language: {language}"))
    done = reporter("run", "--sample", folder=desk)
    assert (done.returncode, done.stderr) == (0, "")
    text = (desk / "output" / "2026-W07" / "sample" / "note.md").read_text(encoding="utf-8")
    assert [words for words in there if words not in text] == []
    assert [words for words in not_there if words in text] == []
    assert f'<html lang="{language}">' in (desk / "output" / "2026-W07" / "sample" / "note.html").read_text()
