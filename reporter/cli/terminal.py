"""What commands print: views, tables, bars and paths in, lines on a terminal or for a machine out."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import typer


def show_view(view: Any, as_json: bool) -> None:
    """Prints a view as its own lines or as JSON. Raises what it found wrong, after printing."""
    if as_json:
        typer.echo(json.dumps(view.data, ensure_ascii=False, indent=1))
    else:
        for line in view.lines:
            typer.echo(line)
    if view.problem:
        raise view.problem


def show_table(head: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> None:
    """Prints rows of text below a head, numbers to the right; as wide as the terminal, or as it takes where there is
    none."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, name in enumerate(head):
        numbers = all(row[place].rstrip("%").isdigit() for row in rows)
        least = len(name) if numbers else None
        shown.add_column(name, justify="right" if numbers else "left", no_wrap=not sys.stdout.isatty(), min_width=least)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else TABLE_WIDTH, highlight=False).print(shown)


def near(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    path, here = path.resolve(), Path.cwd().resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path


TABLE_WIDTH = 200  # columns, where there is no terminal to ask
COLOURS = {"ok": "green", "!": "yellow", "no": "red"}


def table(rows: list[tuple[str, str, str, str]]) -> None:
    """Rows of group, mark, name and what was found, below the name of their group; colours on a terminal."""
    width = max(len(name) for _, _, name, _ in rows)
    plain = False if os.environ.get("NO_COLOR") else None
    for group, lines in groupby(rows, key=itemgetter(0)):
        typer.secho(group, bold=True, color=plain)
        for _, mark, name, found in lines:
            typer.echo(f"  {typer.style(f'{mark:<2}', fg=COLOURS[mark])}  {name:<{width}}  {found}", color=plain)


@contextmanager
def progress() -> Iterator[Any]:
    """Tells how far each source is: bars on a terminal, else a line for each source that is done."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        look = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[fault]}"))
        with Progress(*look, console=Console(stderr=True), transient=True) as bars:
            tasks: dict[str, Any] = {}

            def draw(step: Any) -> None:
                if step.source not in tasks:
                    tasks[step.source] = bars.add_task(step.source, total=step.total, fault="")
                bars.update(tasks[step.source], completed=step.done, total=step.total, fault=step.fault)

            yield draw
    else:
        done: set[str] = set()

        def say(step: Any) -> None:
            if (step.done >= step.total or step.fault) and step.source not in done:
                done.add(step.source)
                why = f"; {step.fault}" if step.fault else ""
                logging.getLogger(__name__).info("%s: %d of %d answers%s", step.source, step.done, step.total, why)

        yield say
