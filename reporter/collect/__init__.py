"""Sources: each is one module of pure functions. What a source is asked and how its answer is read are two functions;
between them the pipeline fetches and keeps the bytes."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol, cast

from pydantic import BaseModel

from reporter import series, sessions, units
from reporter.collect import farside, flows, live, mapping, reading
from reporter.collect.live import Given
from reporter.errors import nearest
from reporter.model import Fault, Flaw, Item, Kind, Observation, Payload, Request, Series, Week

# The list of sources: adding one is a module and a line here.
SOURCES: Mapping[str, str] = {
    "csv": "reporter.collect.csv",
    "sample": "reporter.collect.sample",
    "alternative-me": "reporter.collect.alternative_me",
    "binance": "reporter.collect.binance",
    "binance-spot": "reporter.collect.binance_spot",
    "bybit": "reporter.collect.bybit",
    "coinalyze": "reporter.collect.coinalyze",
    "coinbase": "reporter.collect.coinbase",
    "coingecko": "reporter.collect.coingecko",
    "coinglass": "reporter.collect.coinglass",
    "deribit": "reporter.collect.deribit",
    "farside": "reporter.collect.farside",
    "farside-file": "reporter.collect.farside_file",
    "gate": "reporter.collect.gate",
    "hyperliquid": "reporter.collect.hyperliquid",
    "news": "reporter.collect.news",
    "okx": "reporter.collect.okx",
    "sosovalue": "reporter.collect.sosovalue",
}
READING = (farside, flows, live, mapping, reading, series, sessions, units)  # what the sources' own code stands on


class Source(Protocol):
    """What every source module offers."""

    Settings: type[BaseModel]

    def requests(self, week: Week, settings: Any) -> list[Request]: ...
    def parse(self, payload: Payload, settings: Any) -> Iterator[Observation | Flaw | Item]: ...


class LocalSource(Source, Protocol):
    """A source without a network: `answers` gives the bytes of a request. Its data may be simulated."""

    ILLUSTRATIVE: bool
    GIVES: Collection[str]

    def answers(self, request: Request, settings: Any, root: Path) -> Iterator[tuple[Request, bytes, str]]: ...
    def series(self, settings: Any, ids: Collection[str]) -> Iterator[Series]: ...
    def label(self, settings: Any) -> str: ...
    def terms(self, settings: Any) -> str: ...


class LiveSource(Source, Protocol):
    """A source on the network. It may also name the next page: `more(payload, settings)`, a request or None; and, as
    `LISTS`, the lists that it gives, by their names as evidence."""

    LABEL: str
    TERMS: str
    GIVES: Mapping[str, Given]

    def fault(self, status: int, body: bytes) -> Fault | None: ...
    def provides(self, settings: Any) -> Iterator[str]: ...


def source(use: str) -> Source:
    """The source module a config names with `use`; one with a dot in it is a module of the newsletter's own.

    Raises KeyError with the nearest name for an unknown one, and for a module that is no source.
    """
    own = "." in use and all(part.isidentifier() for part in use.split("."))
    path = SOURCES.get(use, use if own else "")
    if not path:
        raise KeyError(f"no source is called {use!r}{nearest(use, SOURCES)}")
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as problem:
        raise KeyError(f"no module is called {problem.name!r}; is it installed where reporter runs?") from None
    if lacks := ", ".join(name for name in ("Settings", "requests", "parse") if not hasattr(module, name)):
        raise KeyError(f"the module {use!r} is no source; add {lacks} to it, or name another")
    return cast(Source, module)


def is_live(module: Source) -> bool:
    """Whether a source has to be asked over the network."""
    return not hasattr(module, "answers")


def described(module: Source, settings: Any, found: Sequence[Observation]) -> tuple[Series, ...]:
    """The series of some observations of a source."""
    if is_live(module):
        one = cast(LiveSource, module)
        return tuple(live.series(settings, one.LABEL, one.TERMS, one.GIVES, found))
    return tuple(cast(LocalSource, module).series(settings, {each.series for each in found}))


def label(module: Source, settings: Any) -> str:
    """How a reader is told where the numbers come from."""
    if is_live(module):
        return settings.label or cast(LiveSource, module).LABEL
    return cast(LocalSource, module).label(settings)


def terms(module: Source, settings: Any) -> str:
    return cast(LiveSource, module).TERMS if is_live(module) else cast(LocalSource, module).terms(settings)


def provides(module: Source, settings: Any) -> Iterator[str]:
    """The series with a past that a source on the network is there for; a file has what it has."""
    if is_live(module):
        one = cast(LiveSource, module)
        yield from (name for name in one.provides(settings) if live.kind(name, one.GIVES) != Kind.SNAPSHOT)


def gives(use: str, by_venue: bool = False) -> frozenset[str]:
    """The measures that a source may give with a past, and its lists, by name; or the measures that it lists by venue
    at the moment of asking. A file of one's own may give any measure, and no list."""
    module = cast("LiveSource | LocalSource", source(use))
    kinds = ((name.partition("/")[0], _kind(name, module.GIVES)) for name in module.GIVES)
    found = {measure for measure, kind in kinds if (kind == Kind.SNAPSHOT) == by_venue}
    return frozenset(found if by_venue else found.union(getattr(module, "LISTS", ())))


def _kind(name: str, given: Collection[str]) -> Kind:
    own = given[name].kind if isinstance(given, Mapping) else None
    return own or series.FORMS[name.partition("/")[0]].kind


def givers(name: str, by_venue: bool = False) -> tuple[str, ...]:
    """The sources there are for a measure or a list, in the order of the registry; none for a name that is neither."""
    return tuple(use for use in SOURCES if name in gives(use, by_venue))


def parser(use: str, settings: BaseModel) -> str:
    """A digest of how a source reads its payloads: of its code, of what that stands on, and of its settings.

    Another one means: read again. How often a source is asked, and where, says nothing of how it is read.
    """
    read_by = settings.model_dump_json(exclude={"base_url", "pace_seconds"})
    return hashlib.sha256(f"{_code(use)}\0{read_by}".encode()).hexdigest()


@lru_cache
def _code(use: str) -> str:
    """The source text that reads a source's answers: of its module or package, and of what all of them stand on."""
    own = cast(ModuleType, source(use))
    parts = [f"{own.__name__}.{part.name}" for part in pkgutil.iter_modules(getattr(own, "__path__", []))]
    return "\0".join(inspect.getsource(module) for module in (own, *map(importlib.import_module, parts), *READING))


__all__ = [
    "SOURCES",
    "LiveSource",
    "LocalSource",
    "Source",
    "described",
    "givers",
    "gives",
    "is_live",
    "label",
    "parser",
    "provides",
    "source",
    "terms",
]
