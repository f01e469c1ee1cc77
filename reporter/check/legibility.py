"""Whether a reader can see words: their letters and two pictures of the page, with and without their ink, are
judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.Image import Image

    Grid = NDArray[np.float32]

Box = tuple[float, float, float, float]  # left, top, right, bottom, in pixels of the view, downwards

SMALLEST = 6.4  # points: 6.5 less what rounding takes; legal small print is rarely below 7
CONTRAST = 2.7  # of the darkest (lightest) spot of a letter: 3 less what antialiasing takes from thin strokes
SPOT = 1.8  # contrast from which a pixel counts as ink: the edges of pale strokes have about that
COVER = (0.6, 0.3)  # share of a letter's rows, columns that must show ink: pale serifs leave only the stem of an i
FULL = 0.85  # a word filled more than this is a blot; the heaviest type fills about 0.65
CALM = 1.6  # contrast of what lies behind a word, above which it is taken for other ink
BUSY = 0.08  # share of such ink within a letter that is borne
OVERLAP = (0.6, 0.35)  # share of a letter that another of its own word, of another word, may cover

ROOM = "takes up no room"
AWAY = "lies outside what is shown"
TINY = "is set smaller than 6.5 pt"
TURNED = "is turned, mirrored or out of order"
STRUCK = "is struck through"
PILED = "is overlapped by other words"
FAINT = "does not stand out from what lies behind or over it"
MIXED = "has something else showing through it"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as set: its ink's box, the view it stands in, its type's size in points, a fault known already."""

    char: str
    box: Box
    view: int
    size: float
    fault: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Relative luminance (0 to 1) of a stretch of page as it is and without the words' ink; `scale` is pixels a
    point."""

    inked: Grid
    bare: Grid
    scale: float


Word = tuple[Letter, ...]


def faults(words: Sequence[Word], views: Mapping[int, View]) -> dict[int, str]:
    """For each word that cannot be read, by its place in `words`, the reason."""
    piled = _piled(words)
    found = {i: _fault(word, views) or (PILED if i in piled else "") for i, word in enumerate(words)}
    return {i: reason for i, reason in found.items() if reason}


def luminance(picture: Image) -> Grid:
    """WCAG's relative luminance of each pixel: https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    import numpy as np

    steps = np.arange(256) / 255
    linear = np.where(steps <= 0.04045, steps / 12.92, ((steps + 0.055) / 1.055) ** 2.4).astype(np.float32)
    pixels = linear[np.asarray(picture.convert("RGB"))]
    weighed: Grid = (pixels @ np.array([0.2126, 0.7152, 0.0722])).astype(np.float32)
    return weighed


def contrast(one: Grid, other: Grid | float) -> Grid:
    """WCAG's ratio, 1 to 21, pixel by pixel."""
    import numpy as np

    ratio: Grid = ((np.maximum(one, other) + 0.05) / (np.minimum(one, other) + 0.05)).astype(np.float32)
    return ratio


def _fault(word: Word, views: Mapping[int, View]) -> str:
    for letter in word:
        known = letter.fault or _misplaced(letter, views.get(letter.view))
        if known:
            return known
    if not _runs_on(word):
        return TURNED
    return next((reason for piece in _pieces(word) if (reason := _ink_fault(piece, views[piece[0].view]))), "")


def _misplaced(letter: Letter, view: View | None) -> str:
    left, top, right, bottom = letter.box
    if right - left <= 0 or bottom - top <= 0:
        return ROOM
    if view is None:
        return AWAY
    height, width = view.inked.shape
    if left < -1 or top < -1 or right > width + 1 or bottom > height + 1:
        return AWAY
    # The second: a font whose letters fill little of their own size.
    return TINY if letter.size < SMALLEST or (bottom - top) / view.scale < 0.3 * SMALLEST else ""


def _runs_on(word: Word) -> bool:
    """Each letter stands right of the one before, save where the word is hyphenated, and they are not squeezed."""
    steps = [_step(a, b) for a, b in pairwise(word)]
    if steps.count("back") or steps.count("break") > max(1, len(word) // 4):
        return False
    return all(_width(piece) >= 0.12 * _height(piece) * len(piece) for piece in _pieces(word) if len(piece) > 2)


def _step(a: Letter, b: Letter) -> str:
    if a.view != b.view or b.box[1] >= a.box[3] or b.box[3] <= a.box[1]:
        return "break"
    return "on" if b.box[0] + b.box[2] >= a.box[0] + a.box[2] else "back"


def _pieces(word: Word) -> list[Word]:
    """The parts of a word on one line each."""
    pieces: list[list[Letter]] = [[word[0]]]
    for a, b in pairwise(word):
        if _step(a, b) == "break":
            pieces.append([])
        pieces[-1].append(b)
    return [tuple(piece) for piece in pieces]


def _width(piece: Word) -> float:
    return max(letter.box[2] for letter in piece) - min(letter.box[0] for letter in piece)


def _height(piece: Word) -> float:
    return max(letter.box[3] for letter in piece) - min(letter.box[1] for letter in piece)


def _ink_fault(piece: Word, view: View) -> str:
    import numpy as np

    rows, columns = _window(piece, view)
    bare, inked = view.bare[rows, columns], view.inked[rows, columns]
    ratio, behind = contrast(inked, bare), contrast(bare, float(np.median(bare)))
    if len(piece) > 2 and float((ratio >= SPOT).mean()) > FULL:
        return FAINT
    for letter in piece:
        left, top, right, bottom = letter.box
        box = (left - columns.start, top - rows.start, right - columns.start, bottom - rows.start)
        if not _is_inked(ratio, box):
            return FAINT
        if letter.char not in "gjpqyç" and not _is_calm(behind, box):
            return MIXED
    return ""


def _window(piece: Word, view: View) -> tuple[slice, slice]:
    """Rows and columns of the view that hold the piece, one pixel added all round."""
    height, width = view.inked.shape
    top, bottom = min(letter.box[1] for letter in piece), max(letter.box[3] for letter in piece)
    left, right = min(letter.box[0] for letter in piece), max(letter.box[2] for letter in piece)
    rows = slice(max(int(top) - 1, 0), min(int(bottom) + 2, height))
    return rows, slice(max(int(left) - 1, 0), min(int(right) + 2, width))


def _is_inked(ratio: Grid, box: Box) -> bool:
    """Ink of enough contrast spans the letter's rows and columns, give or take a pixel."""
    left, top, right, bottom = (round(edge) for edge in box)
    spots = ratio[max(top, 0) : max(bottom, top + 1), max(left - 1, 0) : right + 1]
    if not spots.size or float(spots.max()) < CONTRAST:
        return False
    rows, columns = spots.max(axis=1) >= SPOT, spots.max(axis=0)[1:-1] >= SPOT
    is_wide = len(columns) >= 4
    return float(rows.mean()) >= COVER[0] and (not is_wide or float(columns.mean()) >= COVER[1])


def _is_calm(behind: Grid, box: Box) -> bool:
    """What lies behind the middle of the letter is of one tone: no other ink and no line through it."""
    left, top, right, bottom = box
    quarter = (bottom - top) / 4
    middle = behind[round(top + quarter) : round(bottom - quarter) + 1, max(round(left), 0) : round(right) + 1]
    return not middle.size or float((middle >= CALM).mean()) <= BUSY


def _piled(words: Sequence[Word]) -> set[int]:
    """The words of which a letter is covered by another letter's box: lines or letters set into each other."""
    import numpy as np

    flat = [(i, letter) for i, word in enumerate(words) for letter in word]
    owner, view = np.array([i for i, _ in flat]), np.array([letter.view for _, letter in flat])
    left, top, right, bottom = np.array([letter.box for _, letter in flat]).reshape(-1, 4).T
    across = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    down = np.minimum(bottom[:, None], bottom) - np.maximum(top[:, None], top)
    area = np.maximum((right - left) * (bottom - top), 1e-9)
    share = np.clip(across, 0, None) * np.clip(down, 0, None) / area[:, None]
    share[view[:, None] != view] = 0
    np.fill_diagonal(share, 0)
    # The letters of a ligature share one box.
    boxes = np.stack((left, top, right, bottom), axis=1)
    apart = np.abs(boxes[:, None] - boxes).max(axis=2)
    share[np.logical_and(owner[:, None] == owner, apart < 0.5)] = 0
    limit = np.where(owner[:, None] == owner, *OVERLAP)
    return {int(i) for i in owner[(share > limit).any(axis=1)]}
