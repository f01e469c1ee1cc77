"""A finished page made ready to be printed as a screen shows it, for where no browser is there to be asked.

WeasyPrint knows types of media and nothing of a window, so the queries are answered here; and it passes over some of
what a browser obeys, so what of that might hide words is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from reporter.check.words import Passage

NEUTRAL = r"none|normal|initial|unset|visible|auto|currentcolor|horizontal-tb|1(?=\s*[;}!])|100%"
UNMEASURED = re.compile(
    r"(?<![-\w])((?:-webkit-|-moz-)?(?:filter|backdrop-filter|mask|mask-image|clip|clip-path|animation|animation-name"
    r"|text-security|text-fill-color|text-stroke|text-stroke-width|mix-blend-mode|content-visibility|scale|rotate"
    r"|translate|zoom|perspective|offset|offset-path|font-size-adjust|writing-mode|unicode-bidi|backface-visibility))"
    rf"\s*:(?!\s*(?:{NEUTRAL})\s*(?:!\s*important\s*)?[;}}])"
    r"|(@(?:container|supports|scope|layer|starting-style|property|(?:-webkit-)?keyframes))\b"
    r"|(line-clamp(?=\s*:\s*\d)|line-through|background-clip\s*:[^;}]*text"
    r"|(?<![-\w])overflow(?:-[xy])?\s*:\s*clip|(?<![-\w])(?:light-dark|color-mix)(?=\())",
    re.IGNORECASE,
)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SHEET = re.compile(r"(<style[^>]*>)(.*?)(?=</style|\Z)", re.DOTALL | re.IGNORECASE)
INLINE = re.compile(r"\sstyle\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
QUERY = re.compile(r"(@media\b)([^{;]*)|(\bmedia\s*=\s*)(\"[^\"]*\"|'[^']*'|[\w-]+)", re.IGNORECASE)
FEATURE = re.compile(r"\(([^()]*)\)")
TYPE = re.compile(r"(?:(not|only)\s+)?([a-z]+)?", re.IGNORECASE)
LENGTH = r"([\d.]+)(px|em|rem)?"
BOUND = re.compile(rf"(min|max)-(?:device-)?(width|height)\s*:\s*{LENGTH}")
RANGE = re.compile(rf"(width|height)\s*([<>]=?)\s*{LENGTH}")
BACKWARD_RANGE = re.compile(rf"{LENGTH}\s*([<>]=?)\s*(width|height)")
PAPER = "<style>@page { size: 1200px 1600px !important; margin: 0 !important }</style>"
MARK = "x"


@dataclass(frozen=True)
class Glass:
    """A window for which queries of media are answered; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    scheme: str = "light"


MEDIA = re.compile(r"@media\b([^{;]*)|\bmedia\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
BREAKPOINT = re.compile(r"width\s*(?::|[<>]=?)\s*(\d+(?:\.\d+)?)(px|em|rem)")
WIDEST, MOST_WIDTHS = 10_000.0, 12
GLASSES = (
    Glass("on a screen", 1200, 900),
    Glass("on a phone", 390, 844),
    Glass("on a screen set to dark", 1200, 900, "dark"),
)


def widths(page: str, known: Sequence[int]) -> tuple[int, ...]:
    """A window's width in CSS pixels for each stretch between the breakpoints of a page that no known one lies in."""
    asked = " ".join(rule or attribute for rule, attribute in MEDIA.findall(page))
    edges = sorted({float(number) * (16 if unit in ("em", "rem") else 1) for number, unit in BREAKPOINT.findall(asked)})
    stretches = pairwise([0.0, *edges, WIDEST])
    missing = ((low, high) for low, high in stretches if not any(low < width <= high for width in known))
    return tuple(int(high) if high < WIDEST else int(low) + 1 for low, high in missing if high - low >= 1)[:MOST_WIDTHS]


def unmeasured(page: str) -> tuple[str, ...]:
    """Properties, values and at-rules in the page that may hide words and that only a browser obeys, sorted."""
    sheets = [sheet for _, sheet in SHEET.findall(page)] + [one or other for one, other in INLINE.findall(page)]
    found = (match for sheet in sheets for match in UNMEASURED.findall(COMMENT.sub("", sheet) + ";"))
    return tuple(sorted({next(part for part in match if part).lower() for match in found}))


def pages(page: str) -> dict[str, str]:
    """By the name of each window that makes a difference: the page as it looks there, to be printed on wide sheets."""
    found: dict[str, str] = {}
    more = (Glass(f"on a screen {width} pixels wide", width, 900) for width in widths(page, [g.width for g in GLASSES]))
    for glass in (*GLASSES, *more):
        seen = QUERY.sub(partial(_answered, glass), page)
        if seen not in found.values():
            found[glass.name] = seen
    return {name: _on_paper(seen) for name, seen in found.items()}


def marked(page: str, wanted: Passage) -> tuple[str, Passage]:
    """The page with its own copy of the passage told apart from those that a print rule puts into the margins.

    Its first word gets a letter more wherever no style sheet holds it; what is then to be found comes with the page.
    """
    first, *rest = wanted.words
    text = " ".join(wanted.words)
    parts = SHEET.split(page)
    for at in range(0, len(parts), 3):  # every third part stands between the sheets
        parts[at] = parts[at].replace(text, f"{first}{MARK}{text[len(first) :]}")
    return "".join(parts), Passage(wanted.name, (first + MARK, *rest))


def _on_paper(page: str) -> str:
    at = page.lower().rfind("</body")
    return page[:at] + PAPER + page[at:] if at >= 0 else page + PAPER


def _answered(glass: Glass, match: re.Match[str]) -> str:
    rule, query, attribute, value = match.groups()
    if rule:
        return f"{rule} {_answer(glass, COMMENT.sub(' ', query))} "
    return f'{attribute}"{_answer(glass, value.strip(chr(34) + chr(39)))}"'


def _answer(glass: Glass, query: str) -> str:
    items = [item.strip().lower() for item in query.split(",")]
    return "all" if not query.strip() or any(_is_true(glass, item) for item in items) else "not all"


def _is_true(glass: Glass, item: str) -> bool:
    """One item of a list of queries. What is not understood counts as true: a rule more, rather than a rule less."""
    features = [_holds(glass, feature.strip()) for feature in FEATURE.findall(item)]
    holds = any(features) if " or " in item and features else all(features)
    found = TYPE.match(item)
    negation, medium = found.groups() if found else (None, None)
    answer = holds and medium in (None, "all", "screen")
    return not answer if negation == "not" else answer


def _holds(glass: Glass, feature: str) -> bool:
    size = {"width": glass.width, "height": glass.height}
    for bound, side, *length in BOUND.findall(feature):
        return size[side] >= _pixels(*length) if bound == "min" else size[side] <= _pixels(*length)
    ranges = [_compares(size[side], sign, _pixels(*length)) for side, sign, *length in RANGE.findall(feature)]
    ranges += [_compares(_pixels(a, b), sign, size[side]) for a, b, sign, side in BACKWARD_RANGE.findall(feature)]
    if ranges:
        return all(ranges)
    name, _, value = (part.strip() for part in feature.partition(":"))
    if name == "orientation":
        return value == ("landscape" if glass.width > glass.height else "portrait")
    return {"prefers-color-scheme": glass.scheme, "prefers-reduced-motion": "no-preference"}.get(name, value) == value


def _pixels(number: str, unit: str) -> float:
    return float(number) * (1 if unit == "px" else 16)


def _compares(one: float, sign: str, other: float) -> bool:
    return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[sign]
