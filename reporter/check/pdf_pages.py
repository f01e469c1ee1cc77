"""The words of a finished PDF as a reader of its pages sees them: bytes and passages in, what cannot be read out.

The PDF is asked itself, not a reprint of it: each letter's box comes from its font, and the picture without ink is the
same page with just those letters' text objects made invisible, so no style sheet can tell the two apart.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from reporter.check import legibility, words
from reporter.check.legibility import Box, Letter, View, Word
from reporter.check.words import Passage

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage  # type: ignore[import-untyped]

    from reporter.check.legibility import Grid

SCALES = (1.5, 4.0)  # least and most pixels a point: at 6.5 pt an x is then 13 pixels high
TYPE = 40.0  # pixels that the smallest type shall have
SHORTEST = 4  # letters of a passage before a page's end
MARGIN = 3.0  # points around the words that are drawn with them

Sides = tuple[float, float, float, float]  # left, bottom, right, top, in points, upwards


@dataclass(frozen=True)
class Sheet:
    """A page's letters in a row, and for each its place among the page's characters."""

    letters: str
    places: tuple[int, ...]


@dataclass(frozen=True)
class Spot:
    """One letter of a passage: its character, the page it stands on, its place among that page's characters."""

    char: str
    page: int
    place: int


class Book:
    """An opened PDF."""

    def __init__(self, document: PdfDocument) -> None:
        self.pages: list[PdfPage] = list(document)
        self.texts: list[PdfTextPage] = [page.get_textpage() for page in self.pages]
        self.sheets = tuple(_sheet(text) for text in self.texts)


@contextmanager
def opened(body: bytes) -> Iterator[Book]:
    """The PDF, closed again at the end. Raises `ValueError` where it is none."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error
    try:
        yield Book(document)
    finally:
        document.close()


def unread(book: Book, wanted: Passage) -> str:
    """What keeps a reader from the passage, wherever in the document it stands best; empty where nothing does."""
    runs = [*_whole(book, wanted), *_split(book, wanted)]
    if not runs:
        return words.lack(wanted, [sheet.letters for sheet in book.sheets])
    return _best(wanted, [_faults(book, wanted, run) for run in runs])


def unread_on(book: Book, wanted: Passage, page: int) -> str:
    """The same for one page, where the passage must stand in full."""
    runs = [run for run in _whole(book, wanted) if run[0].page == page]
    if not runs:
        return words.lack(wanted, [book.sheets[page].letters])
    return _best(wanted, [_faults(book, wanted, run) for run in runs])


def _best(wanted: Passage, tries: Sequence[Mapping[int, str]]) -> str:
    return words.describe(wanted, min(tries, key=len))


def _sheet(text: PdfTextPage) -> Sheet:
    import pypdfium2.raw as pdfium  # type: ignore[import-untyped]

    pairs = [
        (letter, place)
        for place in range(text.count_chars())
        for letter in words.letters(_char(pdfium.FPDFText_GetUnicode(text, place)))
    ]
    return Sheet("".join(letter for letter, _ in pairs), tuple(place for _, place in pairs))


def _char(code: int) -> str:
    return chr(code) if code < 0x110000 else ""


def _whole(book: Book, wanted: Passage) -> Iterator[tuple[Spot, ...]]:
    """Each time that the passage stands in full on one page."""
    for number, sheet in enumerate(book.sheets):
        for start in words.places(wanted, sheet.letters):
            yield _spots(sheet, number, start, len(wanted.letters))


def _split(book: Book, wanted: Passage) -> list[tuple[Spot, ...]]:
    """The passage broken across pages: as much as can be on one, the rest on the next; at most one way is given."""

    @cache
    def rest_from(start: int, number: int) -> tuple[Spot, ...]:
        """The letters from `start` on, at the beginning of that page's share or further on, and then on the next."""
        rest = wanted.letters[start:]
        if number == len(book.sheets):
            return ()
        sheet = book.sheets[number]
        if start and (at := sheet.letters.find(rest)) >= 0:
            return _spots(sheet, number, at, len(rest))
        for length in range(_shared(rest, sheet.letters), SHORTEST - 1, -1):
            if tail := rest_from(start + length, number + 1):
                return _spots(sheet, number, sheet.letters.rfind(rest[:length]), length) + tail
        return ()

    # From the last page back, as an earlier one may hold the first letters by chance. Heads and feet may stand between.
    ways = (rest_from(0, number) for number in reversed(range(len(book.sheets))))
    return [way for way in ways if way][:1]


def _shared(rest: str, letters: str) -> int:
    """How many letters at the beginning of `rest` stand somewhere in `letters`, short of all of them."""
    length = 0
    while length + 1 < len(rest) and rest[: length + 1] in letters:
        length += 1
    return length


def _spots(sheet: Sheet, page: int, start: int, length: int) -> tuple[Spot, ...]:
    return tuple(Spot(sheet.letters[i], page, sheet.places[i]) for i in range(start, start + length))


def _faults(book: Book, wanted: Passage, run: Sequence[Spot]) -> dict[int, str]:
    views: dict[int, View] = {}
    set_letters: dict[Spot, Letter] = {}
    for page in sorted({spot.page for spot in run}):
        there = [spot for spot in run if spot.page == page]
        views[page], found = _view(book, page, there)
        set_letters.update(zip(there, found, strict=True))
    set_words: list[Word] = [tuple(set_letters[spot] for spot in run[a:b]) for a, b in wanted.spans()]
    return legibility.faults(set_words, views)


def _view(book: Book, number: int, spots: Sequence[Spot]) -> tuple[View, list[Letter]]:
    """The stretch of a page around these letters, drawn with and without them, and the letters in its pixels."""
    page, text = book.pages[number], book.texts[number]
    edges, places = page.get_bbox(), [spot.place for spot in spots]
    boxes, types = [text.get_charbox(place) for place in places], [_type(page, text, place) for place in places]
    cut = _cut(boxes, edges)
    scale = min(max(TYPE / max(min(size for size, _ in types), 1.0), SCALES[0]), SCALES[1])
    drawn = partial(_drawn, page, (cut[0] - edges[0], cut[1] - edges[1], edges[2] - cut[2], edges[3] - cut[3]), scale)
    inked = drawn()
    with _hidden(text, places):
        bare = drawn()
    each = zip(spots, boxes, types, strict=True)
    return View(inked, bare, scale), [Letter(s.char, _pixels(box, cut, scale), number, *kind) for s, box, kind in each]


def _cut(boxes: Sequence[Sides], edges: Sides) -> Sides:
    """The part of a page to draw: those boxes that lie on it, and a margin."""
    left, bottom, right, top = edges
    inside = [b for b in boxes if left <= b[0] and b[2] <= right and bottom <= b[1] and b[3] <= top]
    if not inside:
        return left, top - 2 * MARGIN, left + 2 * MARGIN, top
    low = [max(min(box[i] for box in inside) - MARGIN, edges[i]) for i in (0, 1)]
    high = [min(max(box[i] for box in inside) + MARGIN, edges[i]) for i in (2, 3)]
    return low[0], low[1], high[0], high[1]


def _drawn(page: PdfPage, crop: Sides, scale: float) -> Grid:
    return legibility.luminance(page.render(scale=scale, crop=crop).to_pil())


def _pixels(box: Sides, cut: Sides, scale: float) -> Box:
    """The box in pixels of the cut, downwards."""
    left, bottom, right, top = box
    return (left - cut[0]) * scale, (cut[3] - top) * scale, (right - cut[0]) * scale, (cut[3] - bottom) * scale


def _type(page: PdfPage, text: PdfTextPage, place: int) -> tuple[float, str]:
    """A letter's size in points, and a fault where it does not stand upright."""
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(text, place, matrix)
    size = pdfium.FPDFText_GetFontSize(text, place) * abs(matrix.d)
    upright = matrix.a > 0 and matrix.d > 0 and abs(matrix.b) <= 0.1 * matrix.a and not page.get_rotation()
    return size, "" if upright else legibility.TURNED


@contextmanager
def _hidden(text: PdfTextPage, places: Sequence[int]) -> Iterator[None]:
    """Within it the page is drawn without the text objects that hold these characters."""
    import pypdfium2.raw as pdfium

    found = {ctypes.addressof(o.contents): o for p in places if (o := pdfium.FPDFText_GetTextObject(text, p))}
    modes = {key: pdfium.FPDFTextObj_GetTextRenderMode(o) for key, o in found.items()}
    for each in found.values():
        pdfium.FPDFTextObj_SetTextRenderMode(each, pdfium.FPDF_TEXTRENDERMODE_INVISIBLE)
    try:
        yield
    finally:
        for key, each in found.items():
            pdfium.FPDFTextObj_SetTextRenderMode(each, modes[key])
