"""How live answers are read: a payload in; its JSON, its rows as observations, or the reason why there are none out.

Nothing that a provider sends is trusted: what is not the documented shape is a ParseError, a row that cannot be used is
a Flaw and left out, and no row comes out that was not asked for, is not over yet, or is no finite number.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from reporter.collect.live import Given, given_for
from reporter.errors import ParseError
from reporter.model import Fault, FaultKind, Flaw, Kind, Observation, Payload, Period
from reporter.series import FORMS, impossible

YEARS = (2009, 2100)
SHOWN = 60
JUMP = re.compile(rb"^\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|body|script|\?xml)", re.IGNORECASE)
STATUSES: Mapping[int, tuple[FaultKind, str, bool]] = {
    451: ("blocked", "blocked from this address", False),
    403: ("blocked", "blocked from this address", False),
    401: ("key", "refused the key", False),
    429: ("limited", "asked too often", True),
    418: ("limited", "asked too often", True),
}
NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?", re.ASCII)

Place = tuple[str, str, str]  # measure, asset, venue
Cell = tuple[Place, datetime, float]  # one value of one row, in base units


# ---- an answer that holds no data ------------------------------------------------------------------------------------


def http_fault(status: int, body: bytes) -> Fault | None:
    """What the HTTP status and the look of the body say; None where a provider's own envelope has to be asked.

    A refusal by law or address (451, 403) is final; 429, 418 and the 5xx may pass.
    """
    if status in STATUSES:
        kind, what, retry = STATUSES[status]
        return Fault(kind, f"{what} (HTTP {status})", retry)
    if status >= 500:
        return Fault("down", f"out of order (HTTP {status})", retry=True)
    if is_html(body):
        return Fault("page", "HTML where JSON was due")
    return Fault("refused", f"refused the question (HTTP {status}{_said(body)})") if status >= 400 else None


def _said(body: bytes) -> str:
    """What a JSON error says of itself, cut short."""
    found = envelope(body[:10_000])
    words = (found.get(key) for key in ("msg", "message", "retMsg", "error"))
    message = next((word for word in words if isinstance(word, str) and word), "")
    return f": {plain(message)}" if message else ""


def envelope(body: bytes) -> Mapping[str, Any]:
    """The JSON object that a body is, such as a provider's own error under HTTP 200; empty where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def plain(text: str) -> str:
    """A provider's words for a message of ours: one line, short, without control characters."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 4 * SHOWN]).split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."


def is_html(body: bytes) -> bool:
    return bool(JUMP.match(body[:200]))


# ---- JSON ------------------------------------------------------------------------------------------------------------


def document(payload: Payload) -> Any:
    """The JSON value of a body. Raises ParseError for HTML, for what was cut off, and for NaN and Infinity."""
    if is_html(payload.body):
        raise misread(payload, "HTML where JSON was due")
    try:
        return json.loads(payload.body.decode("utf-8"), parse_constant=_no_number)
    except UnicodeDecodeError:
        raise misread(payload, "the answer is not UTF-8") from None
    except RecursionError:
        raise misread(payload, "the answer is nested without end") from None
    except json.JSONDecodeError as problem:
        place = len(problem.doc[: problem.pos].encode())
        what = "is empty" if not payload.body.strip() else f"is no JSON from byte {place} on; was it cut off?"
        raise misread(payload, f"the answer {what}") from None
    except ValueError as problem:
        raise misread(payload, plain(str(problem))) from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} where a number was due")


def misread(payload: Payload, what: str) -> ParseError:
    return ParseError(f"{payload.request.source}: {payload.request.key}: {what}; it is left out")


def inside(payload: Payload, found: Any, *path: str | int) -> Any:
    """The value at a path of keys and places. Raises ParseError that names the path where it is not there."""
    for index, part in enumerate(path):
        try:
            found = found[part]
        except (KeyError, IndexError, TypeError):
            shown = ".".join(str(step) for step in path[: index + 1])
            raise misread(payload, f"no {shown!r} in the answer; did the provider change its form?") from None
    return found


def listed(payload: Payload, *path: str | int) -> list[Any]:
    """The list at a path of the JSON value. Raises ParseError where there is none."""
    found = inside(payload, document(payload), *path)
    if not isinstance(found, list):
        raise misread(payload, f"{'.'.join(map(str, path)) or 'the answer'} is no list")
    return found


# ---- cells -----------------------------------------------------------------------------------------------------------


def number(value: object) -> float:
    """A finite number, written as one or as text. Raises ValueError for anything else; a blank is no zero."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{_shown(value)} is no number")
    if isinstance(value, str) and not NUMBER.fullmatch(value.strip()):
        raise ValueError(f"{_shown(value)} is no number")
    try:
        found = float(value)
    except OverflowError:
        raise ValueError("a number out of all bounds") from None
    if not math.isfinite(found):
        raise ValueError(f"{_shown(value)} is not finite")
    return found


def optional(value: object) -> float | None:
    """The number, or None where the cell is blank or null: not reported, which is not zero."""
    return None if value is None or (isinstance(value, str) and value.strip() in ("", "-")) else number(value)


def milliseconds(value: object) -> datetime:
    """The instant of a stamp in milliseconds, to the second. Raises ValueError outside the years of this market."""
    return _moment(number(value) / 1000, value)


def seconds(value: object) -> datetime:
    """The instant of a stamp in seconds. Raises ValueError outside the years of this market: another unit."""
    return _moment(number(value), value)


def _moment(since_1970: float, value: object) -> datetime:
    try:
        at = datetime.fromtimestamp(int(since_1970), UTC)
    except (OverflowError, OSError, ValueError):
        raise ValueError(f"{_shown(value)} is no time") from None
    if not YEARS[0] <= at.year < YEARS[1]:
        raise ValueError(f"{_shown(value)} is no time of this market: {at:%Y-%m-%d}")
    return at


def _shown(value: object) -> str:
    return plain(repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__)


# ---- rows ------------------------------------------------------------------------------------------------------------


def observations(
    payload: Payload,
    rows: Iterable[Any],
    read: Callable[[Any], Iterable[Cell]],
    gives: Mapping[str, Given],
) -> Iterator[Observation | Flaw]:
    """One observation for each cell of each row, ordered as it came; a row that cannot be used is a Flaw.

    Left out without a word: what lies outside the asked period, an interval that is not over when it was fetched, and a
    value that repeats one of the same moment. `gives` has the length of an interval, as for `live.series`.
    """
    seen: dict[tuple[str, datetime], float] = {}
    for index, row in enumerate(rows, 1):
        try:
            cells = list(read(row))
        except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as problem:
            yield flaw(payload, index, problem)
            continue
        for (measure, asset, venue), at, value in cells:
            key = (f"{measure}/{asset}/{venue}/{payload.request.source}", at)
            if not _wanted(payload, at, given_for(key[0], gives), measure):
                continue
            if what := impossible(measure, value) or _second(seen, key, value):
                yield flaw(payload, index, ValueError(what))
            elif key not in seen:
                seen[key] = value
                yield Observation(*key, value, payload.id)


def flaw(payload: Payload, index: int, problem: Exception) -> Flaw:
    """A row that is left out, named by its place."""
    missing = isinstance(problem, KeyError | IndexError)
    what = f"no {problem.args[0]!r}" if isinstance(problem, KeyError) else "too short" if missing else str(problem)
    return Flaw(f"{payload.request.source}: {payload.request.key}: row {index}", plain(what))


def within(period: Period | None, at: datetime, kind: Kind = Kind.INTERVAL) -> bool:
    """Whether a moment was asked for: an interval by its start, an instant up to the period's very end."""
    if period is None:
        return True
    return period.start <= at and (at < period.end or (kind != Kind.INTERVAL and at == period.end))


def _wanted(payload: Payload, at: datetime, given: Given, measure: str) -> bool:
    kind = given.kind or FORMS[measure].kind
    settled = measure == "funding" or kind != Kind.INTERVAL  # funding is stamped when it is settled
    over = at if settled else at + given.cadence
    return within(payload.request.period, at, kind) and over <= payload.fetched_at


def _second(seen: Mapping[tuple[str, datetime], float], key: tuple[str, datetime], value: float) -> str:
    if seen.get(key, value) == value:
        return ""
    return f"a second value for {key[0].split('/')[0]} at {key[1]:%Y-%m-%d %H:%M}"


def full_page(rows: Sequence[Any], limit: int) -> bool:
    """Whether an answer is as long as a page may be, so that there may be another."""
    return len(rows) >= limit
