"""The walk's filters: whether each is known, stands where it may, and fits the unit of what it is given."""

from __future__ import annotations

from jinja2 import nodes

from reporter.errors import nearest
from reporter.model import Unit
from reporter.rules import filters
from reporter.rules.confidence import CHANGES
from reporter.rules.figure import hint
from reporter.rules.names import Offer
from reporter.rules.shapes import CONDITIONS, NUMBER, UNKNOWN, Shape, Walk, prose
from reporter.rules.terms import NO_FIGURES

TURNING = ("direction", "moved")
WANTED = {(0, 0): "no words", (2, 2): "two words in quotes", (2, 3): "two or three words in quotes"}


def filtered(walk: Walk, node: nodes.Filter, certain: frozenset[str]) -> Shape:
    """What the filter makes of what it is given."""
    if node.node is None:
        return walk.refuse(node)
    taken = walk.visit(node.node, certain)
    if walk.mode in CONDITIONS:
        return _plain(walk, node, taken)
    if node.name not in filters.NAMES:
        listed = f"; the filters are {', '.join(filters.NAMES)}"
        return walk.wrong(f"no filter is called {node.name!r}{nearest(node.name, filters.NAMES) or listed}")
    if not _words_fit(walk, node) or taken.what == "unknown":
        return UNKNOWN
    return walk.wrong(NO_FIGURES) if walk.mode == "label" else _shown(walk, node.name, taken, certain)


def _plain(walk: Walk, node: nodes.Filter, taken: Shape) -> Shape:
    if node.name != "abs" or node.args or node.kwargs:
        return walk.wrong(f"the filter {node.name!r} prints, and conditions compare plain values; leave it out")
    if taken.what not in {"number", "unknown"}:
        return walk.wrong(f"'abs' cannot take a {taken.sort}; give numbers")
    return NUMBER


def _words_fit(walk: Walk, node: nodes.Filter) -> bool:
    least, most = filters.WORDS.get(node.name, (0, 0))
    words = [argument.value for argument in node.args if isinstance(argument, nodes.Const)]
    plain = len(words) == len(node.args) and all(isinstance(word, str) for word in words)
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not plain or not least <= len(words) <= most:
        walk.wrong(f"the filter {node.name!r} is given something else; it takes {WANTED[least, most]}")
        return False
    for word in words:
        prose(walk, word)
    return True


def _shown(walk: Walk, name: str, taken: Shape, certain: frozenset[str]) -> Shape:
    if name == "a_or_an":
        return taken if taken.what == "text" else walk.wrong("'a_or_an' takes a printed text; write it last")
    if taken.what != "figure" or taken.offer is None:
        return walk.wrong(f"the filter {name!r} is given a {taken.sort}; it takes a fact")
    if name in filters.STEPS:
        return _step(walk, name, taken, taken.offer)
    if name == "standing":
        return _standing(walk, taken, taken.offer, certain)
    if name in filters.WORDS:
        return _word(walk, name, taken, taken.offer)
    return _printer(walk, name, taken, taken.offer)


def _step(walk: Walk, name: str, taken: Shape, offer: Offer) -> Shape:
    if offer.unit not in filters.STEPS[name]:
        return walk.wrong(f"the filter {name!r} does not fit {taken.key!r}, which is in {offer.unit}; leave it out")
    if {name, *taken.steps} >= {"size", "signed"}:
        return walk.wrong(f"{taken.key!r} is given both 'size' and 'signed'; a size has no sign, choose one")
    return Shape("figure", offer, taken.key, taken.steps | {name})


def _word(walk: Walk, name: str, taken: Shape, offer: Offer) -> Shape:
    if name == "plural" and offer.unit is not Unit.COUNT:
        return walk.wrong(f"'plural' takes a count, and {taken.key!r} is in {offer.unit}; use plain words")
    if name in TURNING and (problem := _no_turn(walk, name, taken, offer)):
        return walk.wrong(problem)
    if name in TURNING:
        walk.turned.add(taken.key)
    if name == "moved" and (swing := walk.beside(taken, "swing")):
        walk.swings.setdefault(swing)
    return Shape("text", None, taken.key)


def _no_turn(walk: Walk, name: str, taken: Shape, offer: Offer) -> str:
    """Why a figure has no sign that a word could say, or an empty text."""
    key = taken.key
    if taken.steps:
        return f"{name!r} after {', '.join(sorted(taken.steps))!r} has lost the sign; give it {key!r} itself"
    if name == "moved" and offer.family not in CHANGES:
        return f"'moved' takes a change, and {key!r} is none; use its {_changes(walk, taken)}"
    if offer.is_level:
        return f"{key!r} is never negative and has no direction; use its _growth or _change"
    return ""


def _changes(walk: Walk, taken: Shape) -> str:
    offered = [f"_{family}" for family in reversed(CHANGES) if walk.beside(taken, family)]
    return " or ".join(offered) or "direction instead"


def _standing(walk: Walk, taken: Shape, offer: Offer, certain: frozenset[str]) -> Shape:
    """A value's place in its past year, which is what its percentile says: that becomes a fact of the template too."""
    key, percentile = taken.key, walk.beside(taken, "percentile")
    if taken.steps:
        return walk.wrong(f"'standing' does not stand after {', '.join(sorted(taken.steps))!r}; give it {key!r} itself")
    if offer.family or not percentile:
        return walk.wrong(f"'standing' takes a measure with a percentile, and {key!r} has none; use plain words")
    owner, _, name = percentile.partition(".")
    inside = owner == walk.place.subject
    asked = nodes.Name(name, "load") if inside else nodes.Getattr(nodes.Name(owner, "load"), name, "load")
    walk.visit(asked, certain)
    return Shape("text", None, key)


def _printer(walk: Walk, name: str, taken: Shape, offer: Offer) -> Shape:
    if not filters.PRINTERS[name].fits(offer):
        return walk.wrong(_misfit(name, taken.key, offer))
    if "signed" in taken.steps and name in filters.UNSIGNED:
        return walk.wrong(f"'signed' does not go with {name!r}, which prints words; use figure")
    if "size" not in taken.steps and offer.unit is not Unit.DATE and name != "ordinal":
        walk.raw.setdefault(taken.key, name)
    return Shape("text", None, taken.key, taken.steps)


def _misfit(name: str, key: str, offer: Offer) -> str:
    fitting = filters.fitting(offer)
    unit = f"a difference in {offer.unit}" if offer.is_difference else f"in {offer.unit}"
    remedy = f"use {' or '.join(fitting)}" if fitting else "no filter prints it; compare it in 'when', or use direction"
    return f"the filter {name!r} does not fit {key!r}, which is {unit}; {remedy}"


def suggested(offer: Offer) -> str:
    """The filter to propose for a figure that has none."""
    fitting = filters.fitting(offer)
    likely = hint(offer.unit)
    return likely if likely in fitting else fitting[0] if fitting else "direction('rose', 'fell')"
