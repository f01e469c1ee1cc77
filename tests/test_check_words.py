"""What counts as the same words, and how a lack is told."""

from __future__ import annotations

from reporter import disclaimer
from reporter.check import words


def test_case_accents_hyphens_quotes_and_ligatures_make_no_difference() -> None:
    assert words.letters("“FI\u00adNAN\u2010\ncial”\u200b É & ﬁ") == words.letters("financial efi")


def test_a_letter_of_another_alphabet_makes_a_difference() -> None:
    assert words.letters("advіce") != words.letters("advice")


def test_letters_one_by_one_are_the_letters_at_once() -> None:
    text = "Łódź, Ǆ ﬀ ß ½ e\u0301 İstanbul 東京 ﷺ"
    assert "".join(words.letters(char) for char in text) == words.letters(text)


def test_the_passage_is_the_heading_and_every_paragraph_in_the_publishers_name() -> None:
    found = words.disclaimer_of("Some & Co.")
    assert found.words[:6] == ("Disclaimer", "The", "information", "published", "by", "Some")
    assert "&" not in found.words
    assert found.letters.endswith(words.letters(disclaimer.PARAGRAPHS[-1]))


def test_spans_cover_all_letters_word_by_word() -> None:
    wanted = words.passage("p", "It’s a co-op.")
    assert [wanted.letters[a:b] for a, b in wanted.spans()] == ["its", "a", "coop"]


def test_every_place_of_a_passage_is_found() -> None:
    assert words.places(words.passage("p", "a b"), "xabyab") == (1, 4)


def test_a_lack_names_the_first_words_that_are_not_as_they_must_be() -> None:
    wanted = words.passage("disclaimer", "It does not constitute advice.")
    assert words.lack(wanted, ["", "itdoesconstituteadvice"]) == (
        "the disclaimer is not complete: 'not constitute advice.' does not follow 'does'"
    )
    assert words.lack(wanted, []) == "the disclaimer is missing"
