"""Figures in prose: a fact's value that can be compared but prints only through a unit filter, as a marked part."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any, NoReturn

from reporter import units
from reporter.errors import RuleError
from reporter.model import Printed, Unit
from reporter.rules.ladder import NO_RUNG, Rung

# Marks are written with private-use characters, which prose may not contain: a mark cannot be forged or torn.
OPEN, BETWEEN, CLOSE = "\ue000", "\ue001", "\ue002"
NO_LADDER = "no template folder has a ladder; copy the packaged templates/rules/ladder.yaml"
MARK = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")


class UnspokenError(Exception):
    """The week's values leave nothing to say here: the rule is silent, and nobody made a mistake."""


def mark(printed: Printed) -> str:
    """A printed part as text that a template can carry."""
    flag = "word" if printed.word else ""
    return f"{OPEN}{BETWEEN.join((printed.fact, printed.text, printed.value, flag))}{CLOSE}"


def unmark(text: str) -> tuple[str | Printed, ...]:
    """The parts of a rendered text, in order, without empty ones."""
    parts: list[str | Printed] = []
    for number, piece in enumerate(MARK.split(text)):
        if number % 2:
            fact, shown, value, flag = piece.split(BETWEEN)
            parts.append(Printed(fact, shown, value, bool(flag)))
        elif piece:
            parts.append(piece)
    return tuple(parts)


class Figure:
    """A fact's value in prose. Comparing gives true or false; turning it into text by itself raises RuleError."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_is_difference", "_is_new", "_key", "_plus", "_rung", "_unit", "_value", "_venues", "_worth")

    def __init__(
        self, key: str, value: float | date, unit: Unit, is_difference: bool = False, venues: tuple[str, ...] = ()
    ) -> None:
        self._venues = venues
        self._is_new = True
        self._rung = NO_RUNG
        self._is_difference = is_difference
        self._key = key
        self._unit = unit
        self._value = value
        self._worth = value
        self._plus = False

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise RuleError(
            f"{self._key} would be printed without a unit filter; write '{{{{ {self._key} | {hint(self._unit)} }}}}'"
        )

    def _no_sums(self, *_: Any) -> NoReturn:
        raise RuleError(f"{self._key} is calculated with in prose; print facts, or calculate in 'when' and 'rank'")

    __str__ = __repr__ = __format__ = __html__ = __bool__ = __len__ = __iter__ = _refuse
    __int__ = __float__ = __index__ = __bytes__ = __getitem__ = __contains__ = __call__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _no_sums
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = _no_sums
    __neg__ = __pos__ = __abs__ = __round__ = _no_sums

    def __lt__(self, other: object) -> bool:
        return bool(self._worth < self._other(other))

    def __le__(self, other: object) -> bool:
        return bool(self._worth <= self._other(other))

    def __gt__(self, other: object) -> bool:
        return bool(self._worth > self._other(other))

    def __ge__(self, other: object) -> bool:
        return bool(self._worth >= self._other(other))

    def __eq__(self, other: object) -> bool:
        return bool(self._worth == self._other(other))

    def __ne__(self, other: object) -> bool:
        return bool(self._worth != self._other(other))

    def _other(self, other: object) -> Any:
        worth = other._worth if isinstance(other, Figure) else other
        fits = isinstance(worth, date) if isinstance(self._worth, date) else _is_number(worth)
        if not fits:
            raise RuleError(f"{self._key} is compared with {type(other).__name__}; compare it with a number or a fact")
        return worth


def hint(unit: Unit) -> str:
    """The filter that one would most likely want for a unit."""
    names = {Unit.FRACTION: "percent", Unit.COIN: "coins", Unit.DATE: "day"}
    return names.get(unit, unit.value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


# ---- what filters do with a figure -----------------------------------------------------------------------------------


def known(value: object, filter_name: str) -> Figure:
    """The figure itself. Raises RuleError where a filter was given something else."""
    if not isinstance(value, Figure):
        raise RuleError(f"the filter {filter_name!r} was given {type(value).__name__}; it takes a fact")
    return value


def with_worth(figure: Figure, change: Callable[[float], float]) -> Figure:
    """The same fact, shown with another value; what it says of itself to a machine stays."""
    result = Figure(figure._key, figure._value, figure._unit, figure._is_difference, figure._venues)
    result._worth = change(_number(figure))
    result._plus = figure._plus
    return result


def with_plus(figure: Figure) -> Figure:
    """The same fact, shown with a plus sign where it is positive."""
    result = with_worth(figure, float)
    result._plus = True
    return result


def on_rung(figure: Figure, rung: Rung) -> Figure:
    """The same fact as it came, with the words that the ladder has for it."""
    result = Figure(figure._key, figure._value, figure._unit, figure._is_difference, figure._venues)
    result._rung = rung
    return result


def said(figure: Figure) -> Figure:
    """The figure itself, marked as one that stands in the running text already."""
    figure._is_new = False
    return figure


def is_new(figure: Figure) -> bool:
    """Whether the figure has not been printed in the running text yet."""
    return figure._is_new


def printed(figure: Figure, text: Callable[[Any], str], allowed: frozenset[Unit]) -> str:
    """The fact in print, marked. Raises RuleError where its unit is not one that the filter prints."""
    if figure._unit not in allowed:
        wanted = " or ".join(sorted(allowed))
        raise RuleError(f"{figure._key} came in {figure._unit} to a filter for {wanted}; mend the fact's unit")
    shown = text(figure._worth)
    plus = "+" if figure._plus and _sign(shown) > 0 else ""
    return mark(Printed(figure._key, plus + shown, units.machine(figure._value)))


def venues(figure: Figure) -> tuple[str, ...]:
    """The venues that the fact was measured at, as readers know them; none where its source counts them all."""
    return figure._venues


def turned(figure: Figure, words: tuple[str, str, str]) -> str:
    """The word for the figure's sign as it is printed, marked. Raises UnspokenError where zero has no word."""
    value = _number(figure)
    shown = units.percentage_points(value) if figure._is_difference else units.text(value, figure._unit)
    up, down, flat = words
    word = up if _sign(shown) > 0 else down if _sign(shown) < 0 else flat
    if not word:
        raise UnspokenError(f"{figure._key} prints as zero, for which the rule has no third word")
    return mark(Printed(figure._key, word, units.machine(figure._value), word=True))


def verbs(figure: Figure) -> tuple[str, str, str]:
    """The ladder's verbs for a rise, a fall and a zero of the figure. Raises RuleError where no ladder was loaded."""
    if figure._rung.verbs is None:
        raise RuleError(f"{figure._key}: {NO_LADDER}")
    return figure._rung.verbs


def placed(figure: Figure, words: tuple[str, str, str]) -> str:
    """Where the figure stands in its past year, marked: one of the words for high, low and ordinary, with the ladder's
    adverb. Raises UnspokenError where its percentile is not known or there is no word, RuleError without a ladder."""
    verbs(figure)
    if figure._rung.standing is None:
        raise UnspokenError(f"{figure._key} has no percentile this week")
    side, adverb = figure._rung.standing
    high, low, ordinary = words
    word = high if side > 0 else low if side < 0 else ordinary
    if not word:
        raise UnspokenError(f"{figure._key} is ordinary for its past year, for which the rule has no third word")
    return mark(Printed(figure._key, f"{adverb} {word}".strip(), units.machine(figure._value), word=True))


def counted(figure: Figure) -> int:
    """The whole number that is printed for a count."""
    return int(units.rounded(_number(figure), 0))


def _number(figure: Figure) -> float:
    if isinstance(figure._worth, date):
        raise RuleError(f"{figure._key} is a date; print it with day, date or weekday")
    return figure._worth


def _sign(shown: str) -> int:
    if not any(character in "123456789" for character in shown):
        return 0
    return -1 if shown.startswith(units.MINUS) else 1
