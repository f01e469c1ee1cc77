"""The command line: arguments in, one exit code out. What is heavy is imported where it is needed.

Each command is a function of a module; adding one is a function and a line here.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from reporter.cli import inside, making, rulebooks, upkeep
from reporter.cli.options import verbosity

app = typer.Typer(
    help="A weekly market note on crypto derivatives in which every number walks back to the bytes a provider sent.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules_app = typer.Typer(help="Look after the rulebooks.", no_args_is_help=True)

app.callback(invoke_without_command=True)(verbosity)
COMMANDS: tuple[Callable[..., None], ...] = (
    *(making.init, making.run, making.collect, making.build, making.check),
    *(upkeep.doctor, upkeep.archive),
    *(inside.facts, inside.diff, inside.explain),
)
RULES_COMMANDS: tuple[Callable[..., None], ...] = (rulebooks.lint, rulebooks.test, rulebooks.show, rulebooks.replay)
for command in COMMANDS:
    app.command()(command)
for command in RULES_COMMANDS:
    rules_app.command()(command)
app.add_typer(rules_app, name="rules")


def main() -> None:
    """Runs a command and leaves with its exit code."""
    app()
