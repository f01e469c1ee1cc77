"""What a config says of a CSV file: which column is what, in which unit, format and time zone. All of it is checked
before the first file is opened."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator, model_validator

from reporter.config import NAME, TICKER, Strict
from reporter.errors import nearest
from reporter.model import MARKET
from reporter.series import FILE_UNITS, FORMS, units_for

UNIX_DIVISORS: Mapping[str, int] = {"unix": 1, "unix_ms": 1000}
TRIAL = datetime(2024, 11, 30, 13, 45, 59, tzinfo=UTC)  # no part of it can be taken for another
SIGNS: Mapping[str, tuple[str, str]] = {
    "separator": (r'[^"\r\n]', "one character, such as , or ;"),
    "decimal": (r"[.,]", ". or ,"),
    "thousands": (r"[^0-9eE()+-]?", "one character such as , or nothing"),
}


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


class Settings(Strict):
    """The mapping of one file, or of a glob of files of one form."""

    name: str = Field(pattern=NAME)
    use: str = "csv"
    files: str = Field(min_length=1)
    separator: str = ","
    encoding: str = "utf-8-sig"
    decimal: str = "."
    thousands: str = ""
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
    rolling: bool = False

    @field_validator("separator", "decimal", "thousands")
    @classmethod
    def _sign(cls, value: str, info: ValidationInfo) -> str:
        pattern, expected = SIGNS[str(info.field_name)]
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value!r} cannot be it; expected {expected}")
        return value

    @field_validator("encoding")
    @classmethod
    def _text_encoding(cls, value: str) -> str:
        try:
            b"x".decode(value)
        except UnicodeDecodeError:
            return value  # it is one, of which a single byte is half a letter
        except (LookupError, ValueError):
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
            if not is_name(word):
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


def is_name(word: str) -> bool:
    """Whether a word can stand in the id of a series."""
    return 0 < len(word) <= 80 and "/" not in word and word.isprintable()
