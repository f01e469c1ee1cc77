"""What a walk through a template knows: where it stands, what an expression is, and the mistakes found so far."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jinja2 import nodes

from reporter.model import Unit
from reporter.rules.names import Catalogue, Offer

What = Literal["figure", "number", "date", "text", "truth", "unknown"]
Mode = Literal["when", "rank", "say", "label"]
CONDITIONS = frozenset({"when", "rank"})
REFUSED: Mapping[type[nodes.Node], str] = {
    nodes.For: "a loop",
    nodes.Include: "'include'",
    nodes.Import: "'import'",
    nodes.FromImport: "'import'",
    nodes.Extends: "'extends'",
    nodes.Block: "'block'",
    nodes.Macro: "'macro'",
    nodes.CallBlock: "'call'",
    nodes.Assign: "'set'",
    nodes.AssignBlock: "'set'",
    nodes.With: "'with'",
    nodes.FilterBlock: "a 'filter' block",
    nodes.Scope: "'autoescape'",
    nodes.Getitem: "a subscript [ ]",
    nodes.Mod: "'%'",
    nodes.Pow: "'**'",
    nodes.FloorDiv: "'//'",
    nodes.List: "a list",
    nodes.Tuple: "a tuple",
    nodes.Dict: "a mapping",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What an expression is; `offer` is set where it is one fact, `steps` are the filters it went through."""

    what: What
    offer: Offer | None = None
    key: str = ""
    steps: frozenset[str] = frozenset()

    @property
    def sort(self) -> str:
        """`number`, `date`, `text` or `condition`: what it can be compared with, in an author's words."""
        if self.what == "figure" and self.offer:
            return "date" if self.offer.unit is Unit.DATE else "number"
        return "condition" if self.what == "truth" else self.what


UNKNOWN = Shape("unknown")
TRUTH = Shape("truth")
NUMBER = Shape("number")
TEXT = Shape("text")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a template stands: its rule's subject, what may be missing there, what is certain to be known, and the
    words of each table that prose may take from it, as in `called.funding`."""

    known: Catalogue
    subject: str
    optional: frozenset[str] = frozenset()
    certain: frozenset[str] = frozenset()
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """A walked template: its source and tree, the `subject.name` of each fact it uses, what it makes certain.

    `swings` are facts that its verbs rest on where they are known; the `grounds` of a hedge are all facts of its rule;
    `once` are facts of which it asks whether they are new to the text.
    """

    source: str
    names: tuple[str, ...]
    certain: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    tree: nodes.Node | None = field(default=None, repr=False, compare=False)
    swings: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()
    once: tuple[str, ...] = ()


Handler = Callable[["Walk", Any, frozenset[str]], Shape]


@dataclass
class Walk:
    """One walk. `turned` are the facts that a direction word speaks of, `raw` those printed with their sign."""

    place: Place
    mode: Mode
    handlers: Mapping[type[nodes.Node], Handler]
    names: dict[str, None] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    turned: set[str] = field(default_factory=set)
    raw: dict[str, str] = field(default_factory=dict)
    swings: dict[str, None] = field(default_factory=dict)
    once: dict[str, None] = field(default_factory=dict)

    def visit(self, node: nodes.Node, certain: frozenset[str]) -> Shape:
        """What the expression is, given the optional facts that are certain to be there."""
        handler = self.handlers.get(type(node))
        return handler(self, node, certain) if handler else self.refuse(node)

    def wrong(self, problem: str) -> Shape:
        if problem not in self.problems:
            self.problems.append(problem)
        return UNKNOWN

    def refuse(self, node: nodes.Node) -> Shape:
        what = REFUSED.get(type(node), f"'{type(node).__name__.lower()}'")
        return self.wrong(f"{what} is not allowed in a rule; write it with facts, comparisons, filters and if/else")

    def beside(self, shape: Shape, family: str) -> str:
        """The full name of another family of the measure that a figure is of; an empty text where it has none."""
        name = f"{shape.offer.base}_{family}" if shape.offer else ""
        owner = shape.key.partition(".")[0] if "." in shape.key else self.place.subject
        return f"{owner}.{name}" if name in self.place.known else ""

    def spelt(self, key: str) -> str:
        """A full name as its author writes it: without the rule's own subject."""
        owner, _, name = key.partition(".")
        return name if owner == self.place.subject else key


def is_finite(value: object) -> bool:
    """Whether it is a number that can be compared: no NaN, no infinity, nothing beyond a float."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


def prose(walk: Walk, text: str) -> None:
    """Notes what literal prose may not hold: digits, unit signs, and the characters that marks are made of."""
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\ue000-\uf8ff]", text):
        walk.wrong("a control or private-use character stands in the prose; remove it")
    if word := next((word for word in text.split() if any(c.isnumeric() for c in word)), ""):
        walk.wrong(f"digits in the prose: {word!r}; spell the number out, or print a fact with a unit filter")
    if sign := next((character for character in text if character in "%$‰€"), ""):
        walk.wrong(f"{sign!r} in the prose; the unit filter prints it with its number")
