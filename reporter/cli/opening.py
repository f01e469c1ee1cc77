"""What commands begin and end with: a newsletter is opened, a moment is read, an error becomes an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from reporter import clock
from reporter.errors import AuthorError, CheckError, MissingError, ReporterError

if TYPE_CHECKING:
    from datetime import datetime

    from reporter.newsletter import Newsletter
    from reporter.pipeline import Desk

DONE, FAILED, AUTHOR, MISSING, FOUND = 0, 1, 2, 3, 4


@contextmanager
def reported() -> Iterator[None]:
    """Turns an error into its lines on standard error and its exit code; a bug of ours keeps its traceback."""
    try:
        yield
    except ReporterError as problem:
        code = {AuthorError: AUTHOR, MissingError: MISSING, CheckError: FOUND}
        for line in str(problem).splitlines():
            typer.echo(line, err=True)
        raise typer.Exit(next((c for kind, c in code.items() if isinstance(problem, kind)), FAILED)) from None
    except BrokenPipeError:
        raise typer.Exit(FAILED) from None
    except OSError as problem:
        typer.echo(
            f"{problem.filename or 'a file'}: {problem.strerror}; nothing was published; see to the disk", err=True
        )
        raise typer.Exit(FAILED) from None
    except KeyboardInterrupt:
        typer.echo("stopped; nothing was left half-written", err=True)
        raise typer.Exit(130) from None


@contextmanager
def opened(config: Path | None, sample: bool, edition: str | None) -> Iterator[tuple[Desk, Newsletter]]:
    """A checked desk, alone in its data folder until the command is over."""
    from reporter import output, pipeline

    newsletter = loaded(config)
    if sample:
        newsletter = pipeline.with_sample(newsletter)
        edition = f"{pipeline.SAMPLE}-{edition}" if edition else None
    desk = pipeline.prepare(newsletter, edition)
    with output.lock(newsletter.data, waiting):
        yield desk, newsletter


def waiting() -> None:
    """Says why nothing happens, where a lock is held."""
    typer.echo("another run is at work in this folder; waiting for it", err=True)


def loaded(config: Path | None) -> Newsletter:
    """The newsletter of a config, without a lock. Raises ConfigError where it cannot be read."""
    from reporter import newsletter

    return newsletter.load(config)


def moment_of(text: str | None) -> datetime | None:
    """The moment of an option, in UTC. Raises ConfigError where it is none."""
    return clock.parse_moment(text) if text else None
