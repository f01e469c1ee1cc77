"""Where in Markdown words do not count as read."""

from __future__ import annotations

import pytest

from reporter import disclaimer
from reporter.check import markdown_text, words

WANTED = words.disclaimer_of("Some & Co.")
PARAGRAPHS = disclaimer.paragraphs("Some & Co.")
TEXT = "## Disclaimer\n\n" + "\n\n".join(PARAGRAPHS)
ONE_LINE = "Disclaimer " + " ".join(PARAGRAPHS)

HIDING = {
    "a comment": f"<!--\n{TEXT}\n-->\n",
    "a comment without an end": f"Text\n\n<!-- later\n\n{TEXT}\n",
    "a fence": f"```\n{TEXT}\n```\n",
    "a fence with a language, of tildes": f"~~~~ text\n{TEXT}\n~~~~\n",
    "a fence without an end": f"Text\n\n```sql\nselect 1\n\n{TEXT}\n",
    "a fence within a quotation": "> ```\n" + "".join(f"> {line}\n" for line in TEXT.split("\n")) + "> ```\n",
    "the text of a picture": f"![{ONE_LINE}](a.png)",
    "the title of a link": f'[More](https://example.org "{ONE_LINE}")',
    "the target of a link": f"[More](https://example.org/?{ONE_LINE.replace(' ', '+')})",
    "a definition of a link": f'[more]: https://example.org "{ONE_LINE}"\n',
    "front matter": f"---\ntitle: Note\nlegal: |\n  {ONE_LINE}\n---\n\nText\n",
    "a closed element of details": f"<details>\n<summary>More</summary>\n\n{TEXT}\n\n</details>\n",
    "a hidden element": f"<div hidden>\n\n{TEXT}\n\n</div>\n",
    "a template": f"<template>{TEXT}</template>",
    "an attribute": f'<span title="{ONE_LINE}">More</span>',
    "struck-out text": f"~~{ONE_LINE}~~",
    "nothing": "",
    "a text without its negation": TEXT.replace("does not constitute", "does constitute"),
}

SHOWING = {
    "plain text": TEXT,
    "text after front matter": f"---\ntitle: Note\n---\n\n# Note\n\n{TEXT}\n",
    "text after a fence and a comment": f"```\ncode\n```\n\n<!-- said -->\n\n{TEXT}\n",
    "a quotation": "".join(f"> {line}\n" for line in TEXT.split("\n")),
    "wrapped, bold text": TEXT.replace(" trading", "\ntrading").replace("high risk", "**high risk**"),
    "escaped text": TEXT.replace("Some & Co.", r"Some \& Co\."),
    "entities": TEXT.replace("&", "&amp;"),
    "text after links and an address": f"[a](b) <https://example.org> ![c](d) 3 < 4 and 5 > 4\n\n{TEXT}",
    "text in Windows's lines": TEXT.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("name", HIDING)
def test_words_that_do_not_stand_in_plain_view_are_lacking(name: str) -> None:
    assert markdown_text.lack(WANTED, f"# Note\n\nText.\n\n{HIDING[name]}" if "front" not in name else HIDING[name])


@pytest.mark.parametrize("name", SHOWING)
def test_words_in_plain_view_are_there(name: str) -> None:
    assert markdown_text.lack(WANTED, SHOWING[name]) == ""


def test_an_escaped_bracket_makes_no_link() -> None:
    wanted = words.disclaimer_of("The [Big](Real) Co.")
    text = "Disclaimer " + " ".join(disclaimer.paragraphs(r"The \[Big\](Real) Co."))
    assert markdown_text.lack(wanted, text) == ""
