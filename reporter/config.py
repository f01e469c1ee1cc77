"""config.yaml as checked settings: every mistake in it is found at once and named with file and line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from reporter import strict_yaml
from reporter.errors import ConfigError, Several, nearest
from reporter.model import LEAD, MARKET
from reporter.series import FORMS
from reporter.strict_yaml import Document

Model = TypeVar("Model", bound=BaseModel)
TICKER = r"^[A-Z0-9]{1,12}$"
NAME = r"^[a-z0-9][a-z0-9_-]{0,60}$"


class Strict(BaseModel):
    """A mapping in which an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Imprint(Strict):
    """Who publishes the note."""

    name: str = Field(min_length=1, max_length=120)
    publisher: str = Field(min_length=1, max_length=120)
    language: str = "en-US"
    url: str = ""

    @field_validator("language")
    @classmethod
    def _written(cls, value: str) -> str:
        if value != "en-US":
            raise ValueError(f"{value!r} is not written yet; use en-US")
        return value


class Config(Strict):
    """The whole file. `sources` keeps each source's own settings as they stand: the source checks them."""

    newsletter: Imprint
    assets: tuple[str, ...] = Field(min_length=1)
    lead_asset: str = "BTC"
    edition: str = Field(default="weekly", pattern=NAME)
    publication_lag_hours: float = Field(default=14.0, ge=0, le=7 * 24)
    required: tuple[str, ...] = ()
    venues: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    data: str = "data"
    output: str = "output"
    sources: Mapping[str, Mapping[str, Any]] = Field(min_length=1)

    @field_validator("assets")
    @classmethod
    def _tickers(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for ticker in value:
            if not ticker.isalnum() or ticker != ticker.upper():
                raise ValueError(f"{ticker!r} is no ticker; write it as in BTC")
        if len(set(value)) != len(value):
            raise ValueError("an asset stands twice")
        return value

    @field_validator("venues")
    @classmethod
    def _measures(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for measure in value:
            if measure not in FORMS:
                raise ValueError(f"no series measures {measure!r}{nearest(measure, FORMS)}")
        return value

    @model_validator(mode="after")
    def _lead_is_listed(self) -> Config:
        if self.lead_asset not in self.assets:
            raise ValueError(f"lead_asset {self.lead_asset!r} is not one of the assets ({', '.join(self.assets)})")
        return self

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
    parent = ".".join(str(part) for part in (*path, *loc[:-1])) or "the file"
    if error["type"] == "extra_forbidden":
        return f"{where}: unknown key {loc[-1]!r} in {parent!r}{nearest(str(loc[-1]), _fields(model, loc[:-1]))}"
    if error["type"] == "missing":
        return f"{where}: {loc[-1]!r} is missing in {parent!r}; add it"
    key = ".".join(str(part) for part in (*path, *loc)) or "the file"
    return f"{where}: {key!r}: {error['msg'].removeprefix('Value error, ')}"


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
        if subject not in (*config.assets, MARKET):
            mistakes.append(
                f"{where}: required: {subject!r} is no subject{nearest(subject, (*config.assets, MARKET, LEAD))}"
            )
        elif (subject if subject == MARKET else "asset", name) not in known:
            names = [n for s, n in known if s == (MARKET if subject == MARKET else "asset")]
            mistakes.append(f"{where}: required: no fact of {subject} is called {name!r}{nearest(name, names)}")
    return mistakes
