"""A sheet to draw on, in points from its lower left corner: strokes, boxes and words go in, an SVG comes out.

matplotlib serves as pen and typesetter only; scales and ticks are ours, so that no setting of the machine, no number
however large and no version's idea of a margin can move anything. Use it inside `engine.ready()`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from reporter.charts.style import HEIGHT, NORMAL, SMALL, WIDTH, Style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.path import Path as Outline

Align = Literal["left", "center", "right"]
Spot = tuple[float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top

DASHES: dict[str, Any] = {"solid": "-", "dashed": (0, (3.5, 1.8)), "dotted": (0, (0.9, 1.8))}
UNSAID = {"Date": None, "Creator": None, "Format": None, "Type": None}


class Sheet:
    """One drawing. Later strokes lie over earlier ones; words lie over all."""

    def __init__(self, style: Style) -> None:
        from matplotlib.figure import Figure

        self.style = style
        self.right = WIDTH - 2
        paper = style.colours["paper"]
        self.figure: Figure = Figure((WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=paper, edgecolor="none")

    def line(self, runs: Iterable[Sequence[Spot]], colour: str, width: float = 1.3, dash: str = "solid") -> None:
        """A stroke for each run of spots; a run of one spot becomes a dot."""
        strokes = [run if len(run) > 1 else _dot(run[0]) for run in runs if run]
        self._add(strokes, closed=False, edgecolor=colour, linewidth=width, linestyle=DASHES[dash])

    def boxes(self, boxes: Iterable[Box], colour: str, opacity: float = 1.0) -> None:
        """Filled rectangles as one shape."""
        self.areas([_corners(box) for box in boxes], colour, opacity)

    def areas(self, outlines: Iterable[Sequence[Spot]], colour: str, opacity: float = 1.0) -> None:
        """Filled polygons as one shape."""
        self._add(list(outlines), closed=True, facecolor=colour, alpha=opacity, linewidth=0)

    def words(self, spot: Spot, words: str, colour: str = "muted", align: Align = "left", bold: bool = False) -> None:
        """Words with their baseline at `spot`."""
        from matplotlib.font_manager import FontProperties
        from matplotlib.transforms import IdentityTransform

        font = FontProperties(fname=self.style.semibold if bold else self.style.regular, size=_size(bold))
        text = self.figure.text(*spot, self._printable(words), fontproperties=font, transform=IdentityTransform())
        text.set(color=self.style.colours[colour], horizontalalignment=align, verticalalignment="baseline")

    def width(self, words: str, bold: bool = False) -> float:
        """How many points the words take."""
        from matplotlib.ft2font import LoadFlags

        font = self._font(bold)
        font.set_size(_size(bold), 72)
        font.set_text(self._printable(words), 0.0, flags=LoadFlags.NO_HINTING)
        return float(font.get_width_height()[0]) / 64

    def svg(self, title: str, alt: str) -> bytes:
        """The drawing as SVG, with `title` and `alt` as its accessible name and description."""
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        out = io.StringIO()
        FigureCanvasSVG(self.figure)
        self.figure.savefig(out, format="svg", metadata=UNSAID)
        return _finished(out.getvalue(), title, alt).encode("utf-8")

    def _add(self, shapes: list[Sequence[Spot]], closed: bool, **look: Any) -> None:
        from matplotlib.patches import PathPatch
        from matplotlib.transforms import IdentityTransform

        if not shapes:
            return
        for side in ("edgecolor", "facecolor"):
            look[side] = self.style.colours[look[side]] if side in look else "none"
        ends = {"capstyle": "butt" if look.get("linestyle", "-") != "-" else "round", "joinstyle": "round"}
        self.figure.add_artist(PathPatch(_outline(shapes, closed), transform=IdentityTransform(), **look, **ends))

    def _printable(self, words: str) -> str:
        """The words without signs that the typeface lacks: a box in their place would tell the reader nothing."""
        known = self._font(False).get_charmap()
        return "".join(sign for sign in words if ord(sign) in known)

    def _font(self, bold: bool) -> Any:
        from matplotlib.font_manager import get_font

        return get_font(str(self.style.semibold if bold else self.style.regular))


def _outline(shapes: list[Sequence[Spot]], closed: bool) -> Outline:
    from matplotlib.path import Path as Outline

    spots: list[Spot] = []
    codes: list[Any] = []
    for shape in shapes:
        spots += [*shape, shape[0]] if closed else shape
        codes += [Outline.MOVETO, *[Outline.LINETO] * (len(shape) - 1), *([Outline.CLOSEPOLY] if closed else [])]
    return Outline(spots, codes)


def _corners(box: Box) -> list[Spot]:
    left, bottom, right, top = box
    return [(left, bottom), (right, bottom), (right, top), (left, top)]


def _dot(spot: Spot) -> list[Spot]:
    return [(spot[0] - 0.6, spot[1]), (spot[0] + 0.6, spot[1])]


def _size(bold: bool) -> float:
    return NORMAL if bold else SMALL


def _finished(svg: str, title: str, alt: str) -> str:
    """Without the document type (it names an address), comments and metadata; with a name and a description."""
    for unwanted in (r"<!DOCTYPE.*?>\s*", r"\s*<!--.*?-->", r"\s*<metadata>.*?</metadata>"):
        svg = re.sub(unwanted, "", svg, flags=re.DOTALL)
    name = f"<title>{escape(title)}</title>\n <desc>{escape(alt)}</desc>"
    return re.sub(r"(<svg [^>]*?)>", lambda match: f'{match[1]} role="img">\n {name}', svg, count=1)
