"""What a fault in the language is, and what the parts of a sentence are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reporter.model import Cited, Printed, Unit

FIGURE = "\N{BLACK VERTICAL RECTANGLE}"  # stands in literal prose where a figure is printed

Parts = Sequence[str | Printed | Cited]
Units = Callable[[str], Unit | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Words that the house does not print: what is wrong with them, and what to write instead."""

    words: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.words!r} {self.what}"
