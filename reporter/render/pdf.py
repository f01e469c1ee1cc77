"""The finished page becomes a tagged PDF (PDF/UA-1) whose bytes depend on the page alone.

WeasyPrint sees no font but those in the page, no clock but the note's, and fetches nothing. What it complains of is an
error, except a style that only screens understand, which is logged.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from reporter import clock
from reporter.errors import RenderError
from reporter.model import Artifact, Note
from reporter.newsletter import starter
from reporter.render import appendix, duties
from reporter.render.style import data_uri

LOG = logging.getLogger(__name__)
PATH = "note.pdf"
FALLBACK = "templates/style/fonts/Inter-Regular.ttf"
FONTCONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><cachedir>{folder}</cachedir></fontconfig>
"""
# WeasyPrint knows media types only: `@media (max-width: ...)` speaks of screens and is rightly passed over.
HARMLESS = re.compile(r"Expected a media type, got|Invalid media type")
STYLE = re.compile(
    r"Ignored|Deprecated|Invalid or unsupported selector|Unknown (?:empty )?rule|Unsupported @page|Parse error|Error: "
)
GLYPH = re.compile(r"\.notdef glyph .*\(U\+([0-9A-F]+)\)")
PLACE = re.compile(r"at (\d+):\d+")
SHEET = re.compile(r'<style[^>]*? data-from="([^"]*)">(.*?)</style>', re.DOTALL)


def document(page: Artifact, note: Note) -> Artifact:
    """`note.pdf`. Raises RenderError for a glyph that no font of the page has, and for whatever cannot be drawn."""
    with tempfile.TemporaryDirectory(prefix="reporter-fonts-") as folder, _heard() as heard:
        fonts = Path(folder) / "fonts.conf"
        fonts.write_text(FONTCONFIG.format(folder=folder), "utf-8")
        fixed = {
            "SOURCE_DATE_EPOCH": str(clock.seconds(note.week.cut)),
            "FONTCONFIG_FILE": str(fonts),
            "FONTCONFIG_SYSROOT": None,
        }
        body = _written(page, note, fixed)
    _judge(heard, page.body.decode("utf-8"))
    return Artifact("pdf", PATH, "application/pdf", body)


def engine() -> str:
    """What sets the type: `WeasyPrint 70.0, Pango 1.50`. Raises RenderError where it cannot be loaded."""
    if not (starter() / FALLBACK).is_file():
        raise RenderError(f"{FALLBACK}: the packaged fonts are not there; install reporter again")
    try:
        from weasyprint import VERSION  # type: ignore[import-untyped]
        from weasyprint.text.ffi import pango  # type: ignore[import-untyped]
    except OSError as problem:
        raise _without_pango(problem) from None
    major, minor = divmod(pango.pango_version() // 100, 100)
    return f"WeasyPrint {VERSION}, Pango {major}.{minor}, fonts of our own"


def _without_pango(problem: OSError) -> RenderError:
    return RenderError(f"{PATH}: WeasyPrint finds no Pango ({problem}); install libpango-1.0-0 and libpangoft2-1.0-0")


def _written(page: Artifact, note: Note, fixed: Mapping[str, str | None]) -> bytes:
    """The PDF's bytes. WeasyPrint is loaded before the fonts are hidden from it: it warns of a system without any."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import weasyprint
            from weasyprint.text.fonts import FontConfiguration  # type: ignore[import-untyped]
            from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except OSError as problem:
        raise _without_pango(problem) from None
    with _environment(fixed):
        fetcher, fonts = URLFetcher(allowed_protocols=["data"]), FontConfiguration()
        # A user's style sheet, in the terms of CSS: what is important in it stands above anything that the page says.
        css = weasyprint.CSS(string=_last_resort() + duties.paper_css(note), font_config=fonts, url_fetcher=fetcher)
        html = weasyprint.HTML(string=page.body.decode("utf-8"), url_fetcher=fetcher)
        made = html.render(font_config=fonts, stylesheets=[css], pdf_variant="pdf/ua-1")
        _describe(made.metadata, note)
        identifier = hashlib.sha256(note.digest.encode("utf-8")).hexdigest()[:32].encode("ascii")
        return bytes(made.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=identifier))


def _last_resort() -> str:
    """A font of ours for a page that brings none, or only for screens: without any font, Pango crashes the process.

    Its family is named by nobody and its width asked for by nobody, so that a page's own fonts always come first.
    """
    body = (starter() / FALLBACK).read_bytes()
    return f'@font-face{{font-family:"Last resort";font-stretch:ultra-expanded;src:url({data_uri(body, "font/ttf")})}}'


def _describe(metadata: object, note: Note) -> None:
    """Title, language, author and dates from the note, whatever the template says of them."""
    stamp = appendix.stamp(note.week.cut)
    known = {
        "title": appendix.squeezed(note.title.text),
        "authors": [note.imprint.publisher],
        "description": appendix.description(note),
        "lang": note.imprint.language,
        "created": stamp,
        "modified": stamp,
    }
    for name, value in known.items():
        setattr(metadata, name, value)


@contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """The process's variables with these changes, put back afterwards; None takes one away."""
    before = {name: os.environ.get(name) for name in values}
    try:
        _set(values)
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def _heard() -> Iterator[list[str]]:
    """What WeasyPrint complains of while this lasts, instead of its going to the log as it stands."""
    lines: list[str] = []
    logger, handler = logging.getLogger("weasyprint"), logging.Handler(logging.WARNING)
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]
    propagated, logger.propagate = logger.propagate, False
    level = logger.level
    logger.setLevel(logging.WARNING)  # whatever the caller wants to read: a missing glyph is only warned of
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
        logger.setLevel(level)


def _judge(heard: list[str], page: str) -> None:
    """Styles that are not understood are logged with their file and line; anything else is a RenderError."""
    faults: list[str] = []
    for line in dict.fromkeys(heard):
        if HARMLESS.search(line):
            continue
        if STYLE.match(line):
            LOG.warning("%s: %s; the PDF goes without it", _place(line, page), line.rstrip("."))
        else:
            faults.append(_glyph(line, page) or line)
    if faults:
        raise RenderError(f"{PATH}: {'; '.join(faults)}")


def _glyph(line: str, page: str) -> str:
    """`no font has '₿' (U+20BF, BITCOIN SIGN), as in '...'`, or an empty text for another complaint."""
    if not (match := GLYPH.search(line)):
        return ""
    letter = chr(int(match[1], 16))
    text = appendix.squeezed(re.sub(r"<style.*?</style>|<[^>]*>", " ", page, flags=re.DOTALL))
    at = text.find(letter)
    context = f", as in {text[max(0, at - 20) : at + 20]!r}" if at >= 0 else ""
    name = unicodedata.name(letter, "no name")
    remedy = "add a font that has it, or write it out"
    return f"no font in style/fonts has {letter!r} (U+{match[1]}, {name}){context}; {remedy}"


def _place(line: str, page: str) -> str:
    """`templates/style/print.css:12`, where the sheet's line holds what the complaint quotes; else the page."""
    place, quoted = PLACE.search(line), re.search(r"[`']([\w@:.#-]+)", line)
    for name, text in SHEET.findall(page):
        lines = text.split("\n")
        if (
            place
            and int(place[1]) <= len(lines)
            and (not quoted or quoted[1].split(":")[0] in lines[int(place[1]) - 1])
        ):
            return f"{name}:{place[1]}"
    return "note.html"
