"""What can go wrong, as one complete line each: where, what happened, what was expected or is nearest, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence


class ReporterError(Exception):
    """A line for the person at the terminal; `str(error)` says all of it."""


class AuthorError(ReporterError):
    """A mistake in what the author wrote: stops the run before the first request, with exit code 2."""


class ConfigError(AuthorError):
    """config.yaml, a mapping or a command-line value cannot be used as it stands."""


class RuleError(AuthorError):
    """A rulebook, the outline or a template cannot be used as it stands."""


class SourceError(ReporterError):
    """A source did not answer, or refused."""


class ParseError(ReporterError):
    """A payload is not what its provider's documentation promises."""


class StoreError(ReporterError):
    """The archive, the history or the output folder cannot be read or written."""


class RenderError(ReporterError):
    """A page could not be made from a note."""


class CheckError(ReporterError):
    """The finished note contradicts its facts, or lacks what must stand in it."""


class MissingError(ReporterError):
    """A required fact is missing, or too few key points can be written: exit code 3."""


class Several(AuthorError):
    """All of the author's mistakes at once, a line each."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


def nearest(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'assets'?` for the closest of `known`, or an empty text where nothing is close."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]!r}?" if close else ""
