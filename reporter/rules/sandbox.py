"""The closed room in which rules run: two Jinja environments that hold our filters and tests, and nothing else.

Every template has been walked before it comes here (`walk`), so nothing here should ever refuse. It refuses all the
same: no attribute of anything but a subject, no call but abs, min and max, no sums on anything but numbers.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, Template, nodes
from jinja2.environment import TemplateExpression
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reporter.errors import RuleError
from reporter.rules.figure import Figure, is_new
from reporter.rules.filters import FILTERS

MOST_TEXT = 2000
SUMS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
CALLS: Mapping[str, Callable[..., Any]] = {"abs": abs, "min": min, "max": max}


class Scope:
    """A subject as templates see it: `lead.price_usd`, `asset.name`."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = dict(values)

    def __getattr__(self, name: str) -> object:
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(name) from None


class Absent:
    """An optional fact that is not there this week; only `is missing` and `is known` may ask about it."""

    __hash__ = None  # type: ignore[assignment]
    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

    def _refuse(self, *_: object) -> Any:
        raise RuleError(f"{self._key} is missing this week; test it with 'is known' before using it")

    __bool__ = __str__ = __float__ = __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __eq__ = __ne__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = __abs__ = (
        _refuse
    )


def is_missing(value: object) -> bool:
    return isinstance(value, Absent)


def is_known(value: object) -> bool:
    return not isinstance(value, Absent)


def only_text(value: object) -> str:
    """What a `{{ }}` prints: text and marks. Raises RuleError for everything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Figure | StrictUndefined) else _no_text(value)


def _no_text(value: object) -> str:
    raise RuleError(f"{type(value).__name__} cannot be printed; print a fact with a unit filter")


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with everything taken away that a rule has no use for."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        return isinstance(obj, Scope) and not attr.startswith("_")

    def is_safe_callable(self, obj: Any) -> bool:
        return any(obj is allowed for allowed in CALLS.values())

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = all(isinstance(side, int | float) and not isinstance(side, bool) for side in (left, right))
        if operator not in SUMS or not (numbers or isinstance(left, Absent) or isinstance(right, Absent)):
            raise SecurityError(f"{operator!r} is not allowed here; rules calculate with + - * / on numbers only")
        return SUMS[operator](left, right)


def _environment(**options: Any) -> Sandbox:
    room = Sandbox(undefined=StrictUndefined, autoescape=False, cache_size=0, optimized=False, **options)
    room.globals.clear()
    room.filters.clear()
    room.tests.clear()
    room.tests.update(known=is_known, missing=is_missing)
    return room


def prose() -> Sandbox:
    """The environment of `say`: our filters, and a `{{ }}` that prints nothing but text."""
    room = _environment(finalize=only_text)
    room.filters.update(FILTERS)
    room.tests["new"] = is_new
    return room


def values() -> Sandbox:
    """The environment of `when` and `rank`: plain values, abs, min and max."""
    room = _environment()
    room.globals.update(CALLS)
    room.filters["abs"] = abs
    return room


class Compiled:
    """Templates and expressions, compiled when first needed and kept; a tree saves reading the source again."""

    def __init__(self) -> None:
        self.prose = prose()
        self.values = values()
        self._templates: dict[str, Template] = {}
        self._expressions: dict[str, TemplateExpression] = {}

    def render(self, source: str, names: Mapping[str, object], tree: nodes.Node | None = None) -> str:
        """The text of a template, with its marks."""
        if source not in self._templates:
            whole = tree if isinstance(tree, nodes.Template) else self.prose.parse(source)
            self._templates[source] = self.prose.from_string(whole)
        return self._templates[source].render(names)

    def evaluate(self, source: str, names: Mapping[str, object], tree: nodes.Node | None = None) -> object:
        """The value of an expression. A name that is not there is an error, never a silent false."""
        if source not in self._expressions:
            self._expressions[source] = self._expression(source, tree)
        value = self._expressions[source](names)
        return bool(value) if isinstance(value, StrictUndefined) else value  # the truth of an undefined name raises

    def _expression(self, source: str, tree: nodes.Node | None) -> TemplateExpression:
        """As `compile_expression` makes it with `undefined_to_none=False`."""
        if not isinstance(tree, nodes.Expr):
            return self.values.compile_expression(source, undefined_to_none=False)
        result = nodes.Assign(nodes.Name("result", "store"), tree, lineno=1).set_environment(self.values)
        return TemplateExpression(self.values.from_string(nodes.Template([result], lineno=1)), undefined_to_none=False)
