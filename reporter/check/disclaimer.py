"""The finished files carry the disclaimer in full and in sight, and a simulated note its notice on every page.

Artifacts and note in, findings out. The words come from `reporter.disclaimer`, so that a note that claims others is
found too; what counts is what a reader of the finished page, PDF and Markdown sees, not what a template meant.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from reporter import disclaimer
from reporter.check import browser, markdown_text, page_text, pdf_pages, reprints, screen, words
from reporter.check.browser import BrowserError
from reporter.check.words import Passage
from reporter.errors import ReporterError
from reporter.model import Artifact, Finding, Note

LOG = logging.getLogger(__name__)

Print = Callable[[bytes], bytes]

KINDS = ("html", "pdf", "markdown")
IN_PAGE = "look in templates/note/page.html.j2 for what drops or encloses it"
IN_PRINT = "look in templates/style/print.css and screen.css for what hides it on paper"
IN_SCREEN = "look in templates/style/screen.css and templates/note/page.html.j2 for what hides it"
IN_MARKDOWN = "look in templates/note/note.md.j2 for what drops or encloses it"
NO_BROWSER = f"install Chromium, or set {browser.VARIABLE} to the path of one"


def findings(
    artifacts: Mapping[str, Artifact], note: Note, reprint: Print, reprint_screen: Print | None = None
) -> tuple[Finding, ...]:
    """Whatever keeps a reader of `html`, `pdf` or `markdown` from the disclaimer or the notice; none is good.

    Where no browser is found, `reprint` (a page to a PDF, as the note's own was made) stands in for it, or
    `reprint_screen`, if it is given, as the more faithful to screens.
    """
    illustrative = any(source.illustrative for source in note.sources)
    wanted = [words.disclaimer_of(note.imprint.publisher), *([words.notice()] if illustrative else [])]
    missing = [kind for kind in KINDS if kind not in artifacts]
    found = [*_of_note(note, illustrative), *(_error(f"note ({kind})", "is not there", "build it") for kind in missing)]
    checks = {"html": _of_html, "pdf": _of_pdf, "markdown": _of_markdown}
    with ThreadPoolExecutor(1) as pool:  # the browser takes its time while the other files are read
        seen = pool.submit(_in_browser, artifacts["html"], wanted) if "html" in artifacts else None
        for kind, check in checks.items():
            if kind in artifacts:
                found += check(artifacts[kind], wanted)
    if seen:
        found += _of_screen(seen, artifacts["html"], wanted, reprint_screen or reprint)
    return tuple(found)


def _error(where: str, what: str, remedy: str) -> Finding:
    return Finding(where, what, "error", remedy)


def _of_note(note: Note, illustrative: bool) -> Iterator[Finding]:
    if note.notice != disclaimer.notice(illustrative):
        kind = "simulated" if illustrative else "real"
        yield _error("note", f"its notice is {note.notice!r} though its data are {kind}", "build the note again")


def _of_html(page: Artifact, wanted: Sequence[Passage]) -> Iterator[Finding]:
    """The words of its markup, and nothing that could change later what a reader sees."""
    text = page_text.read(page.body)
    for each in wanted:
        streams = text.blocks if each.name == "disclaimer" else [text.body]
        if not any(each.letters in stream for stream in streams):
            yield _error(page.path, words.lack(each, streams), IN_PAGE)
    for what in dict.fromkeys(text.active):
        yield _error(page.path, f"holds {what}, which may change what a reader sees", "take it out of the template")


def _of_markdown(text: Artifact, wanted: Sequence[Passage]) -> Iterator[Finding]:
    for each in wanted:
        if lack := markdown_text.lack(each, text.body.decode("utf-8", errors="replace")):
            yield _error(text.path, lack, IN_MARKDOWN)


def _of_pdf(pdf: Artifact, wanted: Sequence[Passage]) -> Iterator[Finding]:
    """The disclaimer once, the notice on every page."""
    try:
        with pdf_pages.opened(pdf.body) as book:
            for each in wanted:
                fault = pdf_pages.unread(book, each) if each.name == "disclaimer" else _on_pages(book, each)
                if fault:
                    yield _error(pdf.path, fault, IN_PRINT)
    except ValueError as error:
        yield _error(pdf.path, f"cannot be read ({error})", "build it again")


def _on_pages(book: pdf_pages.Book, wanted: Passage) -> str:
    """What is wrong on the first page on which something is, and how many there are."""
    faults = {page: pdf_pages.unread_on(book, wanted, page) for page in range(len(book.pages))}
    faulty = [page for page, fault in faults.items() if fault]
    if not faulty:
        return ""
    return f"on {len(faulty)} of {len(faults)} pages, first on page {faulty[0] + 1}: {faults[faulty[0]]}"


def _in_browser(page: Artifact, wanted: Sequence[Passage]) -> list[Finding] | None:
    """What a browser shows; None where there is none. Raises BrowserError."""
    program = browser.find()
    if program is None:
        return None
    with browser.started(program) as running:
        return [_error(page.path, what, IN_SCREEN) for _, what in screen.unread(running, page.body, wanted)]


def _of_screen(
    seen: Future[list[Finding] | None], page: Artifact, wanted: Sequence[Passage], reprint: Print
) -> list[Finding]:
    try:
        found = seen.result()
    except BrowserError as error:
        LOG.info("%s: %s", page.path, error)
        what = f"was not looked at in a browser: {error}"
        return [Finding(page.path, what, "warning", NO_BROWSER), *_in_reprint(page, wanted, reprint)]
    return _in_reprint(page, wanted, reprint) if found is None else found


def _in_reprint(page: Artifact, wanted: Sequence[Passage], reprint: Print) -> list[Finding]:
    """What a screen shows, as far as a print of it can tell."""
    text = page.body.decode("utf-8", errors="replace")
    found = [
        _error(
            page.path,
            f"{name!r} in its style may hide words, which only a browser can show",
            f"{NO_BROWSER}, or do without it",
        )
        for name in reprints.unmeasured(text)
    ]
    for window, seen in reprints.pages(text).items():
        found += [_error(page.path, f"{window}, {what}", IN_SCREEN) for what in _unread(seen, wanted, reprint)]
    return found


def _unread(page: str, wanted: Sequence[Passage], reprint: Print) -> Iterator[str]:
    sought = list(wanted)
    for i, each in enumerate(wanted):
        if each.name != "disclaimer":
            page, sought[i] = reprints.marked(page, each)
    try:
        with _quiet():
            body = reprint(page.encode())
        with pdf_pages.opened(body) as book:
            faults = [pdf_pages.unread(book, each) for each in sought]
        yield from (f.replace(s.words[0], w.words[0]) for f, s, w in zip(faults, sought, wanted, strict=True) if f)
    except (ReporterError, ValueError) as error:
        yield f"the page could not be looked at ({error})"


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what a printer has to say of a page made for screens: nobody will read this print."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)
