"""Farside's pages as a person saved them: HTML files with the table of flows in; net flows in dollars out.

In: a file for each asset, saved from farside.co.uk in a browser. Out: what `farside` reads on such a page, with the
same traps guarded. Terms and label are those of the settings. A page shows the last weeks only, so that what a newer
file no longer has stays as it was (`rolling`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from pydantic import Field, field_validator

from reporter.collect import farside, flows
from reporter.config import NAME, Line, Strict, Ticker
from reporter.errors import ConfigError, ParseError
from reporter.model import Flaw, Observation, Payload, Request, Series, Week
from reporter.series import FORMS

ILLUSTRATIVE = False
GIVES = flows.GIVES


class Settings(Strict):
    """`pages` names the file of each asset, from the folder of the config on."""

    name: str = Field(pattern=NAME)
    use: str = "farside-file"
    pages: Mapping[Ticker, Line] = Field(min_length=1)
    label: str = farside.LABEL
    terms: str = farside.TERMS
    strict: bool = False
    rolling: bool = True

    @field_validator("pages")
    @classmethod
    def _are_files(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        for page in value.values():
            if "://" in page:
                raise ValueError("expected the path of a saved page; use farside for an address")
        return value


def requests(week: Week, settings: Settings) -> list[Request]:
    """One request for each asset's file."""
    return [
        Request(settings.name, key=f"flows/{asset}", url=f"file:{Path(page).name}")
        for asset, page in settings.pages.items()
    ]


def answers(request: Request, settings: Settings, root: Path) -> Iterator[tuple[Request, bytes, str]]:
    """The bytes of the asset's file. Raises ConfigError where it is not there or cannot be read."""
    path = root / settings.pages[request.key.partition("/")[2]]
    where = f"source {settings.name!r}: {path.name}"
    try:
        if path.stat().st_size > farside.MOST_BYTES:
            raise ConfigError(f"{where} has more than {farside.MOST_BYTES:,} bytes; is it one page of Farside?")
        body = path.read_bytes()
    except (OSError, ValueError) as problem:
        what = getattr(problem, "strerror", None) or "no path"
        expected = f"expected a page saved from farside.co.uk, relative to {root.name}/config.yaml"
        raise ConfigError(f"{where} cannot be read ({what}); {expected}") from None
    yield request, body, "text/html"


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """One observation for each final session, in dollars. Raises ConfigError where the file is no such page."""
    try:
        yield from farside.parse(payload, settings)
    except ParseError as problem:
        line = str(problem).removesuffix("; it is left out")
        raise ConfigError(f"{line}; save {payload.request.url.removeprefix('file:')} anew") from None


def series(settings: Settings, ids: Collection[str]) -> Iterator[Series]:
    """The series that were found on the pages."""
    form, given = FORMS["etf_flow"], flows.GIVES["etf_flow"]
    for one in sorted(ids):
        yield Series(one, form.unit, form.kind, given.cadence, given.delay, label(settings), settings.terms)


def label(settings: Settings) -> str:
    """How a reader is told where the numbers come from."""
    return settings.label or settings.name


def terms(settings: Settings) -> str:
    return settings.terms
