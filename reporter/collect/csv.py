"""Files that the newsletter brings itself: exports of Coinglass or Farside, a bank's spreadsheet saved as CSV.

In: the bytes of a CSV file and a mapping from the config. Out: observations in base units and UTC, each with its line.
Nothing is guessed: a column, a format or a unit that the mapping does not name is not tried. Terms, delay and time zone
are those that the mapping states.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from reporter import sessions
from reporter.collect.mapping import UNIX_DIVISORS, Column, Settings, Value, is_name
from reporter.errors import ConfigError, nearest
from reporter.model import Flaw, Observation, Payload, Request, Series, Week
from reporter.series import CONVERSIONS, FORMS, impossible

ILLUSTRATIVE = False
GIVES = tuple(FORMS)  # whatever a mapping names
MOST_BYTES = 200_000_000
FIRST_YEAR = 2009  # of the first bitcoin: an earlier time was read in the wrong format


# ---- a file into observations ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Table:
    """A file that is being read: where each named column stands, and the values it gave so far."""

    name: str
    payload_id: str
    settings: Settings
    width: int
    places: Mapping[str, int]
    seen: dict[tuple[str, datetime], float] = field(default_factory=dict)


def requests(week: Week, settings: Settings) -> list[Request]:
    """One request for the glob; the pipeline asks the folder which files it means."""
    return [Request(settings.name, key=settings.files, url=f"file:{settings.files}")]


def series(settings: Settings, ids: Collection[str]) -> Iterator[Series]:
    """The series that were found in the file, as the mapping describes them."""
    delay = timedelta(hours=settings.delay_hours)
    for one in sorted(ids):
        form = FORMS[one.split("/", 1)[0]]
        cadence = timedelta(hours=settings.cadence_hours) if settings.cadence_hours else form.cadence
        yield Series(one, form.unit, form.kind, cadence, delay, label(settings), settings.terms)


def label(settings: Settings) -> str:
    """How a reader is told where the numbers come from."""
    return settings.label or settings.name


def terms(settings: Settings) -> str:
    return settings.terms


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """One observation for each row and value column; a blank cell yields nothing, a bad one a Flaw with file, line and
    column.

    Raises ConfigError where the file is no such table: not readable text, or without a column that the mapping names.
    """
    name = payload.request.key
    rows = _rows(_text(payload.body, settings, name), settings, name)
    _, header = next(rows, (1, []))
    table = Table(name, payload.id, settings, len(header), _places(header, settings, name))
    for line, row in rows:
        if any(cell.strip() for cell in row):
            yield from _read(row, line, table)


def _text(body: bytes, settings: Settings, name: str) -> str:
    try:
        return body.decode(settings.encoding).removeprefix("\ufeff")
    except UnicodeError as problem:
        where = f"byte {problem.start}" if isinstance(problem, UnicodeDecodeError) else "the file"
        raise ConfigError(
            f"{name}: {where} is not {settings.encoding}; set 'encoding' of source {settings.name!r}"
        ) from None


def _rows(text: str, settings: Settings, name: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it begins on: a quoted cell may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=settings.separator, strict=True)
    line = 1
    try:
        for row in reader:
            yield line, row
            line = reader.line_num + 1
    except csv.Error as problem:
        raise ConfigError(f"{name}:{line}: not a CSV table ({problem}); check 'separator' and quotes") from None


def _places(header: Sequence[str], settings: Settings, name: str) -> Mapping[str, int]:
    names = [cell.strip() for cell in header]
    wanted = [settings.time.column, *settings.where, *(v.column for v in settings.values)]
    wanted += [c.column for c in (settings.asset, settings.venue) if isinstance(c, Column)]
    for column in wanted:
        if column not in names:
            shown = ", ".join(names[:12]) or "nothing"
            signs = [sign for sign in ";\t|," if sign in shown] if len(names) == 1 else []
            hint = f" in one cell; set 'separator' to {signs[0]!r}" if signs else ""
            raise ConfigError(f"{name}:1: no column {column!r}{nearest(column, names)}; the header has {shown}{hint}")
        if names.count(column) > 1:
            raise ConfigError(f"{name}:1: the column {column!r} stands twice; rename one of them in the file")
    return {column: names.index(column) for column in wanted}


def _read(row: Sequence[str], line: int, table: Table) -> Iterator[Observation | Flaw]:
    place, settings = f"{table.name}:{line}", table.settings
    if problem := _misshapen(row, table):
        yield Flaw(place, problem)
        return
    cells = {column: row[at].strip() for column, at in table.places.items()}
    asset, venue = _word(cells, settings.asset), _word(cells, settings.venue)
    if asset is None or venue is None or any(cells[c] not in allowed for c, allowed in settings.where.items()):
        return
    for word, what in ((asset, "asset"), (venue, "venue")):
        if not is_name(word):
            yield Flaw(place, f"{word[:40]!r} is no {what}")
            return
    time = settings.time
    at = _moment(cells[time.column], time.formats, time.zone)
    if at is None:
        shown = " or ".join(time.formats)
        yield Flaw(f"{place}: column {time.column!r}", f"{cells[time.column][:40]!r} is no time of the form {shown}")
        return
    for value in settings.values:
        key = f"{value.measure}/{asset}/{venue}/{settings.name}", at
        try:
            found = _value(cells[value.column], value, settings)
            if found is not None and _is_new(found, value, key, table):
                table.seen[key] = found
                yield Observation(*key, found, table.payload_id, line)
        except ValueError as problem:
            yield Flaw(f"{place}: column {value.column!r}", str(problem))


def _misshapen(row: Sequence[str], table: Table) -> str:
    """What is wrong with the number of cells: one too many shifts the others, one too few was cut off."""
    if any(cell.strip() for cell in row[table.width :]):
        return f"{len(row)} cells where the header has {table.width}; is one split by a {table.settings.separator!r}?"
    if len(row) <= max(table.places.values()):
        return f"only {len(row)} of {table.width} cells"
    return ""


def _word(cells: Mapping[str, str], part: str | Column) -> str | None:
    """The asset or venue of a row; None where the mapping leaves the row out."""
    if isinstance(part, str):
        return part
    word = cells[part.column]
    if part.only and word not in part.only:
        return None
    return part.map.get(word, word)


@lru_cache(maxsize=100_000)
def _moment(text: str, formats: tuple[str, ...], zone: str) -> datetime | None:
    for one in formats:
        try:
            at = _unix(text, UNIX_DIVISORS[one]) if one in UNIX_DIVISORS else _local(text, one, zone)
        except (ValueError, OverflowError, OSError):
            continue
        if at.year >= FIRST_YEAR:
            return at
    return None


def _unix(text: str, divisor: int) -> datetime:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        raise ValueError("no number")
    return datetime.fromtimestamp(float(text) / divisor, UTC)


def _local(text: str, form: str, zone: str) -> datetime:
    at = datetime.strptime(text, form)  # noqa: DTZ007  the zone follows
    return (at.replace(tzinfo=ZoneInfo(zone)) if at.tzinfo is None else at).astimezone(UTC)


def _value(cell: str, value: Value, settings: Settings) -> float | None:
    """The number in base units, None for a blank cell. Raises ValueError with what is wrong."""
    if cell in settings.blank:
        return None
    found = _in_base(_number(cell, settings.decimal, settings.thousands), value)
    if problem := impossible(value.measure, found):
        raise ValueError(problem)
    return found


def _in_base(number: float, value: Value) -> float:
    return CONVERSIONS[value.unit, FORMS[value.measure].unit](number)


def _number(cell: str, decimal: str, thousands: str) -> float:
    """The number that a cell writes; one in parentheses is negative, as accountants have it."""
    inner = cell[1:-1] if cell.startswith("(") and cell.endswith(")") else ""
    plain = inner or cell
    if not _written(decimal, thousands).fullmatch(plain) or inner.startswith(("+", "-")):
        raise ValueError(f"{cell[:40]!r} is no number")
    number = float((plain.replace(thousands, "") if thousands else plain).replace(decimal, "."))
    return -number if inner else number


@lru_cache
def _written(decimal: str, thousands: str) -> re.Pattern[str]:
    """Numbers as a file writes them: `1.234,5` has groups of three before its decimal comma, `1.5` has not."""
    point, group = re.escape(decimal), re.escape(thousands)
    whole = f"(?:[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+)" if thousands else "[0-9]+"
    return re.compile(rf"[+-]?(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+)(?:[eE][+-]?[0-9]+)?")


def _is_new(found: float, value: Value, key: tuple[str, datetime], table: Table) -> bool:
    """Whether this is a value that the file has not given yet. Raises ValueError where it contradicts the calendar or
    an earlier row."""
    name, at = key
    if table.settings.calendar and not _in_session(name.split("/")[1], at.date()):
        if found:
            day = f"{at:%Y-%m-%d}"
            raise ValueError(f"{found:g} on {day}, a day without a session of US exchanges or before a fund's launch")
        return False
    if table.seen.get(key, found) != found:
        raise ValueError(f"a second value for {name} at {at:%Y-%m-%d %H:%M}")
    return key not in table.seen


def _in_session(asset: str, day: date) -> bool:
    return bool(sessions.flow_sessions(asset, day, day + timedelta(days=1)))


# ---- a folder into files ---------------------------------------------------------------------------------------------


def answers(request: Request, settings: Settings, root: Path) -> Iterator[tuple[Request, bytes, str]]:
    """The files a mapping means, each as an answer of its own. Raises ConfigError where there is none or one cannot be
    read."""
    pattern = _expand(settings)
    folder, wild = _split(pattern, root)
    try:
        found = [path for path in folder.glob(wild) if _is_meant(path)] if wild else [folder] * folder.is_file()
    except (ValueError, OSError) as problem:
        raise ConfigError(f"source {settings.name!r}: 'files' {pattern!r} is no pattern ({problem}); mend it") from None
    if not found:
        expected = f"expected a CSV file there, relative to {root.name}/config.yaml"
        raise ConfigError(f"source {settings.name!r}: no file {pattern}; {expected}")
    for path in sorted(found):
        key = path.relative_to(folder).as_posix() if wild else path.name
        yield replace(request, key=key, url=f"file:{key}"), _bytes(path, settings), "text/csv"


def _is_meant(path: Path) -> bool:
    """Whether a glob means this path: a file, and none of those that other programs hide beside their own."""
    return path.is_file() and not path.name.startswith(".")


def _bytes(path: Path, settings: Settings) -> bytes:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"source {settings.name!r}: {path.name} has more than {MOST_BYTES:,} bytes; split it")
        return path.read_bytes()
    except OSError as problem:
        raise ConfigError(f"source {settings.name!r}: {path.name} cannot be read ({problem.strerror})") from None


def _split(pattern: str, root: Path) -> tuple[Path, str]:
    """The folder before the first wildcard, and the pattern from there on; the file itself where there is no
    wildcard."""
    parts = Path(pattern).parts
    for index, part in enumerate(parts):
        if any(sign in part for sign in "*?["):
            return root.joinpath(*parts[:index]), str(Path(*parts[index:]))
    return root / pattern, ""


def _expand(settings: Settings) -> str:
    """`${NAME}` and `${NAME:-default}` from the environment; a relative folder named there is relative to where we
    stand."""

    def fill(match: re.Match[str]) -> str:
        name, default = match[1], match[2]
        if value := os.environ.get(name):
            return str(Path(value).resolve())
        if default is None:
            where = f"source {settings.name!r}: 'files'"
            raise ConfigError(f"{where} names the environment variable {name}, which is not set; set it")
        return str(default)

    return re.sub(r"\$\{(\w+)(?::-([^}]*))?\}", fill, settings.files)


__all__ = ["ILLUSTRATIVE", "Settings", "answers", "label", "parse", "requests", "series", "terms"]
