"""Pages whose disclaimer cannot be read, each caught on paper, in a browser and without one; and pages that pass."""

from __future__ import annotations

import base64
import io
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from html import escape
from pathlib import Path

import pytest

from reporter import disclaimer as words_of
from reporter.check import browser, pdf_pages, screen, words
from reporter.check import disclaimer as check
from reporter.model import NOTHING_COVERED, Artifact, Finding, Imprint, Note, Sentence, Source, Week

PUBLISHER = "Société “Müller & Söhne” d’Études"
WANTED = words.disclaimer_of(PUBLISHER)
FONTS = Path(__file__).parents[1] / "templates/style/fonts"
FONT = FONTS / "Inter-Regular.ttf"
CHROMIUM = browser.find()
with_chromium = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on PATH or in REPORTER_CHROMIUM")


def block(publisher: str = PUBLISHER) -> str:
    paragraphs = "".join(f"<p>{escape(text)}</p>" for text in words_of.paragraphs(publisher))
    return f'<section id="disclaimer"><h2>{words_of.HEADING}</h2>{paragraphs}</section>'


@cache
def font() -> str:
    """A font that is the same on every machine: one of the notes' own."""
    body = base64.b64encode((FONTS / "SourceSerif4-Regular.woff2").read_bytes()).decode()
    return f"@font-face{{font-family:Own;src:url(data:font/woff2;base64,{body})}}"


def page(css: str = "", before: str = "", ending: str | None = None) -> str:
    """A short note in HTML: `before` stands ahead of the block, `ending` in its place."""
    text = "<p>Open interest rose by a tenth over the week while funding stayed where it was.</p>" * 4
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Note</title>'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; font-src data:;'
        " style-src 'unsafe-inline'\">"
        f"<style>{font()}body{{font:16px/1.4 Own,serif}}{css}</style></head><body>"
        f"<h1>A quiet week</h1>{text}{before}{block() if ending is None else ending}</body></html>"
    )


def printed(html: bytes) -> bytes:
    """The page as PDF, by the program that prints notes."""
    import weasyprint  # type: ignore[import-untyped]

    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=["data"])
    return bytes(weasyprint.HTML(string=html.decode(), url_fetcher=fetcher).write_pdf())


def note(illustrative: bool = False) -> Note:
    title = Sentence(("A quiet week",), "title", "", "market", "t", "fact", "", "", 0, (), 0.0, "")
    return Note(
        title=title,
        week=Week(datetime(2026, 2, 9, tzinfo=UTC)),
        imprint=Imprint("Week", PUBLISHER, "en", "", "weekly"),
        sections=(),
        facts=(),
        gaps=(),
        sources=(Source("made", "Made up", "", illustrative, None, None),),
        coverage=NOTHING_COVERED,
        disclaimer=words_of.paragraphs(PUBLISHER),
        notice=words_of.notice(illustrative),
        digest="0",
    )


def markdown() -> str:
    return "# A quiet week\n\nNothing.\n\n## Disclaimer\n\n" + "\n\n".join(words_of.paragraphs(PUBLISHER)) + "\n"


def artifacts(html: str, pdf: bytes | None = None, text: str | None = None) -> dict[str, Artifact]:
    return {
        "html": Artifact("html", "note.html", "text/html", html.encode()),
        "pdf": Artifact("pdf", "note.pdf", "application/pdf", pdf or printed(html.encode())),
        "markdown": Artifact("markdown", "note.md", "text/markdown", (markdown() if text is None else text).encode()),
    }


def checked(html: str, pdf: bytes | None = None, text: str | None = None) -> tuple[Finding, ...]:
    return check.findings(artifacts(html, pdf, text), note(), printed)


@pytest.fixture(scope="module")
def chromium() -> Iterator[browser.Browser]:
    with browser.started(CHROMIUM or "", patience=1200) as running:
        yield running


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """WeasyPrint says what it does not obey of these pages; that is known."""
    logger = logging.getLogger("weasyprint")
    level = logger.level
    logger.setLevel(logging.ERROR)
    yield
    logger.setLevel(level)


@pytest.fixture
def no_chromium(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(browser.VARIABLE, "")


@cache
def blank_font() -> str:
    """A rule for a font that has every glyph and no ink."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
    from fontTools.ttLib.tables._g_l_y_f import Glyph  # type: ignore[import-untyped]

    font, body = TTFont(FONT), io.BytesIO()
    for name in font.getGlyphOrder():
        font["glyf"][name] = Glyph()
    font.save(body)
    data = base64.b64encode(body.getvalue()).decode()
    return f'@font-face{{font-family:Blank;src:url("data:font/ttf;base64,{data}")}}#disclaimer *{{font-family:Blank}}'


@dataclass(frozen=True)
class Attack:
    """`css` hides the disclaimer. Where `browser_only`, WeasyPrint does not obey it, and paper shows the words."""

    css: str
    before: str = ""
    browser_only: bool = False


SVG = 'xmlns="http://www.w3.org/2000/svg" width="900" height="900"'
COVER = f'<svg {SVG}><rect width="900" height="900" fill="#fff"/></svg>'
IMAGE = f'<img class="over" alt="" src="data:image/svg+xml;base64,{base64.b64encode(COVER.encode()).decode()}">'

ATTACKS = {
    "white ink": Attack("#disclaimer{color:#fff}"),
    "near-white ink": Attack("#disclaimer{color:#f2f2f2}"),
    "pale ink": Attack("#disclaimer{color:#b0b0b0}"),
    "one paragraph in white": Attack("#disclaimer p:nth-of-type(2){color:white}"),
    "heading in white": Attack("#disclaimer h2{color:white}"),
    "transparent ink": Attack("#disclaimer *{color:transparent}"),
    "ink of no alpha": Attack("#disclaimer{color:rgb(0 0 0 / 8%)}"),
    "opacity": Attack("#disclaimer{opacity:0}"),
    "faint opacity": Attack("#disclaimer{opacity:.15}"),
    "opacity of the body": Attack("body{opacity:.02}"),
    "filter": Attack("#disclaimer{filter:opacity(0)}", browser_only=True),
    "blur": Attack("#disclaimer{filter:blur(6px)}", browser_only=True),
    "visibility": Attack("#disclaimer{visibility:hidden}"),
    "display": Attack("#disclaimer{display:none}"),
    "display of a paragraph": Attack("#disclaimer p:last-child{display:none}"),
    "left of the page": Attack("#disclaimer{position:absolute;left:-9999px}"),
    "right of the page": Attack("#disclaimer{position:absolute;left:9999px}"),
    "above the page": Attack("#disclaimer{position:absolute;top:-9999px}"),
    "relative and away": Attack("#disclaimer{position:relative;left:-3000px}"),
    "logical inset": Attack("#disclaimer{position:absolute;inset:0 auto auto -5000px;width:600px}"),
    "indented away": Attack("#disclaimer p{text-indent:-9999px;white-space:nowrap;overflow:hidden}"),
    "margin away": Attack("#disclaimer{margin-left:-4000px;width:600px}"),
    "tiny type": Attack("#disclaimer *{font-size:1px}"),
    "small type": Attack("#disclaimer *{font-size:7.5px}"),
    "no type": Attack("#disclaimer *{font-size:0}"),
    "scaled down": Attack("#disclaimer{transform:scale(.02)}"),
    "scaled to small print": Attack("#disclaimer{transform:scale(.4);transform-origin:0 0}"),
    "squeezed": Attack("#disclaimer{transform:scaleX(.05)}"),
    "zoomed out": Attack("#disclaimer{zoom:.1}", browser_only=True),
    "scale property": Attack("#disclaimer{scale:.05}", browser_only=True),
    "clip-path": Attack("#disclaimer{clip-path:inset(0 0 60% 0)}", browser_only=True),
    "clip": Attack("#disclaimer{position:absolute;clip:rect(0 0 0 0)}", browser_only=True),
    "mask": Attack("#disclaimer{mask-image:linear-gradient(transparent,transparent)}", browser_only=True),
    "no height": Attack("#disclaimer{max-height:0;overflow:hidden}"),
    "half cut": Attack("#disclaimer{max-height:110px;overflow:hidden}"),
    "lines cut in two": Attack("#disclaimer p{height:.7em;line-height:1;overflow:hidden;white-space:nowrap}"),
    "no width": Attack("#disclaimer{width:40px;overflow:hidden;white-space:nowrap}"),
    "ellipsis": Attack("#disclaimer p{white-space:nowrap;overflow:hidden;text-overflow:ellipsis}"),
    "clamped lines": Attack(
        "#disclaimer p{display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:1;"
        "overflow:hidden;width:300px}",
        browser_only=True,
    ),
    "fixed overlay": Attack(
        'body::after{content:"";position:fixed;top:0;left:0;right:0;bottom:0;background:#fff;z-index:9}'
    ),
    "overlay on the block": Attack(
        "#disclaimer{position:relative}"
        '#disclaimer::after{content:"";position:absolute;top:0;left:0;width:100%;height:100%;background:#fff}'
    ),
    "dark overlay": Attack(
        "#disclaimer{position:relative}"
        '#disclaimer::after{content:"";position:absolute;top:0;left:0;width:100%;height:100%;background:#222}'
    ),
    "veil": Attack(
        "#disclaimer{position:relative}"
        '#disclaimer::after{content:"";position:absolute;top:0;left:0;width:100%;height:100%;'
        "background:rgb(255 255 255/90%)}"
    ),
    "stripes over it": Attack(
        "#disclaimer{position:relative;line-height:20px}#disclaimer::after{content:'';position:absolute;top:0;left:0;"
        "width:100%;height:100%;background:repeating-linear-gradient(#fff 0,#fff 3px,transparent 3px,transparent 5px)}"
    ),
    "image over it": Attack(".over{position:absolute;bottom:0;left:0;z-index:5}body{position:relative}", before=IMAGE),
    "block behind the page": Attack("html,body{background:#fff}#disclaimer{position:relative;z-index:-1}"),
    "under what precedes it": Attack(
        ".cover{position:relative;z-index:2;background:#fff;height:400px;margin-bottom:-400px}",
        before='<div class="cover"></div>',
    ),
    "other text over it": Attack("#disclaimer{margin-top:-11em}"),
    "blend": Attack("body{background:#fff}#disclaimer{mix-blend-mode:screen}", browser_only=True),
    "first line": Attack("#disclaimer p::first-line{color:transparent}"),
    "background of the ink's colour": Attack("#disclaimer{background:#000;color:#000}"),
    "panel of the ink's colour": Attack("#disclaimer{background:#1b4f6c;color:#27556f}"),
    "colours of one brightness": Attack("#disclaimer{background:#e00000;color:#008a00}"),
    "current colour behind": Attack("#disclaimer{color:#333;background:currentColor}"),
    "fill colour": Attack("#disclaimer{-webkit-text-fill-color:#fff}", browser_only=True),
    "turned over": Attack("#disclaimer{transform:rotate(180deg)}"),
    "mirrored": Attack("#disclaimer{transform:scaleX(-1)}"),
    "flipped": Attack("#disclaimer{transform:scaleY(-1)}"),
    "rotate property": Attack("#disclaimer{rotate:180deg}", browser_only=True),
    "upright lines": Attack("#disclaimer{writing-mode:vertical-rl}", browser_only=True),
    "read backwards": Attack("#disclaimer *{unicode-bidi:bidi-override;direction:rtl}", browser_only=True),
    "letters piled": Attack("#disclaimer *{letter-spacing:-.45em}"),
    "lines piled": Attack("#disclaimer *{line-height:.15;margin:0}"),
    "struck through": Attack("#disclaimer p{text-decoration:line-through}"),
    "struck through in white": Attack("#disclaimer p{text-decoration:line-through .6em #fff}", browser_only=True),
    "masked letters": Attack("#disclaimer{-webkit-text-security:disc}", browser_only=True),
    "letters masked by squares": Attack("#disclaimer{-webkit-text-security:square}", browser_only=True),
    "a first letter in white": Attack("#disclaimer p::first-letter{color:#fff}"),
    "content left out": Attack("#disclaimer{content-visibility:hidden}", browser_only=True),
    "words put in": Attack('#disclaimer p::before{content:"It is not true that: "}'),
    "fades away": Attack("@keyframes a{to{opacity:0}}#disclaimer{animation:a 1s 3s forwards}", browser_only=True),
    "nested rule in a container": Attack(
        "body{container-type:inline-size}@container (min-width:1px){#disclaimer{display:none}}", browser_only=True
    ),
    "mixed colour": Attack("#disclaimer{color:color-mix(in srgb,#fff 95%,#000)}", browser_only=True),
    "blot": Attack("#disclaimer{-webkit-text-stroke:9px #000}", browser_only=True),
}
BLANK = "a font without ink"
NAMES = [*ATTACKS, BLANK]
ON_PAPER = [name for name in NAMES if name == BLANK or not ATTACKS[name].browser_only]


def attack(name: str, medium: str) -> str:
    """The page of that attack. Its rules hold for one medium only, so that the other cannot give it away."""
    chosen = Attack(blank_font()) if name == BLANK else ATTACKS[name]
    return page(f"@media {medium}{{{chosen.css}}}.over,.cover{{max-width:none}}", chosen.before)


@pytest.mark.parametrize("name", ON_PAPER)
def test_words_that_paper_hides_are_found(name: str) -> None:
    with pdf_pages.opened(printed(attack(name, "print").encode())) as book:
        assert pdf_pages.unread(book, WANTED)


@with_chromium
@pytest.mark.parametrize("name", NAMES)
def test_words_that_a_browser_hides_are_found(name: str, chromium: browser.Browser) -> None:
    assert next(screen.unread(chromium, attack(name, "screen").encode(), [WANTED]), None)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.usefixtures("no_chromium")
def test_words_that_a_screen_hides_are_found_without_a_browser(name: str) -> None:
    html = attack(name, "screen")
    found = checked(html)
    assert [finding.where for finding in found if finding.severity == "error"] == ["note.html"] * len(found) != []


@with_chromium
@pytest.mark.parametrize("name", ["flipped", "mirrored", "turned over", "rotate property"])
def test_turned_words_are_called_so(name: str, chromium: browser.Browser) -> None:
    _, what = next(screen.unread(chromium, attack(name, "screen").encode(), [WANTED]))
    assert what.endswith("is turned, mirrored or out of order")


SCREENS = {
    "on phones": "@media (max-width:600px){#disclaimer{display:none}}",
    "on wide screens": "@media screen and (min-width:1000px){#disclaimer{display:none}}",
    "on very wide screens": "@media (min-width:1300px){#disclaimer{display:none}}",
    "on very small phones": "@media (max-width:380px){#disclaimer{opacity:0}}",
    "between two widths": "@media (min-width:700px) and (max-width:900px){#disclaimer{display:none}}",
    "in a range": "@media (600px <= width < 2000px){#disclaimer{display:none}}",
    "on dark screens": "@media (prefers-color-scheme:dark){body{background:#111}#disclaimer{color:#222}}",
    "in a window that does not scroll": "@media screen{html{overflow:hidden}h1{height:2000px}}",
}


@with_chromium
@pytest.mark.parametrize("name", SCREENS)
def test_words_that_only_some_screens_hide_are_found(name: str, chromium: browser.Browser) -> None:
    found = list(screen.unread(chromium, page(SCREENS[name]).encode(), [WANTED]))
    assert found
    assert all(each is WANTED for each, _ in found)


@pytest.mark.parametrize("name", [name for name in SCREENS if "scroll" not in name])
@pytest.mark.usefixtures("no_chromium")
def test_words_that_only_some_screens_hide_are_found_without_a_browser(name: str) -> None:
    assert any(finding.severity == "error" for finding in checked(page(SCREENS[name])))


LONG = "“Ärzte & Überseehandel” Beteiligungsgesellschaft d’Outre-Mer, Søren O’Neill & Co. (Łódź), S.A. de C.V."
HONEST = {
    "plain": "",
    "two columns": "#disclaimer{columns:2}",
    "three columns of small hyphenated type": "#disclaimer{columns:3;hyphens:auto;text-align:justify;font-size:11px}",
    "dark panel": "#disclaimer{background:#14202b;color:#dfe7ee;padding:1em}",
    "dark page": "html{background:#0d1117}body{color:#c9d1d9}",
    "tinted gradient": "#disclaimer{background:linear-gradient(#fff,#d6e2ee);padding:1em}",
    "broken over pages": "h1{margin-bottom:710px}"
    "@page{size:A4;margin:20mm;@bottom-center{content:'Page ' counter(page)}}",
    "broken over small pages": "@page{size:320px 300px;margin:20px;@top-left{content:'The week in derivatives'}}",
    "narrow and justified": "#disclaimer{width:150px;text-align:justify;hyphens:auto}",
    "small grey": "#disclaimer *{font-size:9px;color:#595959}",
    "small grey serif": "#disclaimer *{font:9px Liberation Serif;color:#595959}",
    "large": "#disclaimer p{font-size:44px}",
    "very large": "#disclaimer p{font-size:72px}",
    "bold italic": "#disclaimer p{font-style:italic;font-weight:700}",
    "capitals": "#disclaimer{text-transform:uppercase;letter-spacing:.08em}",
    "small capitals": "#disclaimer{font-variant:small-caps}",
    "ligatures": "#disclaimer{font-family:DejaVu Sans}",
    "serif": "#disclaimer{font-family:Liberation Serif}",
    "monospace": "#disclaimer{font-family:Liberation Mono}",
    "condensed": "#disclaimer{font-family:Liberation Sans Narrow}",
    "framed": "#disclaimer{border:2px solid #888;border-radius:8px;padding:6px;box-shadow:0 0 6px #888}",
    "underlined heading": "#disclaimer h2{text-decoration:underline;border-bottom:1px solid}",
    "numbered heading": "body{counter-reset:n 6}#disclaimer h2::before{counter-increment:n;content:counter(n) '. '}",
    "beside a picture": "#disclaimer{float:right;width:60%;background:#f4f1ea}",
    "responsive": "@media (max-width:600px){#disclaimer{font-size:14px;padding:0}}"
    "@media (min-width:900px){body{max-width:40em}}",
    "a page that is too wide for phones": "@media screen{body{width:1000px}}",
    "a shown and hidden menu": "@media print{h1{color:#333}}@media screen{h1{position:sticky;top:0;background:#fff}}",
    "tight lines": "#disclaimer{line-height:1}",
    "right to left, with something beyond the left edge": "@media screen{html{direction:rtl}"
    "h1::after{content:'';position:absolute;left:-1800px;top:0;width:9px;height:9px}}",
    "a page of odd height": "h1{margin-bottom:1500.37px}#disclaimer{padding-bottom:.21px}",
}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.usefixtures("no_chromium")
def test_an_honest_page_passes_without_a_browser(name: str) -> None:
    assert checked(page(HONEST[name])) == ()


@with_chromium
@pytest.mark.parametrize("name", HONEST)
def test_an_honest_page_passes_in_a_browser(name: str, chromium: browser.Browser) -> None:
    assert list(screen.unread(chromium, page(HONEST[name]).encode(), [WANTED])) == []


@with_chromium
def test_an_honest_note_passes_with_the_browser_that_is_found() -> None:
    assert checked(page()) == ()


@pytest.mark.parametrize("program", [None, ""])
def test_a_publishers_long_name_in_many_letters_passes(program: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if program is not None:
        monkeypatch.setenv(browser.VARIABLE, program)
    html = page("#disclaimer{width:220px;hyphens:auto}", ending=block(LONG))
    text = markdown().replace(PUBLISHER, LONG)
    named = replace(note(), imprint=replace(note().imprint, publisher=LONG))
    assert check.findings(artifacts(html, text=text), named, printed) == ()


SOFT = (
    block()
    .replace("constitute", "consti\u00adtute")
    .replace("financial", "ﬁnancial")
    .replace("its future", "its\u00a0future")
)


@pytest.mark.usefixtures("no_chromium")
def test_soft_hyphens_ligatures_and_hard_spaces_make_no_difference() -> None:
    assert checked(page(ending=SOFT)) == ()


ALTERED = {
    "a negation left out": block().replace("does not constitute", "does constitute"),
    "a word left out": block().replace("informational ", ""),
    "a word put in": block().replace("does not constitute", "does not always constitute"),
    "two words exchanged": block().replace("may result", "result may"),
    "another publisher": block("Somebody Else"),
    "no publisher": block(""),
    "a letter of another alphabet": block().replace("constitute", "cоnstitute"),
    "a paragraph left out": block().replace(f"<p>{words_of.PARAGRAPHS[2]}</p>", ""),
    "no heading": block().replace("<h2>Disclaimer</h2>", ""),
    "nothing": "",
    "in a comment": f"<!--{block()}-->",
    "in a template": f"<template>{block()}</template>",
    "in a script": f'<script type="text/plain">{block()}</script>',
    "in a text field": f"<textarea hidden>{block()}</textarea>",
    "in a closed element of details": f"<details><summary>More</summary>{block()}</details>",
    "hidden": f"<div hidden>{block()}</div>",
    "in a closed dialog": f"<dialog>{block()}</dialog>",
    "as the text of a missing picture": f'<img alt="{escape(" ".join(words_of.paragraphs(PUBLISHER)))}">',
    "as a description": f'<meta name="description" content="{escape(" ".join(words_of.paragraphs(PUBLISHER)))}">',
    "in an element that never ends": f"<!-- the end {block()}",
}


@pytest.mark.parametrize("name", ALTERED)
@pytest.mark.usefixtures("no_chromium")
def test_altered_or_enclosed_words_are_found_in_page_and_pdf(name: str) -> None:
    found = {
        finding.where for finding in checked(page("dialog:not([open]),[hidden]{display:none}", ending=ALTERED[name]))
    }
    assert "note.html" in found
    assert "note.pdf" in found or "details" in name  # WeasyPrint prints what a closed element holds


@with_chromium
@pytest.mark.parametrize("name", ALTERED)
def test_altered_or_enclosed_words_are_found_in_a_browser(name: str, chromium: browser.Browser) -> None:
    assert list(screen.unread(chromium, page(ending=ALTERED[name]).encode(), [WANTED]))


ACTIVE = {
    "a script": "<script>document.getElementById('disclaimer').remove()</script>",
    "a handler": '<img alt="" src="data:," onerror="document.body.remove()">',
    "a linked sheet": '<link rel="stylesheet" href="https://example.org/a.css">',
    "an imported sheet": "<style>@import 'https://example.org/a.css';</style>",
    "a frame": '<iframe src="https://example.org"></iframe>',
    "a refresh": '<meta http-equiv="refresh" content="0;url=https://example.org">',
    "words for readers without scripts": f"<noscript>{block()}</noscript>",
}


@pytest.mark.parametrize("name", [name for name in ACTIVE if "words" not in name])
@pytest.mark.usefixtures("no_chromium")
def test_what_may_change_the_page_later_is_refused(name: str) -> None:
    found = checked(page(before=ACTIVE[name]), pdf=printed(page().encode()))
    assert any("may change what a reader sees" in finding.what for finding in found)


def test_words_that_only_readers_without_scripts_see_are_not_enough() -> None:
    html = page(ending=ACTIVE["words for readers without scripts"])
    found = checked(html, pdf=printed(page().encode()))
    assert any(finding.where == "note.html" and "missing" in finding.what for finding in found)


@with_chromium
def test_a_script_of_the_page_cannot_speak_for_it(chromium: browser.Browser) -> None:
    script = "<script>document.addEventListener('DOMContentLoaded',()=>document.body.style.color='#000')</script>"
    html = page("@media screen{body{color:#fff}}", before=script).replace("Content-Security-Policy", "X-None")
    assert list(screen.unread(chromium, html.encode(), [WANTED]))


@pytest.mark.usefixtures("no_chromium")
def test_a_cut_page_box_and_a_turned_page_are_found() -> None:
    import pypdfium2  # type: ignore[import-untyped]

    for change in ("crop", "turn"):
        document, body = pypdfium2.PdfDocument(printed(page().encode())), io.BytesIO()
        if change == "crop":
            document[0].set_cropbox(0, 600, 595, 842)
        else:
            document[0].set_rotation(180)
        document.save(body)
        assert [finding.where for finding in checked(page(), body.getvalue())] == ["note.pdf"]


@pytest.mark.usefixtures("no_chromium")
def test_a_page_box_that_begins_elsewhere_is_measured_from_there() -> None:
    import pypdfium2

    document, body = pypdfium2.PdfDocument(printed(page().encode())), io.BytesIO()
    document[0].set_cropbox(20, 30, 590, 840)
    document.save(body)
    assert checked(page(), body.getvalue()) == ()


@pytest.mark.usefixtures("no_chromium")
def test_a_file_that_is_no_pdf_is_a_finding() -> None:
    assert [str(finding)[:24] for finding in checked(page(), b"%PDF-1.7 no")] == ["note.pdf: cannot be read"]


@pytest.mark.usefixtures("no_chromium")
def test_a_finding_says_how_many_words_and_which() -> None:
    html = page("#disclaimer p:nth-of-type(3){color:#fff}")
    first = checked(html)[0]
    assert first.where == "note.pdf"
    assert first.what.startswith("16 of 84 words of the disclaimer cannot be read: 'Always do your' does not stand out")
    assert "print.css" in first.remedy


@pytest.mark.usefixtures("no_chromium")
def test_a_missing_file_is_a_finding() -> None:
    made = artifacts(page())
    del made["pdf"]
    assert [finding.where for finding in check.findings(made, note(), printed)] == ["note (pdf)"]


@pytest.mark.parametrize("program", ["/bin/false", "/nowhere/chromium", "/bin/cat"])
def test_a_browser_that_fails_is_a_warning_and_a_print_stands_in(program: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(browser.VARIABLE, program)
    assert [finding.severity for finding in checked(page())] == ["warning"]
    assert [finding.severity for finding in checked(page("@media screen{#disclaimer{color:#fff}}"))] == [
        "warning",
        "error",
    ]


def test_a_browser_that_never_answers_is_given_up(tmp_path: Path) -> None:
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o755)
    with pytest.raises(browser.BrowserError, match="in time"), browser.started(str(silent), patience=0.3):
        raise AssertionError("started")


# The notice of simulated data.

ASIDE = f'<aside id="notice">{words_of.NOTICE}</aside>'
ON_EVERY_PAGE = f"@page{{@bottom-left{{content:'{words_of.NOTICE}';font-size:7.5pt;width:90%}}}}"
LONG_NOTE = "<p>Funding stayed where it was.</p>" * 120
SHORT_TEXT = f"> **{words_of.NOTICE}**\n\n" + markdown()


def simulated(css: str, aside: str = ASIDE, text: str = SHORT_TEXT) -> list[str]:
    html = page(css, before=aside + LONG_NOTE)
    return [str(f) for f in check.findings(artifacts(html, text=text), note(illustrative=True), printed)]


NOTICES = {
    "not on paper": ("", ASIDE),
    "not on the first page": (
        ON_EVERY_PAGE + "@page:first{@bottom-left{content:none}}@media print{#notice{display:none}}",
        ASIDE,
    ),
    "white on paper": (ON_EVERY_PAGE + "@page{@bottom-left{color:#fff}}", ASIDE),
    "small on paper": (ON_EVERY_PAGE + "@page{@bottom-left{font-size:4pt}}", ASIDE),
    "not on the screen": (ON_EVERY_PAGE + "@media screen{#notice{display:none}}", ASIDE),
    "white on the screen": (ON_EVERY_PAGE + "@media screen{#notice{color:#fff}}", ASIDE),
    "not in the page": (ON_EVERY_PAGE, ""),
}


@pytest.mark.parametrize("name", NOTICES)
@pytest.mark.parametrize("program", [None, ""])
def test_a_notice_that_cannot_be_read_is_found(name: str, program: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if program is not None:
        monkeypatch.setenv(browser.VARIABLE, program)
    found = simulated(*NOTICES[name])
    assert found
    assert all("illustrative notice" in line for line in found)
    assert all(line.startswith("note.pdf: on" if "paper" in name or "first" in name else "note.html") for line in found)


@pytest.mark.parametrize("program", [None, ""])
def test_a_notice_on_every_page_passes(program: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if program is not None:
        monkeypatch.setenv(browser.VARIABLE, program)
    assert simulated(ON_EVERY_PAGE) == []


@pytest.mark.usefixtures("no_chromium")
def test_markdown_without_the_notice_is_found() -> None:
    assert [line[:7] for line in simulated(ON_EVERY_PAGE, text=markdown())] == ["note.md"]


@pytest.mark.usefixtures("no_chromium")
def test_a_note_that_denies_its_notice_is_found() -> None:
    denied = replace(note(illustrative=True), notice="")
    html = page(ON_EVERY_PAGE, before=ASIDE)
    assert [f.where for f in check.findings(artifacts(html, text=SHORT_TEXT), denied, printed)] == ["note"]


@pytest.mark.usefixtures("no_chromium")
def test_a_note_that_claims_another_disclaimer_is_judged_by_the_true_one() -> None:
    weak = block().replace("does not constitute", "may constitute")
    claimed = tuple(text.replace("does not constitute", "may constitute") for text in words_of.paragraphs(PUBLISHER))
    found = check.findings(artifacts(page(ending=weak)), replace(note(), disclaimer=claimed), printed)
    assert {"note.html", "note.pdf"} <= {finding.where for finding in found}


def test_the_made_up_week_is_one() -> None:
    assert note().week.end - note().week.start == timedelta(days=7)
