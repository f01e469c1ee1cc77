"""The commands that make a newsletter and its notes: a new folder, a run, and each stage of it alone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from reporter.cli.opening import moment_of, opened, reported, waiting
from reporter.cli.options import AsOfOption, ConfigOption, EditionOption, OfflineOption, SampleOption, WeekOption
from reporter.cli.terminal import near, progress
from reporter.errors import CheckError

if TYPE_CHECKING:
    from reporter.newsletter import Newsletter
    from reporter.pipeline import Desk


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")]) -> None:
    """Make the folder of a new newsletter: config, rulebooks, README."""
    from reporter import newsletter

    with reported():
        for path in newsletter.make(folder):
            typer.echo(str(path))
        typer.echo(f"next: cd {shlex.quote(str(folder))} && reporter run --sample")


def run(
    config: ConfigOption = None,
    week: WeekOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    offline: OfflineOption = False,
    as_of: AsOfOption = None,
) -> None:
    """Collect, build and check the note of a week."""
    with reported(), opened(config, sample, edition) as (desk, newsletter):
        _make(desk, newsletter, week, as_of, collecting=not offline)


def collect(
    config: ConfigOption = None,
    week: WeekOption = None,
    sample: SampleOption = False,
    backfill: Annotated[int, typer.Option("--backfill", min=0, max=520, help="Also fetch this many past weeks.")] = 0,
) -> None:
    """Fetch the data of a week and keep them; with --backfill also what the sources still have of the weeks before."""
    from reporter import pipeline

    with reported(), opened(config, sample, None) as (desk, _):
        kept = pipeline.stores(desk)
        chosen = pipeline.chosen_week(desk, week, None)
        with progress() as tell:
            rows = pipeline.collect(desk.round, chosen, kept, tell)
            rows += pipeline.backfill(desk.round, chosen, backfill, kept, tell) if backfill else 0
        typer.echo(f"{rows} new or changed rows from {len(desk.sources)} source{'s' * (len(desk.sources) != 1)}")


def build(
    config: ConfigOption = None,
    week: WeekOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    offline: OfflineOption = False,
    as_of: AsOfOption = None,
) -> None:
    """Build and check the note from what is on disk."""
    with reported(), opened(config, sample, edition) as (desk, newsletter):
        _make(desk, newsletter, week, as_of, collecting=False)


def check(
    config: ConfigOption = None, week: WeekOption = None, edition: EditionOption = None, sample: SampleOption = False
) -> None:
    """Read the finished note again and say what is wrong with it."""
    from reporter import pipeline

    with reported(), opened(config, sample, edition) as (desk, _):
        _, history = pipeline.stores(desk)
        chosen = pipeline.chosen_week(desk, week, None)
        findings = pipeline.check(desk, history, chosen)
        errors = [str(finding) for finding in findings if finding.severity == "error"]
        if errors:
            raise CheckError("\n".join(errors))
        typer.echo(f"{chosen.label} {desk.edition}: checked, nothing found")


def _make(desk: Desk, newsletter: Newsletter, week: str | None, as_of: str | None, collecting: bool) -> None:
    from reporter import output, pipeline

    moment = moment_of(as_of)
    kept = pipeline.stores(desk)
    history = kept.history
    chosen = pipeline.chosen_week(desk, week, moment)
    pipeline.decisions(desk, chosen)  # a mistake in the week's desk file stops before the first request
    if collecting:
        with progress() as tell:
            pipeline.collect(desk.round, chosen, kept, tell)
    with output.lock(newsletter.output, waiting):
        output.recover_all(newsletter.output)
        result = pipeline.build(desk, history, chosen, moment)
    note = result.note
    typer.echo(note.title.text)
    if note.notice:
        typer.echo(note.notice)
    typer.echo(
        f"{chosen.label}, edition {desk.edition}: {len(note.sentences)} sentences, {len(note.charts)} charts, "
        f"{len(note.facts)} facts, {len(note.gaps)} gaps"
    )
    for name in ("note.html", "note.md", "note.pdf"):
        typer.echo(str(near(result.folder / name)))
