"""A YAML document read key by key: values of the type asked for, and every mistake noted with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reporter import strict_yaml
from reporter.errors import RuleError, nearest
from reporter.strict_yaml import Document

Steps = tuple[str | int, ...]


@dataclass(frozen=True)
class Sheet:
    """A document and the list in which mistakes are collected; `problems` is shared by all sheets of one load."""

    document: Document
    problems: list[str]

    def where(self, *steps: str | int) -> str:
        return self.document.where(*steps)

    def wrong(self, steps: Steps, what: str) -> None:
        self.problems.append(f"{self.where(*steps)}: {what}")

    def at(self, steps: Steps) -> Any:
        """What stands at a path, or None."""
        found = self.document.data
        for step in steps:
            inside = isinstance(found, dict) if isinstance(step, str) else isinstance(found, list)
            if not inside or (isinstance(step, str) and step not in found):
                return None
            found = found[step]
        return found

    def mapping(self, steps: Steps, known: Sequence[str]) -> bool:
        """Whether a mapping with nothing but known keys stands there."""
        found = self.at(steps)
        if not isinstance(found, dict):
            self.wrong(steps, f"{_named(steps)} is {_kind(found)}; expected a mapping with {', '.join(known)}")
            return False
        for key in found:
            if key not in known:
                hint = nearest(key, known) or f"; known are {', '.join(known)}"
                self.wrong((*steps, key), f"unknown key {key!r}{' in ' + _named(steps) if steps else ''}{hint}")
        return True

    def items(self, steps: Steps, least: int = 0) -> range:
        """The positions of a list; none where nothing stands there."""
        found = self.at(steps)
        if found is None and not least:
            return range(0)
        if not isinstance(found, list) or len(found) < least:
            self.wrong(
                steps, f"{_named(steps)} is {_kind(found)}; expected a list" + (" that is not empty" if least else "")
            )
            return range(0)
        return range(len(found))

    def text(self, steps: Steps, default: str | None = None) -> str:
        """A text; numbers and true/false are taken as they were meant. Without a default it must be there."""
        found = self.at(steps)
        if found is None and default is not None:
            return default
        if isinstance(found, bool):
            return "true" if found else "false"
        if isinstance(found, int | float):
            return repr(found)
        if not isinstance(found, str) or not found.strip():
            self.wrong(steps, f"{_named(steps)} is {_kind(found)}; expected a text")
            return default or ""
        return found

    def texts(self, steps: Steps, least: int = 0) -> tuple[str, ...]:
        return tuple(self.text((*steps, number)) for number in self.items(steps, least))

    def one_of(self, steps: Steps, known: Sequence[str], default: str | None = None) -> str:
        found = self.text(steps, default)
        if found and found not in known:
            self.wrong(steps, f"{_named(steps)} is {found!r}{nearest(found, known) or _expected(known)}")
        return found

    def whole(self, steps: Steps, default: int) -> int:
        """A whole number that is not negative."""
        found = self.at(steps)
        if found is None:
            return default
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            self.wrong(steps, f"{_named(steps)} is {_kind(found)}; expected a whole number")
            return default
        return found

    def number(self, steps: Steps, default: float) -> float:
        """A number that is not negative."""
        found = self.at(steps)
        if found is None:
            return default
        if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < float("inf"):
            self.wrong(steps, f"{_named(steps)} is {_kind(found)}; expected a number from 0 on")
            return default
        return float(found)

    def flag(self, steps: Steps) -> bool:
        found = self.at(steps)
        if found is not None and not isinstance(found, bool):
            self.wrong(steps, f"{_named(steps)} is {_kind(found)}; expected true or false")
        return found is True


def opened(path: Path, name: str, problems: list[str]) -> Sheet | None:
    """The sheet of a file, or None and a noted mistake where it cannot be read at all."""
    try:
        return Sheet(strict_yaml.load(path, name, RuleError), problems)
    except RuleError as problem:
        problems.append(str(problem))
        return None


def noted(sheet: Sheet, steps: Steps, about: str, problems: Iterable[str]) -> None:
    """Notes what a walk found, with the place and what it is about."""
    for problem in problems:
        sheet.wrong(steps, f"{about}{problem}")


def _expected(known: Sequence[str]) -> str:
    return f"; expected {', '.join(known)}"


def _named(steps: Steps) -> str:
    for position in range(len(steps) - 1, -1, -1):
        if isinstance(step := steps[position], str):
            number = steps[position + 1] if position + 1 < len(steps) else None
            return f"{step!r}" if number is None else f"{step!r} number {int(number) + 1}"
    return "the file"


def _kind(found: object) -> str:
    if found is None:
        return "missing"
    if isinstance(found, Mapping):
        return "a mapping"
    if isinstance(found, list):
        return "a list" if found else "an empty list"
    if isinstance(found, str):
        return f"the text {found!r}" if found.strip() else "empty"
    return f"{str(found).lower()}"
