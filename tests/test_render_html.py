from __future__ import annotations

import base64
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from reporter import clock, disclaimer
from reporter.errors import RenderError, RuleError
from reporter.model import NOTHING_COVERED, Note, Printed, Section, Source
from reporter.render import html
from tests.sample_note import WEEK, chart, line, make_note, sentence

TEMPLATES = (Path(__file__).resolve().parent.parent / "templates",)
HOSTILE = "<script>alert('x')</script>\" onload='y' {{ 7 * 7 }} & </style></body>"


def soup(note: Note, templates: tuple[Path, ...] = TEMPLATES) -> BeautifulSoup:
    return BeautifulSoup(html.page(note, templates).body, "html.parser")


def one(page: BeautifulSoup | Tag, selector: str) -> Tag:
    found = page.select(selector)
    assert len(found) == 1, f"{selector}: {len(found)}"
    return found[0]


def written(folder: Path, name: str, text: str) -> tuple[Path, ...]:
    """A search path whose first folder holds one file of the newsletter's own."""
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return (folder / "templates", *TEMPLATES)


# ---- what stands in the page ---------------------------------------------------------------------------------------


def test_each_printed_number_carries_its_fact_and_its_value() -> None:
    note = make_note()
    parts = [part for said in note.sentences for part in said.parts]
    parts += [part for section in note.sections for row in section.rows for cell in row.cells for part in cell]
    expected = [(part.fact, part.value, part.text) for part in parts if isinstance(part, Printed) and not part.word]
    page = soup(note)
    found = [(tag["data-fact"], tag["value"], tag.text) for tag in page.find_all("data")]
    assert sorted(found) == sorted(expected)
    words = [(tag["data-fact"], tag.text) for tag in page.select("span.w")]
    assert words == [(part.fact, part.text) for part in parts if isinstance(part, Printed) and part.word]


def test_the_page_reads_as_the_sentences_were_written() -> None:
    note = make_note()
    page = soup(note)
    paragraphs = {tag.text for tag in page.select("main p, main li, main h1")}
    for section in note.sections:
        for paragraph in filter(None, section.paragraphs):
            assert " ".join(said.text for said in paragraph) in paragraphs
    assert note.title.text in paragraphs


def labeled(note: Note, label: str) -> Note:
    """The note with a label before the first sentence of its prose."""
    sections = list(note.sections)
    place = next(n for n, each in enumerate(sections) if each.layout == "prose" and each.paragraphs)
    (first, *others), *paragraphs = sections[place].paragraphs
    sections[place] = replace(sections[place], paragraphs=((replace(first, label=label), *others), *paragraphs))
    return replace(note, sections=tuple(sections))


def test_a_label_stands_before_its_paragraph_and_is_escaped() -> None:
    (tag,) = soup(labeled(make_note(), "Open <b>interest</b>")).select("strong.label")
    assert tag.text == "Open <b>interest</b>:"
    assert str(tag.next_sibling).startswith(" ")
    assert soup(make_note()).select("strong.label") == []


def test_hostile_text_stays_text() -> None:
    said = (((sentence("x", HOSTILE),),),)
    hostile = chart("x", HOSTILE, HOSTILE, line())
    note = make_note(
        title=sentence("title", HOSTILE),
        sections=(Section("x", HOSTILE, "prose", *said, charts=(replace(hostile, source_line=HOSTILE),)),),
        sources=(Source("x", HOSTILE, HOSTILE, False, None, None),),
    )
    page = soup(note)
    assert page.find_all("script") == []
    assert [tag for tag in page.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []
    assert one(page, "h1").text == one(page, "h2[id=heading-x]").text == one(page, "figure img")["alt"] == HOSTILE
    assert page.title is not None
    assert page.title.text == HOSTILE
    assert one(page, "body > #disclaimer")


def test_nothing_is_asked_for_outside_the_file() -> None:
    text = html.page(make_note(), TEMPLATES).body.decode()
    page = BeautifulSoup(text, "html.parser")
    assert {link["href"] for link in page.find_all(href=True)} == {"#main", "https://desk.example"}
    assert all(str(tag["src"]).startswith("data:image/svg+xml;base64,") for tag in page.find_all(src=True))
    named = re.findall(r"url\(\s*[\"']?(.{0,30})", text)
    assert len(named) == 5
    assert all(target.startswith("data:font/woff2;base64,") for target in named)
    assert "@import" not in text
    assert "default-src 'none'" in str(one(page, "meta[http-equiv]")["content"])


def test_each_chart_is_an_image_of_its_own_with_its_alternative_text() -> None:
    note = make_note()
    images = soup(note).select("figure > img")
    assert [tag["alt"] for tag in images] == [one.alt for one in note.charts]
    bodies = [base64.b64decode(str(tag["src"]).partition(",")[2]) for tag in images]
    assert bodies == [one.body for one in note.charts]


def test_headings_do_not_jump_and_there_is_one_title() -> None:
    levels = [int(tag.name[1]) for tag in soup(make_note()).find_all(re.compile(r"^h[1-6]$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))


def test_every_reference_in_the_page_has_its_target_once() -> None:
    page = soup(make_note())
    ids = [str(tag["id"]) for tag in page.find_all(id=True)]
    assert len(ids) == len(set(ids))
    named = {str(tag["aria-labelledby"]) for tag in page.select("[aria-labelledby]")}
    assert named | {"main"} <= set(ids)


def test_an_empty_section_is_left_out_with_its_heading() -> None:
    assert "Nothing to say here" not in soup(make_note()).text
    bare = make_note(gaps=(), sources=(), facts=(), sections=(), coverage=NOTHING_COVERED)
    headings = [tag.text for tag in soup(bare).find_all("h2")]
    assert headings == [disclaimer.HEADING]


def test_the_head_names_language_title_author_and_the_dates_of_the_cut() -> None:
    page = soup(make_note())
    assert one(page, "html")["lang"] == "en-US"
    meta = {str(tag["name"]): str(tag["content"]) for tag in page.select("meta[name]")}
    assert meta["author"] == "Example Desk"
    assert meta["dcterms.created"] == meta["dcterms.modified"] == "2026-02-16T14:00:00Z"
    assert meta["dcterms.temporal"] == "2026-02-09/2026-02-15"
    assert meta["description"].startswith("Long positions made up 78%")
    assert one(page, ".week").text == "Week 7 of 2026, February 9 to 15"


def test_the_table_has_a_caption_and_its_cells_their_headers() -> None:
    table = one(soup(make_note()), "table")
    assert one(table, "caption").text == "Week 7 of 2026, February 9 to 15"
    assert [tag.text for tag in table.select("th[scope=col]")] == ["Measure", "BTC", "ETH"]
    assert len(table.select("tbody th[scope=row]")) == len(table.select("tbody tr")) == 8
    assert [tag.text for tag in table.select("td.none")] == ["not available", "not available"]


def test_a_table_without_a_name_for_its_labels_has_an_empty_corner() -> None:
    note = make_note()
    sections = tuple(replace(section, columns=section.columns[1:]) for section in note.sections)
    table = one(soup(replace(note, sections=sections)), "table")
    assert [tag.name for tag in table.select("thead tr > *")] == ["td", "th", "th"]


def test_the_clock_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    before = html.page(make_note(), TEMPLATES).body
    monkeypatch.setattr(clock, "now", lambda: pytest.fail("the clock was read"))
    assert html.page(make_note(), TEMPLATES).body == before
    assert str(WEEK.cut.year).encode() in before


# ---- disclaimer and notice -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        "<p>{{ title }}</p>",
        "<!DOCTYPE html><html><head><title>x</title></head><body><p>y</p><!-- </body> --></body></html>",
        "<!DOCTYPE html>\n<title>x</title>\n<p>y",
        "<html><body class='a'>\n<p>y</p></html>",
        "<body><p>y</p><body class='b'></body>",
        "",
    ],
)
def test_any_template_ends_with_the_disclaimer_and_begins_with_the_notice(template: str, tmp_path: Path) -> None:
    note = make_note()
    text = html.page(note, written(tmp_path, "note/page.html.j2", template)).body.decode()
    page = BeautifulSoup(re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL), "html.parser")
    assert one(page, "#notice").text == note.notice
    section = one(page, "#disclaimer")
    assert one(section, "h2").text == disclaimer.HEADING
    assert tuple(tag.text for tag in section.find_all("p")) == note.disclaimer
    assert [tag["id"] for tag in page.select("#notice, #disclaimer")] == ["notice", "disclaimer"]
    if paragraph := page.find("p", string="y"):
        assert text.index("notice") < text.index(str(paragraph)) < text.index('id="disclaimer"')


def test_a_notice_is_text_and_cannot_end_the_style_it_stands_in() -> None:
    page = soup(make_note(notice=HOSTILE))
    assert one(page, "#notice").text == HOSTILE
    assert page.find_all("script") == []


def test_real_data_bear_no_notice() -> None:
    assert soup(make_note(illustrative=False)).select("#notice") == []


@pytest.mark.parametrize("place", ["disclaimer", "notice"])
def test_a_template_with_a_disclaimer_of_its_own_is_refused(place: str, tmp_path: Path) -> None:
    templates = written(tmp_path, "note/page.html.j2", f"<body><p id={place}>Trust us.</p></body>")
    with pytest.raises(RenderError, match=rf'templates/note/page.html.j2: an element has id="{place}".*remove it'):
        html.page(make_note(), templates)


@pytest.mark.parametrize(
    ("markup", "said"),
    [
        ("<script>x()</script>", "<script>"),
        ("<p onclick='x()'>y</p>", "'onclick'"),
        ("<img src='https://example.org/pixel.png' alt=''>", "https://example.org"),
        ("<img src='logo.png' alt=''>", "logo.png"),
        ("<img srcset='https://example.org/pixel.png' src='data:image/png,x' alt=''>", "srcset"),
        ("<link rel=stylesheet href=//example.org/x.css>", "example.org"),
        ("<a href='javascript:x()'>y</a>", "javascript"),
        ("<p style='background:url(https://example.org/x)'>y</p>", "style"),
        ("<style>p{background:url( 'https://example.org/x' )}</style>", "style/"),
        ("<style>@import 'x.css';</style>", "style/"),
        ("<iframe srcdoc=x></iframe>", "<iframe>"),
        ("<meta http-equiv=refresh content='0;url=https://example.org'>", "refresh"),
        ("<base href='https://example.org'>", "<base>"),
        ("<svg><image xlink:href='https://example.org/x'/></svg>", "xlink:href"),
    ],
)
def test_a_template_that_reaches_outside_is_refused(markup: str, said: str, tmp_path: Path) -> None:
    templates = written(tmp_path, "note/page.html.j2", f"<body>{markup}</body>")
    with pytest.raises(RenderError, match=re.escape(said)):
        html.page(make_note(), templates)


def test_a_canonical_link_is_no_request(tmp_path: Path) -> None:
    markup = "<head><link rel=canonical href='https://example.org/'></head><body></body>"
    assert html.page(make_note(), written(tmp_path, "note/page.html.j2", markup))


# ---- the author's mistakes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("<p>\n{{ titel }}</p>", "templates/note/page.html.j2:2: 'titel' is undefined; did you mean 'title'?"),
        (
            "\n\n{{ note.titel }}",
            "templates/note/page.html.j2:3: 'Note' has no attribute 'titel'; did you mean 'title'?",
        ),
        ("{{ title | imag }}", "templates/note/page.html.j2:1: No filter named 'imag'.; did you mean 'image'?"),
        ("{% if x %}", "templates/note/page.html.j2:1: Unexpected end of template"),
        ("{% include 'pge.html.j2' %}", "templates/note/page.html.j2:1: no template is called 'pge.html.j2'; did you"),
        ("{{ note.digest.__class__.mro() }}", "templates/note/page.html.j2:1: access to attribute '__class__'"),
        ("x\n{{ title / 2 }}", "templates/note/page.html.j2:2: TypeError: unsupported operand"),
    ],
)
def test_a_mistake_in_a_template_is_one_line_with_its_place(text: str, line: str, tmp_path: Path) -> None:
    templates = written(tmp_path, "note/page.html.j2", text)
    with pytest.raises(RuleError) as caught:
        html.page(make_note(), templates)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("file", "text", "line"),
    [
        (
            "style/screen.css",
            "p{}\np{background:url(logo.pgn)}",
            "templates/style/screen.css:2: 'logo.pgn' is of no known",
        ),
        (
            "style/screen.css",
            "/* a\nb */ @font-face{src:url(fonts/Inter-Regulr.woff2)}",
            "templates/style/screen.css:2: no file 'fonts/Inter-Regulr.woff2' in style/; did you mean 'fonts/Inter-R",
        ),
        (
            "style/print.css",
            "p{background:url(https://example.org/x.png)}",
            "templates/style/print.css:1: 'https://exam",
        ),
        (
            "style/print.css",
            "@import 'x.css';",
            "templates/style/print.css:1: '@import' cannot stand in a note's style",
        ),
        ("style/print.css", "p{}</style><script>", "templates/style/print.css:1: '</style' cannot stand"),
        (
            "style/print.css",
            "p{background:url(../../x.png)}",
            "templates/style/print.css:1: no file '../../x.png'",
        ),
        ("style/palette.yaml", "ink: red", "templates/style/palette.yaml:1: 'ink' is 'red'; expected a quoted colour"),
    ],
)
def test_a_mistake_in_a_style_is_one_line_with_its_place(file: str, text: str, line: str, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(b"outside")
    templates = written(tmp_path, file, text)
    with pytest.raises(RuleError) as caught:
        html.page(make_note(), templates)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)


def test_a_newsletters_own_style_and_palette_come_before_the_packaged_ones(tmp_path: Path) -> None:
    written(tmp_path, "style/print.css", "p { color: var(--ink); background: url('logo.svg') }")
    (tmp_path / "templates" / "style" / "logo.svg").write_bytes(b"<svg/>")
    templates = written(tmp_path, "style/palette.yaml", 'ink: "#123456"\nopen_interest: "#654321"')
    text = html.page(make_note(), templates).body.decode()
    assert ":root{--ink:#123456;--open-interest:#654321;}" in text
    assert 'url("data:image/svg+xml;base64,PHN2Zy8+")' in text
    assert "font/woff2" in text


def test_the_packaged_templates_have_no_mistake() -> None:
    assert html.check_templates(TEMPLATES) == []


def test_all_mistakes_are_found_without_a_note(tmp_path: Path) -> None:
    shutil.copytree(TEMPLATES[0], tmp_path / "templates")
    note = tmp_path / "templates" / "note"
    (note / "page.html.j2").write_text("{% if not missing %}{{ titel }}{% endif %}", encoding="utf-8")
    (note / "note.md.j2").write_text("\n{{ week.nummer }}", encoding="utf-8")
    (note / "other.j2").write_text("{% endfor %}", encoding="utf-8")
    lines = html.check_templates([tmp_path / "templates"])
    assert [line.split(": ")[0] for line in lines] == [
        "templates/note/other.j2:1",
        "templates/note/note.md.j2:2",
        "templates/note/page.html.j2:1",
    ]
    assert "did you mean 'number'?" in lines[1]
