"""The words of a finished page as a browser shows them: page and passages in, what cannot be read out.

The window is scrolled to the words as a reader would, and photographed twice: as it is, and with the words' ink taken
away through the CSS Custom Highlight API, which changes neither the document nor its layout, so that no style sheet can
tell the two apart.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reporter.check import legibility, reprints, words
from reporter.check.legibility import Box, Letter, View, Word
from reporter.check.words import Passage

if TYPE_CHECKING:
    from reporter.check.browser import Browser

MEASURE = Path(__file__).with_name("measure.js")
SCALE = 4  # device pixels for each CSS pixel
LARGE = 15.0  # points: pictures of larger type are reduced accordingly
POINT = 0.75  # points for each CSS pixel
MARGIN = 40.0  # CSS pixels kept free above and below the words while scrolling, where the window is high enough
MOST_STOPS = 12
SCHEME = b"prefers-color-scheme"

Measured = tuple[float, float, float, float, float, str]  # box in CSS pixels of the window, size in CSS pixels, fault
FAULTS = {"": "", "struck": legibility.STRUCK, "turned": legibility.TURNED}
NOWHERE: Measured = (0, 0, 0, 0, 0, "")


@dataclass(frozen=True)
class Window:
    """What a reader looks through; sizes in CSS pixels. A phone's reader also moves across a page that is too wide."""

    name: str
    width: int
    height: int
    is_dark: bool = False
    moves_across: bool = False


WINDOWS = (Window("on a screen", 1200, 900), Window("on a phone", 390, 844, moves_across=True))
DARK = Window("on a screen set to dark", 1200, 900, is_dark=True)


def unread(browser: Browser, page: bytes, wanted: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """What keeps a reader from a passage, for each window in which it is kept. Raises `BrowserError`."""
    widths = reprints.widths(page.decode("utf-8", errors="replace"), [window.width for window in WINDOWS])
    more = tuple(Window(f"on a screen {width} pixels wide", width, 900, moves_across=True) for width in widths)
    for window in (*WINDOWS, *more, *((DARK,) if SCHEME in page else ())):
        browser.show(page, window.width, window.height, SCALE, window.is_dark)
        browser.run(MEASURE.read_text(encoding="utf-8"))
        desk = Desk(browser, window, wanted)
        for each in wanted:
            if fault := desk.fault(each):
                yield each, f"{window.name}, {fault}"


class Desk:
    """One page in one window, being read."""

    def __init__(self, browser: Browser, window: Window, wanted: Sequence[Passage]) -> None:
        self.browser, self.window = browser, window
        stream = [(letter, at) for at, char in enumerate(self._call("text")) for letter in words.letters(char)]
        self.letters = "".join(letter for letter, _ in stream)
        self.index = [at for _, at in stream]
        self.runs = {each: [self._run(each, start) for start in words.places(each, self.letters)] for each in wanted}
        self.ink = sorted({at for runs in self.runs.values() for run in runs for at in run})
        self.moves_down, moves_across = self._call("scrolls")
        self.reach = self._call("width") if moves_across else 0  # how far right a reader can get

    def fault(self, wanted: Passage) -> str:
        """What is wrong with the passage where it stands best; empty where it can be read."""
        runs = self.runs[wanted]
        if not runs:
            return words.lack(wanted, [self.letters])
        if added := self._call("added", self.ink):
            return f"a style sheet puts {added} into the {wanted.name}"
        return words.describe(wanted, min((self._faults(wanted, run) for run in runs), key=len))

    def _run(self, wanted: Passage, start: int) -> tuple[int, ...]:
        """The places in the document of the passage that begins at that letter."""
        return tuple(self.index[start : start + len(wanted.letters)])

    def _faults(self, wanted: Passage, run: Sequence[int]) -> dict[int, str]:
        """For each word that can be read at no stop of the scrolled window, the reason."""
        found = [self._faults_at(top, wanted, run) for top in self._tops(run)]
        never = set.intersection(*(set(each) for each in found))
        return {i: next((f[i] for f in found if f[i] != legibility.AWAY), legibility.AWAY) for i in sorted(never)}

    def _faults_at(self, top: float, wanted: Passage, run: Sequence[int]) -> dict[int, str]:
        self._call("moveTo", max(top, 0.0))
        boxes: list[Measured] = [tuple(box) if box else NOWHERE for box in self._call("letters", list(run))]
        cut = self._cut(boxes)
        reduction = min(max(int(min((box[4] for box in boxes if box[4]), default=0) * POINT / LARGE), 1), SCALE)
        view = self._view(cut, reduction)
        letters = [
            Letter(char, _shift(box, cut, SCALE / reduction), 0, box[4] * POINT, FAULTS[box[5]])
            for char, box in zip(wanted.letters, boxes, strict=True)
        ]
        set_words: list[Word] = [tuple(letters[a:b]) for a, b in wanted.spans()]
        found = legibility.faults(set_words, {0: view})
        return {i: found[i] for i, (a, b) in enumerate(wanted.spans()) if i in found and not self._is_aside(boxes[a:b])}

    def _cut(self, boxes: Sequence[Measured]) -> tuple[int, int, int, int]:
        """Left, top, right and bottom of the part of the window around these letters, in whole CSS pixels."""
        width, height = self.window.width, self.window.height
        inside = [b for b in boxes if b[0] >= 0 and b[1] >= 0 and b[2] <= width and b[3] <= height] or [NOWHERE]
        left, top = (max(int(min(box[edge] for box in inside)) - 2, 0) for edge in (0, 1))
        right, bottom = (int(max(box[edge] for box in inside)) + 3 for edge in (2, 3))
        return left, top, min(right, width), min(bottom, height)

    def _view(self, cut: tuple[int, int, int, int], reduction: int) -> View:
        left, top, right, bottom = cut
        grids = []
        for ink in ([], self.ink):
            self._call("ink", ink)
            picture = self.browser.picture(left, top, right - left, bottom - top)
            grids.append(legibility.luminance(picture.reduce(reduction)))
        return View(grids[0], grids[1], SCALE / reduction / POINT)

    def _is_aside(self, boxes: Sequence[Measured]) -> bool:
        """Right of the window, where the reader of a phone can move: another window shows it."""
        right = max(box[2] for box in boxes)
        return self.window.moves_across and self.window.width < right <= self.reach

    def _tops(self, run: Sequence[int]) -> list[float]:
        """How far down the window is moved, so that each line of the words comes into it at a time."""
        self._call("moveTo", 0)
        boxes = [box for box in self._call("letters", list(run)) if box]
        if not boxes or not self.moves_down:
            return [0.0]
        first, last, height = min(box[1] for box in boxes), max(box[3] for box in boxes), self.window.height
        step = height - 2 * MARGIN
        if last - first <= step:
            return [(first + last - height) // 2]
        return [first // 1 - MARGIN + step * i for i in range(min(int((last - first) / step) + 1, MOST_STOPS))]

    def _call(self, name: str, *values: object) -> Any:
        return self.browser.run(f"reporter.{name}({', '.join(json.dumps(value) for value in values)})")


def _shift(box: Measured, cut: tuple[int, int, int, int], scale: float) -> Box:
    """The box in pixels of the cut."""
    left, top = cut[:2]
    return (box[0] - left) * scale, (box[1] - top) * scale, (box[2] - left) * scale, (box[3] - top) * scale
