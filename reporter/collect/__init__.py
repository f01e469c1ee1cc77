"""Sources: each is one module of pure functions. `answers` is what a source without a network says; `parse` reads an
answer."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from pydantic import BaseModel

from reporter import series, sessions, units
from reporter.collect import csv, mapping, sample
from reporter.errors import nearest
from reporter.model import Flaw, Observation, Payload, Request, Series, Week

# The list of sources: adding one is a module and a line here.
SOURCES: Mapping[str, ModuleType] = {"csv": csv, "sample": sample}


class Source(Protocol):
    """What a source module offers."""

    Settings: type[BaseModel]
    ILLUSTRATIVE: bool

    def requests(self, week: Week, settings: Any) -> list[Request]: ...
    def answers(self, request: Request, settings: Any, root: Path) -> Iterator[tuple[Request, bytes, str]]: ...
    def parse(self, payload: Payload, settings: Any) -> Iterator[Observation | Flaw]: ...
    def series(self, settings: Any, ids: Collection[str]) -> Iterator[Series]: ...
    def label(self, settings: Any) -> str: ...
    def terms(self, settings: Any) -> str: ...


def source(use: str) -> Source:
    """The source module a config names with `use`. Raises KeyError with the nearest name for an unknown one."""
    if use not in SOURCES:
        raise KeyError(f"no source is called {use!r}{nearest(use, SOURCES)}")
    return SOURCES[use]


def parser(use: str, settings: BaseModel) -> str:
    """A digest of how a source reads its payloads: of its code, of what that stands on, and of its settings.

    Another one means: read again.
    """
    code = [inspect.getsource(module) for module in (SOURCES[use], mapping, series, sessions, units)]
    return hashlib.sha256("\0".join([*code, settings.model_dump_json()]).encode()).hexdigest()


__all__ = ["SOURCES", "Source", "parser", "source"]
