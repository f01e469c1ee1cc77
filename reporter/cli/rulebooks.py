"""The commands that look after rulebooks: their mistakes, their cases, what they said in a week and in all weeks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reporter.cli.opening import loaded, opened, reported
from reporter.cli.options import ConfigOption, EditionOption, JsonOption, SampleOption, WeekOption
from reporter.cli.terminal import near, progress, show_table, show_view


def lint(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Read all rulebooks and templates and name every mistake."""
    from reporter import inside

    with reported():
        show_view(inside.lint(loaded(config)), as_json)


def test(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Run the cases that stand beside the rules."""
    from reporter import inside

    with reported():
        show_view(inside.test_rules(loaded(config)), as_json)


def show(
    config: ConfigOption = None,
    week: WeekOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """The rules; with --week (or --sample) what each said that week, or why it was silent."""
    from reporter import inside
    from reporter.views import said

    with reported():
        if week is None and not sample:
            show_view(inside.rules(loaded(config)), as_json)
            return
        with opened(config, sample, edition) as (desk, newsletter):
            show_view(said.said(desk, newsletter, week), as_json)


def replay(
    config: ConfigOption = None,
    weeks: Annotated[int | None, typer.Option("--weeks", min=1, max=2000, help="Only the last so many weeks.")] = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Also write a page with a map of rules and weeks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write every week of the store again, and say what each rule did in them."""
    from reporter.views import fire_map
    from reporter.views import replay as views

    with reported(), opened(config, sample, edition) as (desk, newsletter):
        with progress() as tell:
            found = views.replayed(desk, newsletter, weeks, tell)
        if html is not None:
            html.write_bytes(fire_map.page(found, f"{desk.imprint.name}, edition {desk.edition}"))
        if not as_json:
            show_table(*views.table(found))
        show_view(views.view(found), as_json)
        if html is not None:
            typer.echo(str(near(html)), err=as_json)
