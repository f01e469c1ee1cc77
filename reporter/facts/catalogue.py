"""The catalogue of facts: a fact is one function, its name the measure, its docstring the definition that readers are
shown."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from reporter import breaks, sessions, units
from reporter.facts.reader import Reader
from reporter.history import Rows
from reporter.model import MARKET, Measure, Unit

Value = float | date
Function = Callable[[Reader], Value]
ASSET = "asset"
BOTH = (ASSET, MARKET)

OF_CHANGE, OF_VALUE = "the change from the week before", "the value itself"


@dataclass(frozen=True)
class Shape:
    """How a measure may be compared with its past, and what its streak is the streak of."""

    families: tuple[str, ...]
    streak_of: str = ""


RANKED = ("percentile", "high_since", "low_since")
SHAPES: Mapping[str, Shape] = {
    "level": Shape(("previous", "change", "growth", "swing", *RANKED, "streak"), OF_CHANGE),
    "part": Shape(("previous", "change", "swing", *RANKED, "streak"), OF_CHANGE),
    "signed": Shape(("previous", "change", "swing", *RANKED, "streak"), OF_VALUE),
    "plain": Shape(("previous",)),
}
SUFFIXES = tuple(sorted({suffix for shape in SHAPES.values() for suffix in shape.families}))


@dataclass(frozen=True)
class Definition:
    """A measure and the function that computes it, from rows or, where it `looks_back`, from the facts of weeks: those
    that it `rests_on`."""

    measure: Measure
    function: Callable[..., Any]
    looks_back: bool = False
    rests_on: tuple[str, ...] = ()


CATALOGUE: dict[str, Definition] = {}


def fact(
    unit: Unit, each: tuple[str, ...] = (ASSET,), kind: Literal["level", "part", "signed", "plain"] = "level"
) -> Callable[[Function], Function]:
    """Enters a function into the catalogue. `kind`: a level has growth; a part of a whole has none, nor has a signed
    value (a flow, a rate), whose streak is that of its sign; a count offers only its value of the week before, and a
    date, of unit DATE, nothing."""
    shape = SHAPES[kind]

    def enter(function: Function) -> Function:
        name = function.__name__
        if name in CATALOGUE or name.endswith(tuple(f"_{suffix}" for suffix in SUFFIXES)):
            raise ValueError(f"{name}: a fact's name is unique and ends like no family")
        text = " ".join((function.__doc__ or "").split())
        families = () if unit == Unit.DATE else shape.families
        CATALOGUE[name] = Definition(Measure(name, unit, each, families, text, shape.streak_of), function)
        return function

    return enter


def digest() -> str:
    """A hash of the modules with the definitions and of the code that reads for them: values kept under another one
    are computed anew."""
    from reporter import facts

    defining = {definition.function.__module__ for definition in CATALOGUE.values()}
    own = {f"{facts.__name__}.{part.name}" for part in pkgutil.iter_modules(facts.__path__)}
    reading = {Rows.__module__, sessions.__name__, units.__name__, breaks.__name__}
    parts = [inspect.getsource(importlib.import_module(name)) for name in sorted(defining | own | reading)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
