"""A small catalogue, outline and frame that the rules' tests write with, and what the shipped ones must satisfy."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent, indent

from reporter import facts, rules
from reporter.model import Fact, Frame, Gap, Measure, Period, Unit, Week
from reporter.rules.names import FAMILIES, catalogue

SHIPPED = Path(__file__).resolve().parents[1] / "templates"
WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))
BOTH, ASSET = ("asset", "market"), ("asset",)
RANKED = ("previous", "change", "percentile", "high_since", "low_since", "swing", "streak")
LEVEL = ("growth", *RANKED)
MEASURES = (
    Measure("liquidations_usd", Unit.USD, BOTH, LEVEL, "", "the change"),
    Measure("liquidations_long_share", Unit.SHARE, BOTH, RANKED, ""),
    Measure("liquidations_largest_day", Unit.DATE, BOTH, (), ""),
    Measure("price_usd", Unit.PRICE, ASSET, LEVEL, ""),
    Measure("open_interest_coins", Unit.COIN, ASSET, LEVEL, ""),
    Measure("funding_rate", Unit.RATE, ASSET, RANKED, ""),
    Measure("funding_apr", Unit.APR, ASSET, RANKED, ""),
    Measure("dvol", Unit.POINTS, ASSET, LEVEL, ""),
    Measure("expected_move", Unit.FRACTION, ASSET, RANKED, ""),
    Measure("etf_net_flow_usd", Unit.USD, BOTH, RANKED, "", "the value"),
    Measure("etf_streak_sessions", Unit.COUNT, BOTH, (), ""),
    Measure("perp_to_spot_volume", Unit.RATIO, BOTH, LEVEL, ""),
    Measure("fear_greed", Unit.INDEX, ("market",), LEVEL, ""),
)
KNOWN = catalogue(MEASURES)

OUTLINE = """
sections:
  - {id: title, layout: title, most: 1, groups: [headline]}
  - {id: key_points, heading: Key points, layout: bullets, least: 1, most: 2, groups: [event, price, flows]}
  - id: opening
    layout: prose
    paragraphs:
      - {id: event, groups: [event, scale, price]}
      - {id: interpretation, groups: [interpretation, flows], most: 1}
  - id: metrics
    layout: prose
    groups: [{id: funding, most: 2}, options]
"""
RULE = {
    "id": "total",
    "section": "opening",
    "group": "event",
    "subject": "market",
    "kind": "fact",
    "topic": "liquidations",
    "when": "liquidations_usd > 0",
    "say": ['"Liquidations came to {{ liquidations_usd | usd }}."'],
}


def rule(**changes: object) -> str:
    """A rule as YAML: the plain one with these keys changed, or left out where None."""
    keys = {**RULE, **changes}
    lines = []
    for key, value in keys.items():
        if isinstance(value, list):
            lines += [f"{key}:", *(f"  - {item}" for item in value)]
        elif value is not None:
            lines.append(f"{key}: {value}")
    return indent("\n".join(lines), "    ").replace("    ", "  - ", 1)


def folder(path: Path, outline: str = OUTLINE, **books: str) -> Path:
    """A template folder with an outline and rulebooks; a book is the YAML of its rules."""
    (path / "rules").mkdir(parents=True, exist_ok=True)
    (path / "rules" / "outline.yaml").write_text(dedent(outline), encoding="utf-8")
    for name, text in books.items():
        (path / "rules" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def book(path: Path, *entries: str, outline: str = OUTLINE) -> rules.Rulebook:
    """The rulebook of one file with these rules."""
    return rules.load([folder(path, outline, book="rules:\n" + "\n".join(entries) + "\n")], MEASURES)


def frame(
    values: Mapping[str, float | date], week: Week = WEEK, gaps: Mapping[str, str] | None = None, lead: str = "BTC"
) -> Frame:
    """A frame with these facts, by `SUBJECT.name`, and these gaps with their reasons."""
    period = Period(week.start, week.end)
    found: dict[tuple[str, str], Fact] = {}
    for key, value in values.items():
        subject, _, name = key.partition(".")
        found[subject, name] = Fact(name, subject, value, KNOWN[name].unit, period, week.end, "")
    missing = {}
    for key, reason in (gaps or {}).items():
        subject, _, name = key.partition(".")
        missing[subject, name] = Gap(name, subject, reason)
    return Frame(week, lead, ("BTC", "ETH", "SOL"), found, missing)


def texts(written: rules.Written) -> list[str]:
    return [sentence.text for sentence in written.sentences]


def test_the_families_of_the_facts_are_those_that_the_rules_know() -> None:
    assert set(facts.SUFFIXES) <= set(FAMILIES)


def shipped_outline() -> str:
    return (SHIPPED / "rules" / "outline.yaml").read_text(encoding="utf-8")


def test_every_shipped_rule_keeps_what_its_cases_say_and_survives_the_rehearsal() -> None:
    shipped = rules.load([SHIPPED], facts.measures())
    broken = [str(finding) for finding in rules.run_cases(shipped) if finding.severity == "error"]
    assert shipped.rules
    assert broken == []
    rules.rehearse(shipped)


def test_the_rulebook_in_the_documentation_runs(tmp_path: Path) -> None:
    example = (rules.__doc__ or "").split("```yaml\n")[1].split("```")[0]
    assert "cases:" in example
    read = rules.load([folder(tmp_path, book=example)], MEASURES)
    assert [str(finding) for finding in rules.run_cases(read) if finding.severity == "error"] == []


def test_the_shipped_outline_has_the_sections_of_a_note_in_order(tmp_path: Path) -> None:
    outline = rules.load([folder(tmp_path, shipped_outline())], facts.measures()).outline
    names = ["title", "key_points", "opening", "at_a_glance", "watch", "flows", "metrics"]
    assert [part.id for part in outline.parts] == names
    points = outline.part("key_points")
    assert points is not None
    assert (points.layout, points.least, points.most) == ("bullets", 3, 3)
