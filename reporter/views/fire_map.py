"""A replay as one page: rules against weeks, a cell a week, and the findings below. It asks for nothing and needs no
script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from reporter.newsletter import starter
from reporter.units import MONTHS
from reporter.views import replay as views

if TYPE_CHECKING:
    from reporter.rules.replay import Replay, Tally

FOLDER, TEMPLATE = "replay", "page.html.j2"
HEIGHT = 10  # of a row's cells, in the units of its drawing
DRAWN = {"spoke": (0, 10), "lost": (5, 5), "gap": (4, 2)}  # where a cell begins and how tall it is; silence is blank
WORDS = {"spoke": "spoke", "lost": "lost", "gap": "wanting a fact", "silent": "nothing to say"}
MONTHS_OF = 80  # weeks up to which each month is named


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring weeks in which a rule did the same."""

    start: int
    weeks: int
    title: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A week at which something begins on the axis: `at` counts weeks, a strong one is a year."""

    at: int
    label: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A rule with its runs by act."""

    tally: Tally
    runs: dict[str, list[Run]]
    title: str


def page(found: Replay, name: str) -> bytes:
    """The page, as UTF-8. `name` says whose rules they are."""
    labels = [one.week.label for one in found.told]
    context: dict[str, Any] = {
        "name": name,
        "span": views.span(found.told),
        "replay": found,
        "labels": labels,
        "sections": _sections(found, labels),
        "ticks": ticks([one.week.start.date() for one in found.told]),
        "words": [views.words(one) for one in found.told],
        "findings": [(what, lines) for what, lines in views.findings(found)],
        "outcome": views.outcome,
        "drawn": DRAWN,
        "height": HEIGHT,
        "meaning": WORDS,
    }
    return _environment().get_template(TEMPLATE).render(context).encode("utf-8")


def _environment() -> Environment:
    folder: Path = starter() / "templates" / FOLDER
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["percent"] = "{:.0%}".format
    return made


def _sections(found: Replay, labels: Sequence[str]) -> list[tuple[str, list[Row]]]:
    """The rows by section and group, in the order of the note."""
    groups = groupby(found.tallies, key=lambda each: f"{each.rule.section} / {each.rule.group}")
    return [(place, [_row(each, labels) for each in some]) for place, some in groups]


def _row(each: Tally, labels: Sequence[str]) -> Row:
    runs: dict[str, list[Run]] = {act: [] for act in DRAWN}
    for act, run in _runs(each.cells, labels):
        if act in runs:
            runs[act].append(run)
    said = ", ".join(f"{WORDS[act]} {count}" for act, count in _counts(each))
    return Row(each, runs, f"{each.rule.id}: {said}")


def _counts(each: Tally) -> Iterator[tuple[str, int]]:
    yield from (("spoke", each.spoke), ("lost", each.lost), ("silent", each.silent), ("gap", each.gaps))


def _runs(cells: Sequence[str], labels: Sequence[str]) -> Iterator[tuple[str, Run]]:
    start = 0
    for act, some in groupby(cells):
        weeks = len(list(some))
        last = labels[start + weeks - 1]
        span = labels[start] if weeks == 1 else f"{labels[start]} to {last}"
        yield act, Run(start, weeks, f"{span}: {WORDS[act]}")
        start += weeks


def ticks(starts: Sequence[date]) -> list[Tick]:
    """The weeks in which a year or a month (over a long time, a quarter) begins, with their names."""
    found: list[Tick] = []
    several = len(starts) > MONTHS_OF
    for at, day in enumerate(starts):
        if at and starts[at - 1].month == day.month:
            continue
        new_year = not at or starts[at - 1].year != day.year
        if new_year or not several or day.month % 3 == 1:
            name = str(day.year) if new_year else "" if several else MONTHS[day.month - 1][:3]
            found.append(Tick(at, name, new_year))
    return found
