"""What measures are called in prose: the full name where a section first speaks of one, the short one from then on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from reporter.model import Cited, Printed
from reporter.rules.sheet import Sheet

CALLED = "called"
OPEN, CLOSE = "\ue003", "\ue004"  # private-use characters, which prose may not contain
PLACE = re.compile(f"{OPEN}([a-z0-9_]+){CLOSE}")

Parts = tuple[str | Printed | Cited, ...]


@dataclass(frozen=True, slots=True)
class Name:
    """A measure's two names, as they stand inside a sentence."""

    full: str
    short: str


Names = Mapping[str, Name]


def parse(sheet: Sheet) -> Names:
    """The names in a document; mistakes are noted in the sheet."""
    sheet.mapping((), ("names",))
    found = sheet.at(("names",))
    if not isinstance(found, dict):
        sheet.wrong(("names",), "'names' is missing; expected a mapping of measures to their full and short names")
        return {}
    return {key: _name(sheet, key) for key in found}


def _name(sheet: Sheet, key: str) -> Name:
    at = ("names", key)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", key):
        sheet.wrong(at, f"the name {key!r} is not small letters, figures and underscores; rename it")
    sheet.mapping(at, ("full", "short"))
    full, short = (sheet.text((*at, part)) for part in ("full", "short"))
    for part, text in (("full", full), ("short", short)):
        if any(character.isnumeric() for character in text):
            sheet.wrong((*at, part), f"digits in the name {text!r}; spell the number out")
    return Name(full, short)


def placed(key: str) -> str:
    """What stands in a rendered text where a measure is called by its name."""
    return f"{OPEN}{key}{CLOSE}"


def named(parts: Parts, names: Names, met: set[str]) -> Parts:
    """The parts with names in their places: the short one of those already `met`, to which the others are added."""
    return tuple(_named(part, names, met, is_first=number == 0) if isinstance(part, str) else part
                 for number, part in enumerate(parts))  # fmt: skip


def _named(text: str, names: Names, met: set[str], is_first: bool) -> str:
    def name(found: re.Match[str]) -> str:
        key = found[1]
        word = names[key].short if key in met else names[key].full
        met.add(key)
        return word[:1].upper() + word[1:] if is_first and found.start() == 0 else word

    return PLACE.sub(name, text)


def short(text: str, names: Names) -> str:
    """A text with the short names in all places."""
    return PLACE.sub(lambda found: names[found[1]].short, text)
