"""Files that the newsletter brings itself: exports of Coinglass or Farside, a bank's spreadsheet saved as CSV.

In: the bytes of a CSV file and a mapping from the config. Out: observations in base units and UTC, each with its line.
Nothing is guessed: a column, a format or a unit that the mapping does not name is not tried. Terms, delay and time zone
are those that the mapping states.
"""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from reporter import sessions
from reporter.config import NAME, TICKER, Strict
from reporter.errors import ConfigError, nearest
from reporter.model import MARKET, Flaw, Observation, Payload, Request, Series, Unit, Week
from reporter.series import CONVERSIONS, FILE_UNITS, FORMS, units_for

ILLUSTRATIVE = False
MOST_BYTES = 200_000_000
SIZES = (1e-18, 1e18)  # no amount, price or rate of a real market is smaller or larger, zero apart
FIRST_YEAR = 2009  # of the first bitcoin: an earlier time was read in the wrong format
SIGNED = frozenset({"funding", "funding_oi_weighted", "basis", "basis_apr", "etf_flow", "skew_25d"})
TRIAL = datetime(2024, 11, 30, 13, 45, 59, tzinfo=UTC)  # no part of it can be taken for another
UNIX_DIVISORS = {"unix": 1, "unix_ms": 1000}


# ---- the mapping -----------------------------------------------------------------------------------------------------


class Column(Strict):
    """A text column, with the words that stand for ours."""

    column: str
    map: Mapping[str, str] = Field(default_factory=dict)
    only: tuple[str, ...] = ()


def _form(value: Any) -> str:
    return "[column]" if isinstance(value, dict | Column) else "[word]"


# One word for the whole file, or a column that has it. Tags in brackets do not show in what a mistake is called.
Word = Annotated[Annotated[str, Tag("[word]")] | Annotated[Column, Tag("[column]")], Discriminator(_form)]


class Time(Strict):
    """The time column. `formats` are tried in order; a time without an offset is in `zone`."""

    column: str
    formats: tuple[str, ...] = Field(default=("%Y-%m-%d",), min_length=1)
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError(f"{value!r} is no time zone; write one such as UTC or America/New_York") from None
        return value

    @field_validator("formats")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            if one not in UNIX_DIVISORS and not _names_a_moment(one):
                raise ValueError(f"{one!r} is no format of a time; write one such as %Y-%m-%d, unix or unix_ms")
        return value


def _names_a_moment(form: str) -> bool:
    """Whether a format reads the day and hour that it wrote: `%d.%m.` has no year, `%I` alone no half of the day."""
    if "%Z" in form:  # names of zones are known to a machine or not
        return False
    try:
        back = datetime.strptime(TRIAL.strftime(form), form)  # noqa: DTZ007  only day and hour matter
    except (ValueError, re.error):
        return False
    return back.date() == TRIAL.date() and back.hour in (0, TRIAL.hour)


class Value(Strict):
    """One value column: what it measures and in which unit the file has it."""

    measure: str
    column: str
    unit: str

    @model_validator(mode="after")
    def _fits(self) -> Value:
        if self.measure not in FORMS:
            raise ValueError(f"no series measures {self.measure!r}{nearest(self.measure, FORMS)}")
        if self.unit not in FILE_UNITS:
            raise ValueError(f"unknown unit {self.unit!r}; expected one of {', '.join(FILE_UNITS)}")
        if self.unit not in units_for(self.measure):
            raise ValueError(
                f"unit {self.unit!r} does not fit {self.measure!r}; expected {' or '.join(units_for(self.measure))}"
            )
        return self

    def in_base(self, number: float) -> float:
        return CONVERSIONS[self.unit, FORMS[self.measure].unit](number)


class Settings(Strict):
    """The mapping of one file, or of a glob of files of one form."""

    name: str = Field(pattern=NAME)
    use: str = "csv"
    files: str = Field(min_length=1)
    separator: str = Field(default=",", pattern=r'^[^"\r\n]$')
    encoding: str = "utf-8-sig"
    decimal: str = Field(default=".", pattern=r"^[.,]$")
    thousands: str = Field(default="", pattern=r"^[^0-9eE()+-]?$")
    blank: tuple[str, ...] = ("", "-", "n/a", "NA", "null")
    time: Time
    asset: Word
    venue: Word = "all"
    where: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    calendar: str = ""
    values: tuple[Value, ...] = Field(min_length=1)
    cadence_hours: float | None = Field(default=None, ge=1 / 60, le=24 * 7)
    delay_hours: float = Field(default=0.0, ge=0)
    label: str = ""
    terms: str = ""
    strict: bool = False

    @field_validator("encoding")
    @classmethod
    def _text_encoding(cls, value: str) -> str:
        try:
            codecs.decode(b"", value).encode()  # type: ignore[attr-defined]  bytes have none: rot13, zip
        except (LookupError, AttributeError, TypeError, ValueError, OSError):
            raise ValueError(f"{value!r} is no text encoding; write one such as utf-8, utf-16 or latin-1") from None
        return value

    @field_validator("asset")
    @classmethod
    def _asset(cls, value: str | Column) -> str | Column:
        for word in _words(value):
            if word != MARKET and not re.fullmatch(TICKER, word):
                raise ValueError(f"{word!r} is no asset; write a ticker such as BTC, or market")
        return value

    @field_validator("venue")
    @classmethod
    def _venue(cls, value: str | Column) -> str | Column:
        for word in _words(value):
            if not _is_name(word):
                raise ValueError(f"{word!r} is no venue; write a name such as binance, without a slash")
        return value

    @field_validator("where", mode="before")
    @classmethod
    def _one_or_several(cls, value: Any) -> Any:
        return {k: (v,) if isinstance(v, str) else v for k, v in value.items()} if isinstance(value, dict) else value

    @field_validator("calendar")
    @classmethod
    def _calendar(cls, value: str) -> str:
        if value not in ("", "us_etf"):
            raise ValueError(f"unknown calendar {value!r}; expected us_etf, or leave it out")
        return value

    @field_validator("values")
    @classmethod
    def _once(cls, value: tuple[Value, ...]) -> tuple[Value, ...]:
        measures = [one.measure for one in value]
        for measure in measures:
            if measures.count(measure) > 1:
                raise ValueError(f"two columns give {measure!r}; keep one, or make a source of each with its own venue")
        return value

    @model_validator(mode="after")
    def _signs_differ(self) -> Settings:
        if self.decimal == self.thousands:
            raise ValueError(f"'decimal' and 'thousands' are both {self.decimal!r}; one sign cannot be both")
        return self


def _words(part: str | Column) -> Collection[str]:
    """The assets or venues that a mapping names itself."""
    return (part,) if isinstance(part, str) else tuple(part.map.values())


def _is_name(word: str) -> bool:
    """Whether a word can stand in the id of a series."""
    return 0 < len(word) <= 80 and "/" not in word and word.isprintable()


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
            raise ConfigError(f"{name}:1: no column {column!r}{nearest(column, names)}; the header has {shown}")
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
        if not _is_name(word):
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
    found = value.in_base(_number(cell, settings.decimal, settings.thousands))
    if found and not SIZES[0] <= abs(found) <= SIZES[1]:
        raise ValueError(f"{cell[:40]!r} is out of all bounds")
    form = FORMS[value.measure]
    if (found < 0 and value.measure not in SIGNED) or (found == 0 and form.unit == Unit.PRICE):
        raise ValueError(f"{found:g} cannot be: {form.meaning} is never {'negative' if found else 'zero'}")
    if form.unit == Unit.INDEX and found > 100:
        raise ValueError(f"{found:g} cannot be: {form.meaning}")
    return found


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
