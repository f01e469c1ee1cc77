"""The options that commands share, and what stands before a command: how much is logged, and the version."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from reporter import __version__

ConfigOption = Annotated[Path | None, typer.Option("--config", help="The newsletter's config.yaml, or its folder.")]
WeekOption = Annotated[str | None, typer.Option("--week", help="An ISO week such as 2026-W07, or a day of it.")]
EditionOption = Annotated[str | None, typer.Option("--edition", help="The edition; the config names the usual one.")]
SampleOption = Annotated[bool, typer.Option("--sample", help="Use the embedded simulated data.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not collect: use what is on disk.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="What was known at this moment, as 2026-02-16T14:00.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print for a machine.")]


class StandardError(logging.StreamHandler[Any]):
    """Logs to what is standard error now: while bars are drawn there, lines come out above them."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


def verbosity(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="One line a stage and source.")] = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    # No docstring: the help of the program would print it.
    logging.basicConfig(
        level=logging.INFO if verbose else logging.WARNING,
        format="%(levelname)s %(message)s",
        handlers=[StandardError()],
        force=True,
    )
    for loud in ("fontTools", "matplotlib"):
        logging.getLogger(loud).setLevel(logging.ERROR)
    if show_version:
        typer.echo(__version__)
        raise typer.Exit
