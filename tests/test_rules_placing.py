"""The outline filled in: sections with their paragraphs and rows, and where each chart goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter import rules
from tests.test_rules_sample import MEASURES, OUTLINE, folder, frame, rule

BOX = """\
  - id: box
    heading: Box
    layout: table
    columns: [Week, Before, Change]
    rows: [{label: Price, subject: lead, value: price_usd | price}]
    charts: [price, volume]
"""


def test_every_section_stands_in_order_with_its_paragraphs_rows_and_heading(tmp_path: Path) -> None:
    entries = (rule(), rule(id="point", section="key_points", say=["A point."]))
    text = "rules:\n" + "\n".join(entries)
    read = rules.load([folder(tmp_path, OUTLINE.rstrip("\n") + "\n" + BOX, book=text)], MEASURES)
    found = frame({"market.liquidations_usd": 5.0, "BTC.price_usd": 2000.0})
    written = rules.write(read, found, "main")
    sections = {section.id: section for section in rules.sections(read, found, written)}
    assert list(sections) == ["title", "key_points", "opening", "metrics", "box"]
    assert [[s.text for s in paragraph] for paragraph in sections["opening"].paragraphs] == [
        ["Liquidations came to $5."]
    ]
    assert [[s.text for s in paragraph] for paragraph in sections["key_points"].paragraphs] == [["A point."]]
    assert (sections["key_points"].heading, sections["key_points"].layout) == ("Key points", "bullets")
    assert sections["metrics"].paragraphs == ()
    assert sections["box"].rows == rules.box_rows(read, found)
    assert sections["box"].columns == ("Week", "Before", "Change")


def test_charts_are_placed_by_key(tmp_path: Path) -> None:
    read = rules.load([folder(tmp_path, OUTLINE.rstrip("\n") + "\n" + BOX)], MEASURES)
    assert rules.chart_places(read) == {"price": "box", "volume": "box"}


LABELED = """
sections:
  - {id: title, layout: title, groups: [headline]}
  - id: metrics
    layout: prose
    paragraphs:
      - {id: interest, label: Open interest, groups: [size, place]}
      - {id: rest, groups: [funding]}
"""


@pytest.mark.parametrize("spoken", [("size", "place"), ("place",)])
def test_a_label_stands_before_whichever_sentence_opens_its_paragraph(tmp_path: Path, spoken: tuple[str, ...]) -> None:
    groups = (*spoken, "funding")
    rules_of = [rule(id=each, section="metrics", group=each, say=[f"It was {each}."], topic=each) for each in groups]
    read = rules.load([folder(tmp_path, LABELED, book="rules:\n" + "\n".join(rules_of))], MEASURES)
    facts = frame({"market.liquidations_usd": 5.0})
    (_, metrics) = rules.sections(read, facts, rules.write(read, facts, "main"))
    assert [[(s.label, s.text) for s in paragraph] for paragraph in metrics.paragraphs] == [
        [("Open interest" * (n == 0), f"It was {each}.") for n, each in enumerate(spoken)],
        [("", "It was funding.")],
    ]
