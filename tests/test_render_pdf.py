from __future__ import annotations

import hashlib
import logging
import os
import re
import subprocess
import sys
import zlib
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest

from reporter.errors import RenderError
from reporter.model import Artifact, Note, Section
from reporter.render import html, pdf
from tests.sample_note import WEEK, make_note, sentence

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = (ROOT / "templates",)
FONTS = {"Inter", "Inter-Semi-Bold", "Source-Serif-4", "Source-Serif-4-Semi-Bold"}


def texts(artifact: Artifact) -> list[str]:
    """The text of each page, in one line."""
    document = pypdfium2.PdfDocument(artifact.body)
    return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]


def printed(note: Note, templates: tuple[Path, ...] = TEMPLATES) -> Artifact:
    return pdf.document(html.page(note, templates), note)


def uncompressed(artifact: Artifact) -> bytes:
    """The PDF's objects, those in compressed streams too."""
    streams = re.findall(rb"/FlateDecode[^>]*>>\s*stream\r?\n(.*?)\r?\nendstream", artifact.body, re.DOTALL)
    return artifact.body + b"".join(zlib.decompressobj().decompress(stream) for stream in streams)


def styled(folder: Path, name: str, text: str) -> tuple[Path, ...]:
    path = folder / "templates" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return (folder / "templates", *TEMPLATES)


def said(text: str) -> Note:
    return make_note(sections=(Section("x", "", "prose", ((sentence("x", text),),)),))


@pytest.fixture(scope="module")
def sample() -> Artifact:
    return printed(make_note())


def test_the_document_is_tagged_and_says_its_title_language_and_dates(sample: Artifact) -> None:
    document = pypdfium2.PdfDocument(sample.body)
    assert pypdfium2.raw.FPDFCatalog_IsTagged(document)
    assert b"/Lang (en-US)" in uncompressed(sample)
    meta = document.get_metadata_dict()
    assert meta["Title"] == make_note().title.text
    assert meta["Author"] == "Example Desk"
    assert meta["CreationDate"] == meta["ModDate"] == "D:20260216140000Z"
    assert [mark.get_title() for mark in document.get_toc()][-1] == "Disclaimer"


def test_every_sentence_and_the_disclaimer_are_in_its_text(sample: Artifact) -> None:
    note = make_note()
    body = re.sub(rf"{re.escape(note.notice)}|Crypto Derivatives Weekly|\d / \d", "", " ".join(texts(sample)))
    plain = "".join(body.split())
    for text in (*(one.text for one in note.sentences), *note.disclaimer):
        assert "".join(text.split()) in plain


def test_the_notice_stands_on_every_page(sample: Artifact) -> None:
    pages = texts(sample)
    assert len(pages) >= 3
    assert all(make_note().notice in page for page in pages)
    assert not any("Illustrative data" in page for page in texts(printed(make_note(illustrative=False))))


def test_pages_are_numbered_and_bear_the_newsletters_name(sample: Artifact) -> None:
    pages = texts(sample)
    for number, page in enumerate(pages, start=1):
        assert f"{number} / {len(pages)}" in page
        assert "Crypto Derivatives Weekly" in page
        assert "Week 7 of 2026, February 9 to 15" in page


HIDING = """
html, body { font-size: 0 }
main { font-size: 22px }
#disclaimer, #disclaimer *, #notice { display: none !important; color: white !important; position: fixed !important;
  left: -900px !important; visibility: hidden !important; opacity: 0 !important; height: 0 !important }
section p, section h2 { display: none }
@page { margin: 0 !important; @bottom-left { content: none !important; display: none !important } }
@page :first { @bottom-left { content: "" !important } }
@page wide { @bottom-left { content: none !important } }
main { page: wide }
"""


def test_no_style_sheet_hides_the_disclaimer_or_the_notice(tmp_path: Path) -> None:
    note = make_note()
    pages = texts(printed(note, styled(tmp_path, "style/print.css", HIDING)))
    assert len(pages) > 2
    assert all(note.notice in page for page in pages)
    for paragraph in note.disclaimer:
        assert paragraph in " ".join(pages)


def test_the_barest_template_makes_a_whole_document(tmp_path: Path) -> None:
    note = make_note()
    document = printed(note, styled(tmp_path, "note/page.html.j2", "<p>{{ title }}</p>"))
    assert b"/Lang (en-US)" in uncompressed(document)
    assert pypdfium2.PdfDocument(document.body).get_metadata_dict()["Title"] == note.title.text
    assert note.disclaimer[0] in texts(document)[0]


# ---- fonts and complaints ------------------------------------------------------------------------------------------


def test_only_the_pages_own_fonts_are_embedded(sample: Artifact) -> None:
    names = {name.decode().rstrip(",") for name in re.findall(rb"/FontName /[A-Z]{6}\+([\w,-]+)", uncompressed(sample))}
    assert names == FONTS


@pytest.mark.expects_warnings
@pytest.mark.parametrize(("letter", "name"), [("₿", r"U\+20BF, BITCOIN SIGN"), ("中", r"U\+4E2D"), ("😀", r"U\+1F600")])
def test_a_letter_that_no_font_has_is_named(letter: str, name: str) -> None:
    with pytest.raises(RenderError, match=rf"note.pdf: no font in style/fonts has '{letter}' \({name}.*as in '.*cut"):
        printed(said(f"cut {letter} here"))


def test_letters_that_are_never_drawn_need_no_font() -> None:
    assert "abcd" in texts(printed(said("a\u00adb\u2060c\u200bd")))[0].replace("\ufffe", "").replace("\u00ad", "")


def test_a_style_that_paper_does_not_know_is_logged_with_its_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    css = "/* one\ntwo */\np { colour: red; }\nq { text-wrapp: none }\n@media (max-width: 9rem) { p { color: red } }"
    printed(make_note(), styled(tmp_path, "style/print.css", css))
    ours = [record.getMessage() for record in caplog.records if record.name == "reporter.render.pdf"]
    assert [line.split(": ")[0] for line in ours] == ["templates/style/print.css:3", "templates/style/print.css:4"]
    assert "colour" in ours[0]


@pytest.mark.expects_warnings
def test_a_picture_that_cannot_be_drawn_is_an_error(tmp_path: Path) -> None:
    template = "<body><img src='data:image/png;base64,AAAA' alt='x'></body>"
    with pytest.raises(RenderError, match=r"note.pdf: Failed to load image"):
        printed(make_note(), styled(tmp_path, "note/page.html.j2", template))


@pytest.mark.expects_warnings
def test_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8")
    page = Artifact("html", "note.html", "text/html", f"<img alt=x src='{secret.as_uri()}'>".encode())
    with pytest.raises(RenderError, match="disallowed protocol"):
        pdf.document(page, make_note())


# ---- the same bytes everywhere -------------------------------------------------------------------------------------

SCRIPT = """
import hashlib, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from reporter.render import html, pdf, markdown
from tests.sample_note import make_note
note, templates = make_note(), [Path(sys.argv[1]) / "templates"]
page = html.page(note, templates)
for one in (page, markdown.page(note, templates), pdf.document(page, note)):
    print(one.path, hashlib.sha256(one.body).hexdigest())
"""
FEW_FONTS = '<?xml version="1.0"?><fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>'


def digests(cwd: Path, **variables: str) -> dict[str, str]:
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(ROOT)], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return dict(line.split(" ") for line in done.stdout.splitlines())


def test_the_same_note_has_the_same_bytes_in_any_process(tmp_path: Path, sample: Artifact) -> None:
    few = tmp_path / "fonts.conf"
    few.write_text(FEW_FONTS.format(fonts=TEMPLATES[0] / "style" / "fonts", cache=tmp_path), encoding="utf-8")
    first = digests(ROOT, TZ="UTC", PYTHONHASHSEED="0")
    assert first["note.pdf"] == hashlib.sha256(sample.body).hexdigest()
    assert digests(tmp_path, TZ="Asia/Tokyo", LC_ALL="tr_TR.UTF-8", LANG="de_DE", PYTHONHASHSEED="7") == first
    assert digests(tmp_path, FONTCONFIG_FILE=str(few), LC_ALL="C", SOURCE_DATE_EPOCH="0", HOME=str(tmp_path)) == first


def test_a_second_document_of_a_process_has_the_bytes_of_the_first(sample: Artifact) -> None:
    assert printed(make_note()).body == sample.body


def test_another_note_has_another_identifier(sample: Artifact) -> None:
    def identifiers(body: bytes) -> list[bytes]:
        return re.findall(rb"/ID \[(.*?)\]", body)

    other = printed(make_note(digest="6a" * 32))
    assert identifiers(other.body) != identifiers(sample.body)
    assert len(identifiers(other.body)) == 1


def test_the_date_of_the_build_is_the_cut_of_the_week(monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint  # type: ignore[import-untyped]

    seen: list[str] = []
    render = weasyprint.HTML.render

    def watched(*args: object, **kwargs: object) -> object:
        seen.append(os.environ["SOURCE_DATE_EPOCH"])
        return render(*args, **kwargs)

    monkeypatch.setattr(weasyprint.HTML, "render", watched)
    printed(make_note())
    assert seen == [str(int(WEEK.cut.timestamp()))]


def test_the_environment_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "5")
    monkeypatch.delenv("FONTCONFIG_FILE", raising=False)
    before, logger = dict(os.environ), logging.getLogger("weasyprint")
    handlers = list(logger.handlers)
    with pytest.raises(AttributeError):
        pdf.document(html.page(make_note(), TEMPLATES), make_note(digest=None))
    assert dict(os.environ) == before
    assert logger.handlers == handlers
    assert logger.propagate


@pytest.mark.expects_warnings
def test_a_missing_letter_is_named_whatever_the_log_is_set_to() -> None:
    logger = logging.getLogger("weasyprint")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with pytest.raises(RenderError, match=r"U\+20BF"):
            printed(said("cut \u20bf here"))
        assert logger.level == logging.ERROR
    finally:
        logger.setLevel(before)
