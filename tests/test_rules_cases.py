"""Cases that hold, cases that fail, what the reading of the rules finds, and the rehearsal before the first request."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter import rules
from reporter.errors import Several
from reporter.model import Finding
from tests.test_rules_sample import MEASURES, OUTLINE, book, folder, rule

SPEAK = "{speak: {liquidations_usd: 1.9e9}, text: came to $1.9 billion}"
SILENT = "{silent: {liquidations_usd: 0}}"


def errors(read: rules.Rulebook) -> list[str]:
    return [str(finding) for finding in rules.run_cases(read) if finding.severity == "error"]


def warnings(read: rules.Rulebook) -> list[Finding]:
    return [finding for finding in rules.run_cases(read) if finding.severity == "warning"]


def test_cases_that_hold_find_nothing(tmp_path: Path) -> None:
    assert errors(book(tmp_path, rule(cases=[SPEAK, SILENT]))) == []


@pytest.mark.parametrize(
    ("case", "finding"),
    [
        (
            "{speak: {liquidations_usd: 0}}",
            "rule 'total' should speak and is silent: its condition is false: liquidations_usd > 0 "
            "(market.liquidations_usd is $0); change the values of the case or the rule",
        ),
        (
            "{speak: {}}",
            "rule 'total' should speak and is silent: needs market.liquidations_usd: it is not among the week's facts; "
            "change the values of the case or the rule",
        ),
        (
            "{speak: {liquidations_usd: 2e9}, text: $1.9 billion}",
            "rule 'total' should say '$1.9 billion' and says 'Liquidations came to $2.0 billion.'; "
            "change the text of the case or the wording",
        ),
        (
            "{silent: {liquidations_usd: 5}}",
            "rule 'total' should be silent and says 'Liquidations came to $5.'; "
            "change the values of the case or the rule",
        ),
        (
            "{silent: {}}",
            "rule 'total' is silent here only since it needs market.liquidations_usd: it is not among the week's "
            "facts; give the fact a value that makes 'when' false",
        ),
    ],
)
def test_a_case_that_fails_is_found_with_its_line(tmp_path: Path, case: str, finding: str) -> None:
    read = book(tmp_path, rule(cases=[SPEAK, SILENT, case]))
    assert errors(read) == [f"rules/book.yaml:14: {finding}"]


def test_every_wording_of_a_speaking_case_is_written(tmp_path: Path) -> None:
    read = book(tmp_path, rule(say=["Good.", "Torn (text."], cases=["{speak: {liquidations_usd: 5}}", SILENT]))
    (found,) = errors(read)
    assert found.startswith("rules/book.yaml:13: rule 'total' fails in this case: rules/book.yaml:2: rule 'total': ")
    assert "the text opens a bracket or quote" in found


def test_an_asset_rule_speaks_of_ether_beside_bitcoin(tmp_path: Path) -> None:
    case = "{speak: {dvol: 60, lead.dvol: 40}, text: ETH 60.0 and BTC 40.0}"
    say = '"Of {{ asset.ticker }} {{ dvol | points }} and {{ lead.ticker }} {{ lead.dvol | points }}."'
    silent = "{silent: {dvol: 0, lead.dvol: 40}}"
    read = book(tmp_path, rule(subject="asset", when="dvol > 0", say=[say], cases=[case, silent]))
    assert errors(read) == []


@pytest.mark.parametrize(
    ("cases", "lacks"),
    [
        ([SPEAK], "it is silent; add '- silent: {fact: value}' under 'cases'"),
        ([SILENT], "it speaks; add '- speak: {fact: value}' under 'cases'"),
    ],
)
def test_a_rule_without_both_kinds_of_cases_is_found(tmp_path: Path, cases: list[str], lacks: str) -> None:
    assert errors(book(tmp_path, rule(cases=cases))) == [
        f"rules/book.yaml:2: rule 'total' has no case in which {lacks}"
    ]


def test_a_rule_that_is_never_silent_needs_no_silent_case(tmp_path: Path) -> None:
    assert errors(book(tmp_path, rule(when="true", say=["Much may change."], cases=["{speak: {}}"]))) == []


def test_a_rule_without_a_condition_is_silent_where_its_fact_is_missing(tmp_path: Path) -> None:
    assert errors(book(tmp_path, rule(when="true", cases=[SPEAK, "{silent: {}}"]))) == []


def test_a_group_in_which_no_rule_speaks_is_a_warning(tmp_path: Path) -> None:
    found = warnings(book(tmp_path, rule(cases=[SPEAK, SILENT])))
    silent = {("title", "headline"), *(("key_points", name) for name in ("event", "price", "flows"))}
    silent |= {("opening", name) for name in ("scale", "price", "interpretation", "flows")}
    silent |= {("metrics", "funding"), ("metrics", "options")}
    assert {finding.what for finding in found} == {f"no rule speaks in group {g!r} of section {s!r}" for s, g in silent}
    assert found[0].where == "rules/outline.yaml:3"


FORBIDDEN = {
    "will": "speaks of the future as known",
    "because": "names a cause that the figures do not carry",
    "proves": "promises more than figures can",
    "guaranteed": "promises more than figures can",
    "smart money": "promises more than figures can",
    "We believe": "is an opinion without a signature",
    "should buy": "reads as advice",
    "had a record in": "is a superlative without a window",
}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_words_that_prose_never_uses_are_found(tmp_path: Path, word: str) -> None:
    read = book(tmp_path, rule(say=[f"Longs {word} it."], cases=["{speak: {liquidations_usd: 5}}", SILENT]))
    (line,) = errors(read)
    shown = repr(word.removeprefix("had ").removesuffix(" in"))
    assert line.startswith(f"rules/book.yaml:2: rule 'total': {shown} {FORBIDDEN[word]} (wording 1); ")


def test_a_window_that_a_figure_gives_is_seen_in_the_template(tmp_path: Path) -> None:
    say = '"The highest since {{ liquidations_usd_high_since | date }}."'
    cases = [
        "{speak: {liquidations_usd: 5, liquidations_usd_high_since: 2025-01-01}}",
        "{silent: {liquidations_usd: 0, liquidations_usd_high_since: 2025-01-01}}",
    ]
    assert errors(book(tmp_path, rule(say=[say], cases=cases))) == []


def test_a_reading_without_a_hedge_is_a_warning(tmp_path: Path) -> None:
    cases = ["{speak: {liquidations_usd: 5}}", SILENT]
    for text, count in (("Leverage is gone.", 1), ("Leverage may be gone.", 1), ("This says little.", 0)):
        read = book(tmp_path / str(count) / text[:5], rule(kind="reading", say=[text], cases=cases))
        found = [finding for finding in warnings(read) if "a hedge" in finding.what or "hedged by hand" in finding.what]
        assert len(found) == count, text


# ---- rehearsal -------------------------------------------------------------------------------------------------------


def test_a_rehearsal_of_a_good_rulebook_finds_nothing(tmp_path: Path) -> None:
    say = (
        "\"It {{ lead.price_usd_growth | direction('rose', 'fell') }}, {{ liquidations_usd | usd }}"
        '{% if lead.dvol is known %}, {{ lead.dvol | points }}{% endif %}."'
    )
    read = book(tmp_path, rule(say=[say], optional=["lead.dvol"], rank="1 / liquidations_usd"))
    rules.rehearse(read)


@pytest.mark.parametrize(
    ("say", "what"),
    [
        ("{% if liquidations_usd < 5 %}Calm.{% endif %}", "the text is empty; give every 'if' in it an 'else'"),
        ("Fine{% if lead.dvol is known %} now.{% endif %}", "the text does not end with a full stop"),
        ("Fine.{% if etf_net_flow_usd < 0 %} (Odd.{% endif %}", "the text opens a bracket"),
    ],
)
def test_a_wording_that_fails_with_some_sign_or_gap_is_found_before_the_week(
    tmp_path: Path, say: str, what: str
) -> None:
    optional = ["lead.dvol"] if "is known" in say else None
    read = book(tmp_path, rule(say=["All is well.", f'"{say}"'], optional=optional))
    with pytest.raises(Several) as caught:
        rules.rehearse(read)
    (line,) = caught.value.lines
    assert line.startswith("rules/book.yaml:2: rule 'total' fails in wording 2: the text")
    assert what in line


def test_a_wording_is_not_blamed_for_values_that_its_condition_excludes(tmp_path: Path) -> None:
    say = "{% if etf_net_flow_usd > 0 %}Inflows.{% endif %}"
    read = book(tmp_path, rule(when="etf_net_flow_usd > 0", say=[f'"{say}"']))
    rules.rehearse(read)


def test_headings_and_rows_are_rehearsed_too(tmp_path: Path) -> None:
    outline = (
        OUTLINE
        + """\
  - id: box
    layout: table
    headings: [{when: dvol > 0, say: "{% if dvol > 0 %}Volatile{% endif %}"}]
    columns: [a, b, c]
    rows: [{label: Price, subject: asset, value: price_usd | price}]
"""
    )
    rules.rehearse(rules.load([folder(tmp_path, outline)], MEASURES))
