"""The registered breaks of series: breaks.yaml in, the days from which a measure means something else out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from reporter import strict_yaml
from reporter.errors import Several, nearest
from reporter.model import Week
from reporter.series import FORMS
from reporter.strict_yaml import Document

FILE = Path(__file__).with_name("breaks.yaml")
NEEDED = ("measures", "since", "what", "source")
KEYS = (*NEEDED, "venues", "approximate")


@dataclass(frozen=True, slots=True)
class Break:
    """The first day of a new meaning of some measures, at some venues or, without any, at all; `approximate` where only
    its month is known."""

    measures: tuple[str, ...]
    venues: tuple[str, ...]
    since: date
    approximate: bool
    what: str
    source: str

    def concerns(self, measure: str, venue: str) -> bool:
        """Whether it is a break of a series: a total such as `binance+okx` is concerned by each of its venues."""
        return measure in self.measures and (not self.venues or not set(self.venues).isdisjoint(venue.split("+")))


def breaks_before(measure: str, venue: str, week: Week) -> int:
    """How many registered breaks of a measure at a venue lie before the end of a week."""
    return sum(one.since <= week.last_day for one in registered() if one.concerns(measure, venue))


@lru_cache(maxsize=1)
def registered() -> tuple[Break, ...]:
    """The breaks of the packaged file, in the order of their days."""
    return load(FILE)


def digest() -> str:
    """A hash of the registered breaks: what was compared under others is compared anew."""
    return hashlib.sha256(repr(registered()).encode()).hexdigest()


def load(path: Path) -> tuple[Break, ...]:
    """The breaks in a file, in the order of their days. Raises Several with file and line of each mistake."""
    document = strict_yaml.load(path)
    mistakes = list(_mistakes(document))
    if mistakes:
        raise Several(mistakes)
    return tuple(sorted(map(_break, document.data["breaks"]), key=lambda one: (one.since, one.measures, one.venues)))


def _break(entry: dict[str, Any]) -> Break:
    since, venues = date.fromisoformat(entry["since"]), tuple(entry.get("venues", ()))
    return Break(
        tuple(entry["measures"]), venues, since, entry.get("approximate", False), entry["what"], entry["source"]
    )


def _mistakes(document: Document) -> Iterator[str]:
    data = document.data
    if not isinstance(data, dict) or set(data) != {"breaks"} or not isinstance(data["breaks"], list):
        yield f"{document.where()}: expected one key, 'breaks', with a list"
        return
    for number, entry in enumerate(data["breaks"]):
        if not isinstance(entry, dict):
            yield f"{document.where('breaks', number)}: expected an entry with {', '.join(NEEDED)}"
            continue
        for key in sorted(set(entry) - set(KEYS)):
            yield f"{document.where('breaks', number, key)}: unknown key {key!r}{nearest(key, KEYS)}"
        for key in NEEDED:
            if key not in entry:
                yield f"{document.where('breaks', number)}: {key!r} is missing; write it"
        for key in (one for one in KEYS if one in entry):
            if wrong := _wrong(key, entry[key]):
                yield f"{document.where('breaks', number, key)}: {key}: {wrong}"


def _wrong(key: str, value: Any) -> str:
    """What is wrong with the value of a key, or nothing."""
    if key == "approximate":
        return "" if isinstance(value, bool) else "expected true or false"
    if key == "since":
        return "" if _is_day(value) else f"{value!r} is no day; write one such as 2021-10-01"
    if key in ("what", "source"):
        return "" if isinstance(value, str) and value.strip() else "expected a text"
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        return "expected a list of names"
    unknown = [one for one in value if one not in FORMS] if key == "measures" else []
    return f"no series measures {unknown[0]!r}{nearest(unknown[0], FORMS)}" if unknown else ""


def _is_day(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
