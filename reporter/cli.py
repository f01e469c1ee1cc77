"""The command line: arguments in, one exit code out. What is heavy is imported where it is needed."""

from __future__ import annotations

import json
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from reporter import __version__, clock
from reporter.errors import AuthorError, CheckError, MissingError, ReporterError

if TYPE_CHECKING:
    from datetime import datetime

    from reporter.newsletter import Newsletter
    from reporter.pipeline import Desk

DONE, FAILED, AUTHOR, MISSING, FOUND = 0, 1, 2, 3, 4

app = typer.Typer(
    help="A weekly market note on crypto derivatives in which every number walks back to the bytes a provider sent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="Look after the rulebooks.", no_args_is_help=True)
app.add_typer(rules_app, name="rules")

ConfigOption = Annotated[Path | None, typer.Option("--config", help="The newsletter's config.yaml, or its folder.")]
WeekOption = Annotated[str | None, typer.Option("--week", help="An ISO week such as 2026-W07, or a day of it.")]
EditionOption = Annotated[str | None, typer.Option("--edition", help="The edition; the config names the usual one.")]
SampleOption = Annotated[bool, typer.Option("--sample", help="Use the embedded simulated data.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Do not collect: use what is on disk.")]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help="What was known at this moment, as 2026-02-16T14:00.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print for a machine.")]


def main() -> None:
    """Runs a command and leaves with its exit code."""
    app()


# ---- a new newsletter ------------------------------------------------------------------------------------------------


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")]) -> None:
    """Make the folder of a new newsletter: config, rulebooks, README."""
    from reporter import newsletter

    with reported():
        for path in newsletter.make(folder):
            typer.echo(str(path))
        typer.echo(f"next: cd {shlex.quote(str(folder))} && reporter run --sample")


# ---- making a note ---------------------------------------------------------------------------------------------------


@app.command()
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


@app.command()
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


@app.command()
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


@app.command()
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

    moment = _moment(as_of)
    kept = pipeline.stores(desk)
    history = kept.history
    chosen = pipeline.chosen_week(desk, week, moment)
    if collecting:
        with progress() as tell:
            pipeline.collect(desk.round, chosen, kept, tell)
    with output.lock(newsletter.output, _waiting):
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
        typer.echo(str(_near(result.folder / name)))


# ---- looking after it ------------------------------------------------------------------------------------------------


@app.command()
def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What is set up here: versions, fonts, folders, keys, and whether each source answers.

    Exit code 1 where a run would fail: for a library, the fonts, a folder or the history, or as no source answers.
    """
    from reporter import doctor as looking
    from reporter import pipeline

    with reported():
        desk = pipeline.prepare(_newsletter(config))
        found = list(looking.lines(desk, pipeline.chosen_week(desk, None, None)))
        if as_json:
            typer.echo(json.dumps([{**asdict(line), "mark": looking.mark(line)} for line in found], indent=1))
        else:
            _table([(line.group, looking.mark(line), line.what, line.found) for line in found])
            typer.echo(f"\n{looking.summary(found)}")
        if any(line.needed and not line.well for line in found):
            raise typer.Exit(FAILED)


@app.command()
def archive(
    config: ConfigOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is older than --keep and no note needs.")] = False,
    keep: Annotated[str, typer.Option("--keep", help="How much to keep: 3y, 18m, 30w or 90d.")] = "3y",
) -> None:
    """How much the archive holds; with --prune, remove old answers that no published note rests on."""
    from reporter import pipeline

    with reported(), opened(config, False, None) as (desk, _):
        typer.echo(pipeline.pruned(desk, clock.ago(keep)) if prune else pipeline.archived(desk))


# ---- looking inside --------------------------------------------------------------------------------------------------


@app.command()
def facts(
    config: ConfigOption = None,
    week: WeekOption = None,
    sample: SampleOption = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """The catalogue of facts; with --week (or --sample) their values."""
    from reporter import inside

    with reported():
        if week is None and not sample:
            _show(inside.catalogue(), as_json)
            return
        with opened(config, sample, None) as (desk, newsletter):
            _show(inside.facts(desk, newsletter, week, _moment(as_of)), as_json)


@app.command()
def explain(
    what: Annotated[str, typer.Argument(help="A fact (BTC.price_usd), words of a sentence, its number or its rule.")],
    config: ConfigOption = None,
    week: WeekOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Walk a fact or a sentence back to the rule, the rows and the bytes it came from."""
    from reporter import inside

    with reported(), opened(config, sample, edition) as (desk, newsletter):
        _show(inside.explain(desk, newsletter, what, week, _moment(as_of)), as_json)


@rules_app.command()
def lint(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Read all rulebooks and templates and name every mistake."""
    from reporter import inside

    with reported():
        _show(inside.lint(_newsletter(config)), as_json)


@rules_app.command("test")
def test_rules(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Run the cases that stand beside the rules."""
    from reporter import inside

    with reported():
        _show(inside.test_rules(_newsletter(config)), as_json)


@rules_app.command()
def show(
    config: ConfigOption = None,
    week: WeekOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """The rules; with --week (or --sample) what each said that week, or why it was silent."""
    from reporter import inside

    with reported():
        if week is None and not sample:
            _show(inside.rules(_newsletter(config)), as_json)
            return
        with opened(config, sample, edition) as (desk, newsletter):
            _show(inside.said(desk, newsletter, week), as_json)


# ---- printing --------------------------------------------------------------------------------------------------------

COLOURS = {"ok": "green", "!": "yellow", "no": "red"}


def _table(rows: list[tuple[str, str, str, str]]) -> None:
    """Rows of group, mark, name and what was found, below the name of their group; colours on a terminal."""
    width = max(len(name) for _, _, name, _ in rows)
    plain = False if os.environ.get("NO_COLOR") else None
    for group, lines in groupby(rows, key=itemgetter(0)):
        typer.secho(group, bold=True, color=plain)
        for _, mark, name, found in lines:
            typer.echo(f"  {typer.style(f'{mark:<2}', fg=COLOURS[mark])}  {name:<{width}}  {found}", color=plain)


class StandardError(logging.StreamHandler[Any]):
    """Logs to what is standard error now: while bars are drawn there, lines come out above them."""

    def emit(self, record: logging.LogRecord) -> None:
        self.setStream(sys.stderr)
        super().emit(record)


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


# ---- in common -------------------------------------------------------------------------------------------------------


@app.callback(invoke_without_command=True)
def options(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="One line a stage and source.")] = False,
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
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

    newsletter = _newsletter(config)
    if sample:
        newsletter = pipeline.with_sample(newsletter)
        edition = f"{pipeline.SAMPLE}-{edition}" if edition else None
    desk = pipeline.prepare(newsletter, edition)
    with output.lock(newsletter.data, _waiting):
        yield desk, newsletter


def _waiting() -> None:
    typer.echo("another run is at work in this folder; waiting for it", err=True)


def _newsletter(config: Path | None) -> Newsletter:
    from reporter import newsletter

    return newsletter.load(config)


def _moment(text: str | None) -> datetime | None:
    return clock.parse_moment(text) if text else None


def _near(path: Path) -> Path:
    """The path as seen from here, where it lies below."""
    path, here = path.resolve(), Path.cwd().resolve()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _show(view: Any, as_json: bool) -> None:
    """Prints a view as its own lines or as JSON. Raises what it found wrong, after printing."""
    if as_json:
        typer.echo(json.dumps(view.data, ensure_ascii=False, indent=1))
    else:
        for line in view.lines:
            typer.echo(line)
    if view.problem:
        raise view.problem
