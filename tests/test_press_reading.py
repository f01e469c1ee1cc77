from __future__ import annotations

from pathlib import Path

import pytest

from reporter import strict_yaml
from reporter.errors import Several
from reporter.press import load, parse
from reporter.press.phrases import union
from tests.pressroom import TEMPLATES, table

PACKAGED = (TEMPLATES[0] / "rules" / "press.yaml").read_text("utf-8")
WORDS = {"fell": ("falls", "fell"), "fillers": ("price", "now"), "asset": ("bitcoin", "bitcoin cash")}


def found(phrase: str, text: str) -> str:
    match = union([phrase], WORDS).search(f"{text} ")
    return match[0].strip() if match else ""


@pytest.mark.parametrize(
    ("phrase", "text", "match"),
    [
        ("{asset} {fell}", "the bitcoin falls", "bitcoin falls"),
        ("{asset} {fell}", "bitcoin hash falls", ""),
        ("{asset} {fell}", "bitcoin cash falls", "bitcoin cash falls"),
        ("{asset} ~ {fell}", "bitcoin price now fell", "bitcoin price now fell"),
        ("{asset} .. {fell}", "bitcoin a b c d e fell", "bitcoin a b c d e fell"),
        ("{asset} .. {fell}", "bitcoin a b c d e f fell", ""),
        ("a|b c?", "b", "b"),
        ("(a b|c) d", "a b d", "a b d"),
        ("({fell}|sank) hard", "sank hard", "sank hard"),
        ("^ {fell}", "it falls", ""),
        ("^ {fell}", "it slips and falls", "falls"),
        ("{fell} $", "falls", "falls"),
        ("{fell} $", "falls flat", ""),
        ("fell", "befell", ""),
        ("fell", "felled", ""),
    ],
)
def test_a_phrase_finds_its_words_and_no_others(phrase: str, text: str, match: str) -> None:
    assert found(phrase, text) == match


@pytest.mark.parametrize("phrase", ["", "{fel}", "a[b", "(a", "{", "a\\b"])
def test_a_phrase_that_cannot_be_read_is_named(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        union([phrase], WORDS)


def test_the_packaged_table_has_no_mistake_and_knows_the_topics_of_rules() -> None:
    names = {topic.name for topic in table().topics}
    assert names >= {
        "liquidations",
        "side",
        "price",
        "leverage",
        "funding",
        "flows",
        "skew",
        "volatility",
        "balance",
        "mood",
    }
    assert table().names("price", "down") == ("down",)
    assert table().names("price", "sideways") == ()


def test_the_first_folder_that_has_a_table_wins_and_none_is_needed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    assert load((tmp_path,)) is None
    own = PACKAGED.replace("most_a_note: 4", "most_a_note: 1")
    (tmp_path / "rules" / "press.yaml").write_text(own, "utf-8")
    ours = load((tmp_path, *TEMPLATES))
    assert ours is not None
    assert ours.house.most == 1


MISTAKES = [
    ("most_a_note: 4", "most_a_note: many", "'attribution.most_a_note' is 'many'; expected a number from 0 to 100"),
    ("most_a_note: 4", "most_a_nota: 4", "unknown key 'most_a_nota'; did you mean 'most_a_note'?"),
    ("kinds: [fact]", "kinds: [facts]", "'attribution.kinds' has 'facts'; did you mean 'fact'?"),
    ("as {outlet} reported", "as reported", "the ending 'as reported'; expected words with {outlet} once"),
    ("as {outlet} reported", "as {outlet} <b>", "the ending 'as {outlet} <b>'; expected words with {outlet} once"),
    ("    unnamed: asset\n", "    unnamed: assets\n", "'topics.price.unnamed' has 'assets'; did you mean 'asset'?"),
    ("{price_rose} $", "{price_rise} {nowhere}", "names the words 'nowhere', which are not in 'words'"),
    (
        "not_for: [liquidations, side]",
        "not_for: [liquidation]",
        "'guards.a_day.not_for' has 'liquidation'; did you mean",
    ),
    ("\nguards:\n", "\nguard:\n", "unknown key 'guard'; did you mean 'guards'?"),
]


@pytest.mark.parametrize(("old", "new", "line"), MISTAKES)
def test_a_mistake_is_named_with_its_line(old: str, new: str, line: str, tmp_path: Path) -> None:
    assert old in PACKAGED
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "press.yaml").write_text(PACKAGED.replace(old, new, 1), "utf-8")
    with pytest.raises(Several) as caught:
        load((tmp_path,))
    assert any(line in each for each in caught.value.lines)
    assert all(each.startswith("rules/press.yaml") for each in caught.value.lines)


@pytest.mark.parametrize(
    "text", ["", "a", "- a", "words: 3\ntopics: []", "guards: {a: b}\ntopics: {price: {stances: 3}}"]
)
def test_a_file_that_is_no_table_is_mistakes_and_no_crash(text: str) -> None:
    problems: list[str] = []
    parse(strict_yaml.parse(text, "rules/press.yaml"), problems)
    assert problems
