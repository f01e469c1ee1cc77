"""The commands that look inside a week: its facts, what is other than the week before, and the way back from a fact or
a sentence to the bytes."""

from __future__ import annotations

from typing import Annotated

import typer

from reporter.cli.opening import moment_of, opened, reported
from reporter.cli.options import AsOfOption, ConfigOption, EditionOption, JsonOption, SampleOption, WeekOption
from reporter.cli.terminal import show_view


def facts(
    config: ConfigOption = None,
    week: WeekOption = None,
    sample: SampleOption = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """The catalogue of facts, and which sources give them; with --week (or --sample) their values."""
    from reporter import inside

    with reported():
        if week is None and not sample:
            show_view(inside.catalogue(), as_json)
            return
        with opened(config, sample, None) as (desk, newsletter):
            show_view(inside.facts(desk, newsletter, week, moment_of(as_of)), as_json)


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
        show_view(inside.explain(desk, newsletter, what, week, moment_of(as_of)), as_json)


def diff(
    week: Annotated[str, typer.Argument(help="An ISO week such as 2026-W07, or a day of it.")],
    config: ConfigOption = None,
    edition: EditionOption = None,
    sample: SampleOption = False,
    as_json: JsonOption = False,
) -> None:
    """What is other in a week than in the week before: facts, sentences, headings, gaps."""
    from reporter.views import difference

    with reported(), opened(config, sample, edition) as (desk, newsletter):
        show_view(difference.differing(desk, newsletter, week), as_json)
