"""The commands that look after an installation: what is set up, and how much is kept."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from reporter import clock
from reporter.cli.opening import FAILED, loaded, opened, reported
from reporter.cli.options import ConfigOption, JsonOption
from reporter.cli.terminal import table


def doctor(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What is set up here: versions, fonts, folders, keys, and whether each source answers.

    Exit code 1 where a run would fail: for a library, the fonts, a folder or the history, or as no source answers.
    """
    from reporter import doctor as looking
    from reporter import pipeline

    with reported():
        desk = pipeline.prepare(loaded(config))
        found = list(looking.lines(desk, pipeline.chosen_week(desk, None, None)))
        if as_json:
            typer.echo(json.dumps([{**asdict(line), "mark": looking.mark(line)} for line in found], indent=1))
        else:
            table([(line.group, looking.mark(line), line.what, line.found) for line in found])
            typer.echo(f"\n{looking.summary(found)}")
        if any(line.needed and not line.well for line in found):
            raise typer.Exit(FAILED)


def archive(
    config: ConfigOption = None,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what is older than --keep and no note needs.")] = False,
    keep: Annotated[str, typer.Option("--keep", help="How much to keep: 3y, 18m, 30w or 90d.")] = "3y",
) -> None:
    """How much the archive holds; with --prune, remove old answers that no published note rests on."""
    from reporter import pipeline

    with reported(), opened(config, False, None) as (desk, _):
        typer.echo(pipeline.pruned(desk, clock.ago(keep)) if prune else pipeline.archived(desk))
