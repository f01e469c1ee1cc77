from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reporter import disclaimer
from reporter.model import Note, Section
from reporter.render import markdown
from tests.sample_note import chart, line, make_note, sentence
from tests.test_render_html import labeled

TEMPLATES = (Path(__file__).resolve().parent.parent / "templates",)
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def split(note: Note) -> tuple[dict[str, object], str]:
    """The front matter as YAML reads it, and the body as a Markdown reader shows it."""
    text = markdown.page(note, TEMPLATES).body.decode()
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), READER.render(body)


def test_the_front_matter_says_what_a_site_needs() -> None:
    front, _ = split(make_note())
    assert front == {
        "title": "Long-heavy positions unwind: $1.3 billion of Bitcoin futures closed by force",
        "date": "2026-02-16T14:00:00Z",
        "week": "2026-W07",
        "edition": "weekly",
        "newsletter": "Crypto Derivatives Weekly",
        "publisher": "Example Desk",
        "language": "en-US",
        "description": front["description"],
        "illustrative": True,
    }
    assert split(make_note(illustrative=False))[0]["illustrative"] is False


def test_a_label_stands_before_its_paragraph_and_is_escaped() -> None:
    _, body = split(labeled(make_note(), "Open *interest*"))
    page = BeautifulSoup(body, "html.parser")
    assert [tag.text for tag in page.select("p strong")][1:] == ["Open *interest*:"]  # behind the notice


def test_the_body_holds_what_the_page_holds() -> None:
    note = make_note()
    _, body = split(note)
    page = BeautifulSoup(body, "html.parser")
    said = {tag.text for tag in page.select("p, li, h1")}
    for section in note.sections:
        for paragraph in filter(None, section.paragraphs):
            assert " ".join(one.text for one in paragraph) in said
    assert [tag.text for tag in page.select("h1")] == [note.title.text]
    assert [tag.text for tag in page.select("thead th")] == ["Measure", "BTC", "ETH"]
    assert len(page.select("tbody tr")) == 8
    assert [(tag["src"], tag["alt"]) for tag in page.select("img")] == [(one.path, one.alt) for one in note.charts]
    assert len(page.select("li")) == 3 + 9 + 6 + 2 + 3
    assert [tag.text for tag in page.select("h2")][-5:] == [
        "How each figure is defined",
        "What this note rests on",
        "What is missing",
        "Sources",
        disclaimer.HEADING,
    ]
    assert "Nothing to say here" not in body


def test_notice_and_disclaimer_frame_any_template(tmp_path: Path) -> None:
    (tmp_path / "note").mkdir()
    (tmp_path / "note" / "note.md.j2").write_text("Only this.", encoding="utf-8")
    note = make_note()
    text = markdown.page(note, [tmp_path]).body.decode()
    page = BeautifulSoup(READER.render(text), "html.parser")
    assert [tag.text.strip() for tag in page.find_all("blockquote")] == [note.notice]
    paragraphs = [tag.text for tag in page.find_all("p")]
    assert paragraphs == [note.notice, "Only this.", *note.disclaimer]
    assert "blockquote" not in READER.render(markdown.page(make_note(illustrative=False), [tmp_path]).body.decode())


HOSTILE = "<script>x</script> *a* _b_ [c](d) | ~~e~~ `f` &amp; \\ ![g](h) # i"


def test_hostile_text_stays_text_everywhere() -> None:
    said = ((sentence("x", HOSTILE),),)
    note = make_note(
        title=sentence("title", HOSTILE),
        sections=(
            Section("a", HOSTILE, "bullets", said),
            Section("b", "", "prose", said, charts=(chart("a b_(c)", HOSTILE, HOSTILE, line()),)),
        ),
    )
    front, body = split(note)
    page = BeautifulSoup(body, "html.parser")
    assert front["title"] == HOSTILE
    assert page.find_all(["script", "em", "a", "s", "code", "table"]) == page.find_all("em") + page.select(
        "a[href^=https]"
    )
    assert page.select("h1")[0].text == page.select("h2")[0].text == page.select("li")[0].text == HOSTILE
    assert page.select("img")[0]["alt"] == HOSTILE
    assert page.select("img")[0]["src"] == "charts/a%20b_%28c%29.svg"


@pytest.mark.parametrize(
    "text",
    ["# a", "- a", "+ a", "1. a", "2026) a", "> a", "---", "===", "* a", "    a", ": a", "+", "10.", "~~~", "```"],
)
def test_the_opening_of_a_paragraph_is_no_markup(text: str) -> None:
    shown = BeautifulSoup(READER.render(f"x\n\n{markdown.escaped(text)}\n"), "html.parser")
    assert [tag.name for tag in shown.find_all(True)][:2] == ["p", "p"]
    assert shown.find_all("p")[1].text == text.strip()


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1))
def test_escaped_text_reads_back_as_it_was(text: str) -> None:
    shown = BeautifulSoup(READER.render(f"| x |\n|---|\n| {markdown.escaped(text)} |\n"), "html.parser")
    assert shown.select("td")[0].text == text
    assert BeautifulSoup(READER.render(f"a {markdown.escaped(text)}"), "html.parser").text.strip() == f"a {text}"


@given(st.text())
def test_quoted_text_reads_back_from_yaml(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert yaml.safe_load(f"a: {markdown.quoted(text)}\n") == {"a": text}
