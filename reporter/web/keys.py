"""Keys: their names in a request in, their values for the one moment of sending out."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from reporter.model import Fault, Request

SHORTEST = 4  # what is shorter stands in every answer
NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"([!-~]([ -~]*[!-~])?)?")  # visible signs: no line break, nothing that a header cannot hold


@dataclass(frozen=True, slots=True)
class Filled:
    """A request's headers and parameters with the keys in them. Not to be kept, shown or logged."""

    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] = field(repr=False)
    keys: tuple[str, ...] = field(repr=False)


def fill(request: Request) -> Filled | Fault:
    """The request as it is sent, or which key is missing. A key whose name also stands in `params` fills that
    parameter, any other is a header."""
    headers, params = dict(request.headers), dict(request.params)
    values = {variable: os.environ.get(variable, "") for variable in request.secrets.values()}
    for place, variable in request.secrets.items():
        if not values[variable]:
            return Fault("key", f"{variable} is not set")
        if not VALUE.fullmatch(values[variable]):
            return Fault("key", f"{variable} holds a line break or another sign that no key has")
        (params if place in params else headers)[place] = values[variable]
    for name, value in headers.items():
        if not NAME.fullmatch(name) or not VALUE.fullmatch(value):
            return Fault("refused", "one of its headers holds a line break or another sign that no header may have")
    return Filled(headers, params, tuple(values.values()))


def repeats(keys: tuple[str, ...], body: bytes, texts: Mapping[str, str]) -> bool:
    """Whether an answer says a key again, as it is or as addresses and JSON spell it."""
    said = "\n".join((*texts, *texts.values())).casefold()
    forms = {form for key in keys if len(key) >= SHORTEST for form in _spellings(key)}
    return any(form.encode() in body or form.casefold() in said for form in forms)


def _spellings(key: str) -> Iterator[str]:
    yield from (key, quote(key), quote(key, safe=""), quote_plus(key))
    written = json.dumps(key)[1:-1]
    yield from (written, written.replace("/", "\\/"))
