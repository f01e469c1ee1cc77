"""The data box: the outline's rows with the week's numbers, each printed through a unit filter or saying why not."""

from __future__ import annotations

from reporter.errors import RuleError
from reporter.model import Frame, Row
from reporter.rules import context, voice
from reporter.rules.context import View
from reporter.rules.figure import UnspokenError
from reporter.rules.load import Rulebook
from reporter.rules.outline import BoxRow, Part
from reporter.rules.prose import Parts
from reporter.rules.shapes import Reading
from reporter.series import readable

NOT_AVAILABLE = "not available"
NOTHING = "–"


def box_rows(book: Rulebook, frame: Frame) -> tuple[Row, ...]:
    """The rows of the outline in order, an asset row once for each asset; cells are value, previous and change.

    Missing data: a value that is not there says `not available` and why, unless the row asks to be dropped; a
    comparison that is not there is an en dash. Raises RuleError for a fault in a cell's expression.
    """
    return tuple(row for part in book.outline.parts for row in rows_of(book, part, frame))


def rows_of(book: Rulebook, part: Part, frame: Frame) -> tuple[Row, ...]:
    """The rows of one section."""
    found = (_row(book, row, view) for row in part.rows for view in context.views(row.subject, frame))
    return tuple(row for row in found if row is not None)


def _row(book: Rulebook, row: BoxRow, view: View) -> Row | None:
    value, *comparisons = row.cells
    why = context.missing(view, value.names) if value else ""
    if why and row.drop_if_missing:
        return None
    first: Parts = (f"{NOT_AVAILABLE} ({_short(view, value)})",) if why and value else _cell(book, row, value, view)
    others = tuple(_cell(book, row, each, view) for each in comparisons)
    return Row(voice.label(book, row.label, view), (first, *others), row.where)


def _short(view: View, value: Reading) -> str:
    name = next(name for name in value.names if context.fact(view, name) is None)
    return readable(context.reason(view, name))


def _cell(book: Rulebook, row: BoxRow, reading: Reading | None, view: View) -> Parts:
    """The printed parts, or an en dash where a fact is missing or has nothing to print."""
    try:
        if reading is None or context.missing(view, reading.names):
            return (NOTHING,)
        return voice.parts(book, reading, view) or (NOTHING,)
    except (UnspokenError, ArithmeticError):
        return (NOTHING,)
    except RuleError as problem:
        raise RuleError(f"{row.where}: {problem}") from None
