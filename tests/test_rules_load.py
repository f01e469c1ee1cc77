"""Files to a rulebook: what is taken from which folder, and every mistake with its file and line, all at once."""

# ruff: noqa: E501 - a message stands on one line, as its author will see it

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from reporter import rules
from reporter.errors import RuleError, Several
from reporter.rules.load import needs
from tests.test_rules_sample import MEASURES, OUTLINE, book, folder, rule


def mistakes(path: Path, text: str, outline: str = OUTLINE) -> tuple[str, ...]:
    """The lines of the error that a rulebook of this text raises."""
    with pytest.raises(Several) as caught:
        rules.load([folder(path, outline, book=text)], MEASURES)
    return caught.value.lines


def one(path: Path, **changes: object) -> tuple[str, ...]:
    return mistakes(path, "rules:\n" + rule(**changes) + "\n")


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_a_rule_is_read_with_its_place_its_needs_and_its_cases(tmp_path: Path) -> None:
    text = """\
section: opening
kind: fact
rules:
  - id: longs
    group: event
    subject: market
    topic: liquidations
    stance: flush
    when: liquidations_usd > 0 and lead.dvol is known
    rank: 0.25
    optional: [lead.dvol, liquidations_largest_day]
    say:
      - "Longs lost {{ liquidations_usd | usd }} with {{ lead.price_usd | price }}."
      - "Longs lost{% if liquidations_largest_day is known %} on {{ liquidations_largest_day | day }}{% endif %}."
    cases:
      - speak: {liquidations_usd: 2.5e8, lead.dvol: 40, liquidations_largest_day: 2026-02-11}
        text: Longs
      - silent: {liquidations_usd: 0}
"""
    read = rules.load([folder(tmp_path, book=text)], MEASURES)
    (found,) = read.rules
    assert (found.id, found.section, found.group, found.subject, found.kind) == (
        "longs",
        "opening",
        "event",
        "market",
        "fact",
    )
    assert (found.topic, found.stance, found.rank, found.where) == (
        "liquidations",
        "flush",
        "0.25",
        "rules/book.yaml:4",
    )
    assert needs(found) == (
        ("market.liquidations_usd", "lead.price_usd"),
        ("lead.dvol", "market.liquidations_largest_day"),
    )
    first, second = found.cases
    assert first.given == {
        "market.liquidations_usd": 2.5e8,
        "lead.dvol": 40.0,
        "market.liquidations_largest_day": date(2026, 2, 11),
    }
    assert (first.speaks, first.text, first.where) == (True, "Longs", "rules/book.yaml:16")
    assert (second.speaks, second.where) == (False, "rules/book.yaml:18")


def test_what_a_rule_says_itself_beats_the_head_of_its_file(tmp_path: Path) -> None:
    text = "section: opening\ngroup: scale\ntopic: size\nsubject: lead\nkind: watch\nrules:\n"
    text += rule(id="own", say=['"{{ liquidations_usd | usd }}."'])
    text += "\n  - {id: head, when: true, say: [Nothing is known.]}\n"
    own, head = rules.load([folder(tmp_path, book=text)], MEASURES).rules
    assert (own.group, own.topic, own.subject, own.kind) == ("event", "liquidations", "market", "fact")
    assert (head.group, head.topic, head.subject, head.kind, head.when) == ("scale", "size", "lead", "watch", "true")


def test_the_first_folder_with_a_file_name_counts(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "rules").mkdir(parents=True)
    (mine / "rules" / "a.yaml").write_text("rules:\n" + rule(id="mine") + "\n", encoding="utf-8")
    packaged = folder(tmp_path / "packaged", a="rules:\n" + rule(id="theirs"), b="rules:\n" + rule(id="both"))
    read = rules.load([mine, packaged], MEASURES)
    assert [each.id for each in read.rules] == ["mine", "both"]
    assert read.outline.part("opening") is not None


def test_the_digest_follows_the_content_of_every_file_and_nothing_else(tmp_path: Path) -> None:
    same = [book(tmp_path / name, rule()).digest for name in ("a", "b")]
    other = book(tmp_path / "c", rule(rank=0.1)).digest
    outline = book(tmp_path / "d", rule(), outline=OUTLINE + "# a remark\n").digest
    assert same[0] == same[1]
    assert len({same[0], other, outline}) == 3


# ---- mistakes --------------------------------------------------------------------------------------------------------


def test_without_an_outline_there_is_no_rulebook(tmp_path: Path) -> None:
    with pytest.raises(RuleError) as caught:
        rules.load([tmp_path], MEASURES)
    assert str(caught.value) == (
        "rules/outline.yaml: no template folder has one; copy the packaged templates/rules/outline.yaml"
    )


def test_all_mistakes_of_all_files_are_reported_at_once(tmp_path: Path) -> None:
    bad = folder(
        tmp_path,
        OUTLINE.replace("layout: bullets", "layout: bulets"),
        a="rules:\n" + rule(id="one", when="liquidation_usd > 0", group="evnt") + "\n",
        b="rules: [\n",
        c="rules:\n" + rule(id="two", say=["In 3 days."]) + "\n",
    )
    with pytest.raises(Several) as caught:
        rules.load([bad], MEASURES)
    unreadable = [line for line in caught.value.lines if line.startswith("rules/b.yaml:2: ")]
    assert len(unreadable) == 1
    assert tuple(line for line in caught.value.lines if line not in unreadable) == (
        "rules/outline.yaml:4: 'layout' is 'bulets'; did you mean 'bullets'?",
        "rules/a.yaml:4: rule 'one': section 'opening' has no group 'evnt'; did you mean 'event'?; or add it to rules/outline.yaml",
        "rules/a.yaml:8: rule 'one': no fact is called 'liquidation_usd'; did you mean 'liquidations_usd'?",
        "rules/c.yaml:10: rule 'two': digits in the prose: '3'; spell the number out, or print a fact with a unit filter",
    )


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"topik": "x"}, "rules/book.yaml:11: unknown key 'topik' in 'rules' number 1; did you mean 'topic'?"),
        (
            {"zzz": "x"},
            "rules/book.yaml:11: unknown key 'zzz' in 'rules' number 1; known are id, section, group, subject, kind, topic, stance, when, rank, optional, say, joined, again, outcome, cases",
        ),
        ({"topic": None}, "rules/book.yaml:2: 'topic' is missing; expected a text"),
        ({"when": None}, "rules/book.yaml:2: 'when' is missing; expected a text"),
        ({"say": None}, "rules/book.yaml:2: 'say' is missing; expected a list that is not empty"),
        ({"say": "A text."}, "rules/book.yaml:9: 'say' is the text 'A text.'; expected a list that is not empty"),
        (
            {"id": "Big_Name"},
            "rules/book.yaml:2: the rule id 'Big_Name' is not small letters, figures and single hyphens; rename it",
        ),
        ({"subject": "asets"}, "rules/book.yaml:5: 'subject' is 'asets'; did you mean 'asset'?"),
        ({"kind": "view"}, "rules/book.yaml:6: 'kind' is 'view'; expected fact, reading, watch"),
        (
            {"section": "oppening"},
            "rules/book.yaml:4: rule 'total': no section is called 'oppening'; did you mean 'opening'?",
        ),
        (
            {"group": "headline"},
            "rules/book.yaml:4: rule 'total': section 'opening' has no group 'headline'; it has event, scale, price, interpretation, flows; or add it to rules/outline.yaml",
        ),
        (
            {"rank": "high"},
            "rules/book.yaml:11: rule 'total': no fact is called 'high'; `reporter facts` lists the names",
        ),
        (
            {"optional": ["lead.dvol"]},
            "rules/book.yaml:11: rule 'total': 'optional' lists 'lead.dvol', which the rule never uses; remove it",
        ),
        (
            {"optional": ["lead.dvoll"]},
            "rules/book.yaml:12: rule 'total': no fact is called 'dvoll'; did you mean 'dvol'?",
        ),
        (
            {"optional": ["abs(lead.dvol)"]},
            "rules/book.yaml:12: rule 'total': 'abs(lead.dvol)' is not the name of a fact; write one such as lead.dvol",
        ),
        (
            {"cases": ["{speak: {liquidations_us: 1}}"]},
            "rules/book.yaml:12: rule 'total': a case gives 'liquidations_us', which the rule does not use; did you mean 'liquidations_usd'?",
        ),
        (
            {"cases": ["{speak: {lead.dvol: 1}}"]},
            "rules/book.yaml:12: rule 'total': a case gives 'lead.dvol', which the rule does not use; it uses liquidations_usd",
        ),
        (
            {"cases": ["{speak: {liquidations_usd: much}}"]},
            "rules/book.yaml:12: rule 'total': a case gives 'much' for 'liquidations_usd'; expected a finite number",
        ),
        (
            {"cases": ["{speak: {liquidations_usd: .nan}}"]},
            "rules/book.yaml:12: rule 'total': a case gives '.nan' for 'liquidations_usd'; expected a finite number",
        ),
        (
            {"cases": ["{speak: {liquidations_usd: true}}"]},
            "rules/book.yaml:12: rule 'total': a case gives True for 'liquidations_usd'; expected a finite number",
        ),
        (
            {"cases": ["{speak: 5}"]},
            "rules/book.yaml:12: rule 'total': 'speak' has no values; write them as in {liquidations_usd: 1.9e9}",
        ),
        (
            {"cases": ["{text: x}"]},
            "rules/book.yaml:12: rule 'total': a case has either 'speak' or 'silent', with the values of its facts; write one",
        ),
        (
            {"cases": ["{speak: {}, silent: {}}"]},
            "rules/book.yaml:12: rule 'total': a case has either 'speak' or 'silent', with the values of its facts; write one",
        ),
        (
            {"cases": ["{silent: {}, text: x}"]},
            "rules/book.yaml:12: rule 'total': a silent case has no text; remove it",
        ),
        (
            {"cases": ["{silent: {}, txt: x}"]},
            "rules/book.yaml:12: unknown key 'txt' in 'cases' number 1; did you mean 'text'?",
        ),
    ],
)
def test_a_mistake_in_a_rule_is_named_with_its_line(tmp_path: Path, changes: dict[str, object], problem: str) -> None:
    assert one(tmp_path, **changes) == (problem,)


@pytest.mark.parametrize("huge", ["1e999", "1" + "0" * 400])
def test_a_number_beyond_all_bounds_is_no_value_of_a_case(tmp_path: Path, huge: str) -> None:
    (problem,) = one(tmp_path, cases=[f"{{speak: {{liquidations_usd: {huge}}}}}"])
    assert problem.endswith("for 'liquidations_usd'; expected a finite number")


def test_a_case_gives_shares_as_shares_and_dates_as_dates(tmp_path: Path) -> None:
    found = one(
        tmp_path,
        when="liquidations_long_share > 0.5 and liquidations_largest_day == week.last_day",
        cases=["{speak: {liquidations_long_share: 72, liquidations_largest_day: Monday}}"],
    )
    assert found == (
        "rules/book.yaml:12: rule 'total': a case gives 72 for 'liquidations_long_share'; expected a share from 0 to 1",
        "rules/book.yaml:12: rule 'total': a case gives 'Monday' for 'liquidations_largest_day'; expected a date such as 2026-02-11",
    )


def test_one_id_for_two_rules_is_a_mistake_over_files_too(tmp_path: Path) -> None:
    with pytest.raises(Several) as caught:
        rules.load([folder(tmp_path, a="rules:\n" + rule(), b="rules:\n" + rule())], MEASURES)
    assert caught.value.lines == (
        "rules/b.yaml:2: the rule id 'total' stands already at rules/a.yaml:2; rename one of them",
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "",
            "rules/book.yaml: the file is missing; expected a mapping with section, group, subject, kind, topic, rules",
        ),
        (
            "- a\n",
            "rules/book.yaml:1: the file is a list; expected a mapping with section, group, subject, kind, topic, rules",
        ),
        ("rules: []\n", "rules/book.yaml:1: 'rules' is an empty list; expected a list that is not empty"),
        (
            "rules: [5]\n",
            "rules/book.yaml:1: 'rules' number 1 is 5; expected a mapping with id, section, group, subject, kind, topic, stance, when, rank, optional, say, joined, again, outcome, cases",
        ),
        ("rule: []\n", "rules/book.yaml:1: unknown key 'rule'; did you mean 'rules'?"),
        ("rules:\nrules:\n", "rules/book.yaml:2: 'rules' stands twice; remove one of them"),
    ],
)
def test_a_file_that_is_no_rulebook_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in mistakes(tmp_path, text)


def test_a_file_that_cannot_be_read_is_named_without_a_traceback(tmp_path: Path) -> None:
    path = folder(tmp_path, book="rules:\n" + rule())
    (path / "rules" / "bytes.yaml").write_bytes(b"rules: \xff\xfe")
    with pytest.raises(Several) as caught:
        rules.load([path], MEASURES)
    (problem,) = caught.value.lines
    assert problem.startswith("rules/bytes.yaml:")
    assert problem.endswith("byte 7 is not UTF-8; save the file as UTF-8")


# ---- the outline -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        (
            "most: 2, groups",
            "mots: 2, groups",
            "rules/outline.yaml:4: unknown key 'mots' in 'sections' number 2; did you mean 'most'?",
        ),
        ("least: 1, most: 2", "least: 3, most: 2", "rules/outline.yaml:4: 'least' 3 is more than 'most' 2; lower it"),
        (
            "least: 1, most: 2",
            "least: few, most: 2",
            "rules/outline.yaml:4: 'least' is the text 'few'; expected a whole number",
        ),
        (
            "event, price, flows",
            "event, price, price",
            "rules/outline.yaml:4: the group 'price' stands twice; give one of them another name",
        ),
        (
            "id: key_points",
            "id: opening",
            "rules/outline.yaml:5: the section 'opening' stands twice; give one of them another name",
        ),
        (
            "layout: title",
            "layout: heading",
            "rules/outline.yaml:3: 'layout' is 'heading'; expected title, bullets, prose, table",
        ),
        (
            "groups: [headline]",
            "groups: []",
            "rules/outline.yaml:3: 'groups' is an empty list; expected a list that is not empty",
        ),
        (
            "groups: [{id: funding, most: 2}, options]",
            "rows: []\n    groups: [a]\n    paragraphs: [{id: a, groups: [b]}]",
            "rules/outline.yaml:13: 'groups' stands beside 'paragraphs'; put every group into a paragraph",
        ),
        (
            "{id: event, groups:",
            "{id: event, label: Top 5, groups:",
            "rules/outline.yaml:8: the label 'Top 5' has a digit; figures come from facts, in a sentence",
        ),
        (
            "groups: [headline]",
            "paragraphs: [{id: a, label: Call, groups: [headline]}]",
            "rules/outline.yaml:3: 'label' stands in a section with layout 'title'; expected layout prose",
        ),
    ],
)
def test_a_mistake_in_the_outline_is_named_with_its_line(tmp_path: Path, before: str, after: str, problem: str) -> None:
    assert before in OUTLINE
    assert problem in mistakes(tmp_path, "rules:\n" + rule(), OUTLINE.replace(before, after))


def test_a_chart_has_one_place(tmp_path: Path) -> None:
    outline = OUTLINE.replace("groups: [headline]", "groups: [headline], charts: [price]")
    outline = outline.replace("layout: bullets", "layout: bullets, charts: [price]")
    assert mistakes(tmp_path, "rules:\n" + rule(), outline) == (
        "rules/outline.yaml:4: the chart 'price' stands twice; give one of them another name",
    )


def test_the_rows_of_the_box_are_walked_like_prose(tmp_path: Path) -> None:
    table = """
  - id: box
    layout: table
    columns: [Week, Before]
    rows:
      - {label: Price, subject: lead, value: price_usd | usd, previous: price_usd_previos | price}
      - {label: "{{ price_usd | price }}", subject: lead, value: price_usd, drop_if_missing: maybe}
"""
    assert mistakes(tmp_path, "rules:\n" + rule(), OUTLINE.rstrip("\n") + table) == (
        "rules/outline.yaml:17: the filter 'usd' does not fit 'price_usd', which is in price; use price",
        "rules/outline.yaml:17: no fact is called 'price_usd_previos'; did you mean 'price_usd_previous'?",
        "rules/outline.yaml:18: a heading or label prints no figures; put it into a sentence",
        "rules/outline.yaml:18: 'price_usd' is printed without a unit filter; write '{{ price_usd | price }}'",
        "rules/outline.yaml:18: 'drop_if_missing' is the text 'maybe'; expected true or false",
        "rules/outline.yaml:15: 2 'columns' for the cells value, previous, change; name each",
    )


def test_rows_stand_in_a_table_only(tmp_path: Path) -> None:
    outline = OUTLINE.replace(
        "groups: [headline]",
        "groups: [headline], columns: [a, b, c], rows: [{label: P, subject: lead, value: dvol | points}]",
    )
    assert mistakes(tmp_path, "rules:\n" + rule(), outline) == (
        "rules/outline.yaml:3: 'rows' stand in a section with layout 'title'; expected layout table",
    )
