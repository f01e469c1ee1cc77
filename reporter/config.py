"""config.yaml as checked settings: every mistake in it is found at once and named with file and line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from reporter import strict_yaml
from reporter.errors import ConfigError, Several, nearest
from reporter.model import LEAD, MARKET
from reporter.series import FORMS
from reporter.spelling import AMERICAN, LANGUAGES
from reporter.strict_yaml import Document

Model = TypeVar("Model", bound=BaseModel)
TICKER = r"^[A-Z0-9]{1,12}$"
NAME = r"^[a-z0-9][a-z0-9_-]{0,60}$"
ADDRESS = r"https?://[^\s/@]+(/\S*)?"
LONGEST_SHOWN = 19
MOST_HOURS = 8784  # of freshness: a year, and more than any fact looks back

# What pydantic finds wrong, in the words of somebody who writes YAML. None repeats the value: it may hold a key.
WORDS: Mapping[str, str] = {
    "string_type": "expected text; put it in quotes",
    "string_too_short": "may not be empty",
    "string_too_long": "longer than {max_length} characters",
    "tuple_type": "expected a list such as [a, b]",
    "too_short": "expected at least one",
    "dict_type": "expected keys and values below it",
    "mapping_type": "expected keys and values below it",
    "model_type": "expected keys and values below it",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
    "greater_than": "expected more than {gt:g}",
    "greater_than_equal": "expected {ge:g} or more",
    "less_than_equal": "expected {le:g} or less",
}


def shown(value: str) -> str:
    """The value quoted for a message; what is too long to be the plain word it should be may hold a key."""
    return repr(value) if len(value) <= LONGEST_SHOWN else "this text"


def _ticker(value: str) -> str:
    if not re.fullmatch(TICKER, value):
        raise ValueError(f"{shown(value)} is no ticker; write it as in BTC")
    return value


def _measure(value: str) -> str:
    if value not in FORMS:
        raise ValueError(f"no series measures {shown(value)}{nearest(value, FORMS)}")
    return value


def _printable(value: str) -> str:
    if not value.isprintable():
        raise ValueError("expected one line of plain text")
    return value


def _folder(value: str) -> str:
    if not value.isprintable() or value != value.strip() or value.startswith("~"):
        raise ValueError("expected the path of a folder, from the config's own or in full ('~' is not expanded)")
    return value


Ticker = Annotated[str, AfterValidator(_ticker)]
MeasureName = Annotated[str, AfterValidator(_measure)]
Folder = Annotated[str, Field(min_length=1), AfterValidator(_folder)]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120), AfterValidator(_printable)
]


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Imprint(Strict):
    """Who publishes the note."""

    name: Line
    publisher: Line
    language: str = AMERICAN
    url: str = ""

    @field_validator("language")
    @classmethod
    def _written(cls, value: str) -> str:
        if value not in LANGUAGES:
            alike = [known for known in LANGUAGES if known.lower() == value.lower().replace("_", "-")]
            hint = nearest(value, alike or LANGUAGES) or f"; use {' or '.join(LANGUAGES)}"
            raise ValueError(f"{shown(value)} is not written yet{hint}")
        return value

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(ADDRESS, value):
            raise ValueError("expected the address of a page such as https://example.com")
        return value


class Freshness(Strict):
    """How long before the week's end a series' newest value may be: longer than `warn_hours` and the note says so,
    longer than `error_hours` and the value counts as missing."""

    warn_hours: float = Field(ge=0, le=MOST_HOURS, strict=True)
    error_hours: float = Field(ge=0, le=MOST_HOURS, strict=True)

    @field_validator("error_hours")
    @classmethod
    def _is_later(cls, value: float, info: ValidationInfo) -> float:
        if value < info.data.get("warn_hours", 0):
            raise ValueError("expected no less than 'warn_hours'")
        return value


class Patience(Strict):
    """How long the network is waited for, in seconds, and how often one question is asked."""

    read_seconds: float = Field(default=20.0, gt=0, le=600, strict=True)
    question_seconds: float = Field(default=60.0, gt=0, le=3600, strict=True)
    overall_seconds: float = Field(default=900.0, gt=0, le=86_400, strict=True)
    tries: int = Field(default=4, ge=1, le=10, strict=True)


class Config(Strict):
    """The whole file. `sources` keeps each source's own settings as they stand: the source checks them."""

    newsletter: Imprint
    assets: tuple[Ticker, ...] = Field(min_length=1)
    lead_asset: str = Field(default="BTC", validate_default=True)
    edition: str = Field(default="weekly", pattern=NAME)
    publication_lag_hours: float = Field(default=14.0, ge=0, le=7 * 24, strict=True)
    required: tuple[str, ...] = ()
    venues: Mapping[MeasureName, tuple[str, ...]] = Field(default_factory=dict)
    order: Mapping[MeasureName, Annotated[tuple[str, ...], Field(min_length=1)]] = Field(default_factory=dict)
    freshness: Mapping[MeasureName, Freshness] = Field(default_factory=dict)
    patience: Patience = Patience()
    data: Folder = "data"
    output: Folder = "output"
    sources: Mapping[str, Mapping[str, Any]] = Field(min_length=1)

    @field_validator("assets")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({ticker for ticker in value if value.count(ticker) > 1}):
            raise ValueError(f"{', '.join(twice)} stands twice; remove one")
        return value

    @field_validator("lead_asset")
    @classmethod
    def _is_listed(cls, value: str, info: ValidationInfo) -> str:
        assets = info.data.get("assets")
        if assets is not None and value not in assets:
            raise ValueError(f"{shown(value)} is not one of the assets ({', '.join(assets)}); name the one that leads")
        return value

    @field_validator("output")
    @classmethod
    def _holds_no_data(cls, value: str, info: ValidationInfo) -> str:
        """What lies in `output` is served as it is: archive and history may not lie in it."""
        data, output = (posixpath.normpath(path) for path in (info.data.get("data", "data"), value))
        if output in (".", data) or data.startswith(f"{output}/"):
            raise ValueError(f"'data' ({shown(data)}) would be published with it; give each a folder of its own")
        return value

    @property
    def lag(self) -> timedelta:
        return timedelta(hours=self.publication_lag_hours)

    def required_keys(self) -> tuple[tuple[str, str], ...]:
        """The `(subject, name)` of each required fact; `lead` is the lead asset."""
        pairs = (key.partition(".") for key in self.required)
        return tuple((self.lead_asset if subject == LEAD else subject, name) for subject, _, name in pairs)


def load(path: Path) -> tuple[Config, Document]:
    """The settings and the document they came from. Raises ConfigError or Several."""
    document = strict_yaml.load(path)
    if not isinstance(document.data, dict):
        raise ConfigError(f"{document.name}: expected keys such as 'newsletter', 'assets' and 'sources'")
    config, mistakes = check(Config, document.data, document)
    if config is None:
        raise Several(mistakes)
    return config, document


def check(model: type[Model], data: object, document: Document, *path: str | int) -> tuple[Model | None, list[str]]:
    """The validated record, or None and a line for each mistake under `path` of the document."""
    try:
        return model.model_validate(data), []
    except ValidationError as problem:
        return None, [_line(model, error, document, path) for error in problem.errors()]


def _line(model: type[BaseModel], error: Any, document: Document, path: Sequence[str | int]) -> str:
    loc = tuple(part for part in error["loc"] if isinstance(part, int) or "[" not in part)
    where = document.where(*path, *loc)
    parent = ".".join(str(part) for part in (*path, *loc[:-1]))
    within = f" in {parent!r}" if parent else ""
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key {loc[-1]!r}{within}{nearest(str(loc[-1]), _fields(model, loc[:-1]))}"
    if error["type"] == "missing":
        return f"{where}: {loc[-1]!r} is missing{within}; add it"
    key = ".".join(str(part) for part in (*path, *loc))
    return f"{where}: {key!r}: {_what(error)}" if key else f"{where}: {_what(error)}"


def _what(error: Any) -> str:
    """What is wrong with a value, without the value."""
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if error["input"] is None:
        return "nothing stands here; give a value, or leave the key out"
    if context.get("pattern") == NAME:
        return "expected small letters, digits, - and _"
    return WORDS[error["type"]].format(**context) if error["type"] in WORDS else str(error["msg"])


def _fields(model: type[BaseModel], loc: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that may stand at this place."""
    for part in loc:
        if isinstance(part, str) and part in model.model_fields:
            inner = _model_in(model.model_fields[part].annotation)
            model = inner or model
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)


def check_required(config: Config, document: Document, known: Mapping[tuple[str, str], object]) -> list[str]:
    """A line for each required fact that no asset or market offers."""
    mistakes = []
    for index, (subject, name) in enumerate(config.required_keys()):
        where = document.where("required", index)
        if not name:
            mistakes.append(f"{where}: required: {shown(subject)} names no subject; write it as lead.price_usd")
        elif subject not in (*config.assets, MARKET):
            mistakes.append(
                f"{where}: required: {subject!r} is no subject{nearest(subject, (*config.assets, MARKET, LEAD))}"
            )
        elif (subject if subject == MARKET else "asset", name) not in known:
            names = [n for s, n in known if s == (MARKET if subject == MARKET else "asset")]
            mistakes.append(f"{where}: required: no fact of {subject} is called {name!r}{nearest(name, names)}")
    return mistakes


def check_order(config: Config, document: Document) -> list[str]:
    """A line for each name in `order` that is no source of the config."""
    known = config.sources
    return [
        f"{document.where('order', measure, index)}: order: no source is called {shown(name)}{nearest(name, known)}"
        for measure, names in config.order.items()
        for index, name in enumerate(names)
        if name not in known
    ]
