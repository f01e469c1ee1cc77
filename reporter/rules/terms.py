"""The walk's nouns: constants, names of facts, attributes and tests, and what a condition makes certain."""

from __future__ import annotations

from jinja2 import nodes

from reporter.errors import RuleError, nearest
from reporter.model import LEAD, MARKET, Unit
from reporter.rules import names
from reporter.rules.names import ASSET, WEEK, Offer
from reporter.rules.shapes import CONDITIONS, NUMBER, TEXT, TRUTH, UNKNOWN, Shape, Walk, is_finite, prose

TESTS = ("known", "missing")
NEW = "new"  # asks whether the running text has printed a figure; in prose only
NO_FIGURES = "a heading or label prints no figures; put it into a sentence"


def constant(walk: Walk, node: nodes.Const, _: frozenset[str]) -> Shape:
    value = node.value
    if isinstance(value, bool):
        return TRUTH
    if isinstance(value, str):
        if walk.mode not in CONDITIONS:
            prose(walk, value)
        return TEXT
    if is_finite(value):
        return NUMBER
    return walk.wrong(f"{value!r} cannot be compared; write a finite number")


def name(walk: Walk, node: nodes.Name, certain: frozenset[str]) -> Shape:
    if node.name in walk.place.words:
        words = walk.place.words[node.name]
        example = next((word for word in ("funding", "may", *sorted(words)) if word in words), "funding")
        return walk.wrong(f"{node.name!r} stands alone; write which word is meant, as in '{node.name}.{example}'")
    if node.name in names.OWNERS:
        example = {WEEK: "last_day", MARKET: "liquidations_usd"}.get(node.name, "ticker")
        return walk.wrong(f"{node.name!r} stands alone; write what of it is meant, as in '{node.name}.{example}'")
    return _fact(walk, walk.place.subject, node.name, certain)


def attribute(walk: Walk, node: nodes.Getattr, certain: frozenset[str]) -> Shape:
    owner = node.node.name if isinstance(node.node, nodes.Name) else ""
    if owner in walk.place.words:
        return _word(walk, owner, node.attr)
    if owner not in names.OWNERS:
        return walk.wrong(f"'.{node.attr}' is not allowed there; only {', '.join(names.OWNERS)} have names after a dot")
    if owner == ASSET and walk.place.subject != ASSET:
        return walk.wrong(f"'asset.{node.attr}' needs 'subject: asset'; change the subject or write 'lead.{node.attr}'")
    if owner == WEEK:
        return _week(walk, node.attr)
    if owner in {ASSET, LEAD} and node.attr in names.ATTRIBUTES:
        return TEXT
    return _fact(walk, owner, node.attr, certain)


def test(walk: Walk, node: nodes.Test, certain: frozenset[str]) -> Shape:
    known = (*TESTS, NEW) if walk.mode == "say" else TESTS
    if node.name not in known or node.args or node.kwargs:
        hint = nearest(node.name, known) or "; use 'is known' or 'is missing'"
        return walk.wrong(f"no test is called {node.name!r}{hint}")
    full = key(walk, node.node)
    if not full:
        return walk.wrong(f"'is {node.name}' asks about one fact; write it directly after the fact's name")
    if node.name == NEW:
        walk.once.setdefault(full)
        return TRUTH if walk.visit(node.node, certain).what == "figure" else UNKNOWN
    if walk.visit(node.node, frozenset({full})).what == "unknown":
        return UNKNOWN
    if full not in walk.place.optional:
        spelt = walk.spelt(full)
        return walk.wrong(f"{spelt!r} is needed and thus never missing; list it under 'optional' or drop the test")
    return TRUTH


def assume(walk: Walk, node: nodes.Node, outcome: bool) -> frozenset[str]:
    """The facts that are certain to be known once `node` came out as `outcome`."""
    if isinstance(node, nodes.Test):
        is_there = node.name in TESTS and (node.name == "known") == outcome
        return frozenset({key(walk, node.node)}) if is_there else frozenset()
    if isinstance(node, nodes.Not):
        return assume(walk, node.node, not outcome)
    if isinstance(node, nodes.And | nodes.Or):
        left, right = assume(walk, node.left, outcome), assume(walk, node.right, outcome)
        return left | right if isinstance(node, nodes.And) == outcome else left & right
    return frozenset()


def key(walk: Walk, node: nodes.Node) -> str:
    """The `subject.name` that a node names, or an empty text."""
    if isinstance(node, nodes.Name):
        return f"{walk.place.subject}.{node.name}"
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""


def _word(walk: Walk, table: str, attr: str) -> Shape:
    """A word that prose takes from a table, such as `called.funding`."""
    known = sorted(walk.place.words[table])
    if attr not in known:
        return walk.wrong(f"'{table}' has no {attr!r}{nearest(attr, known) or '; it has ' + ', '.join(known)}")
    if walk.mode in CONDITIONS:
        return walk.wrong(f"'{table}.{attr}' is a word, and conditions compare facts; use it in 'say'")
    return TEXT


def _week(walk: Walk, attr: str) -> Shape:
    if attr in names.WEEK_TEXTS:
        return TEXT if walk.mode != "label" else walk.wrong(NO_FIGURES)
    if attr in names.WEEK_DAYS:
        return _of_unit(walk, names.WEEK_DAYS[attr], f"{WEEK}.{attr}")
    known = (*names.WEEK_TEXTS, *names.WEEK_DAYS)
    return walk.wrong(f"the week has no {attr!r}{nearest(attr, known) or '; it has ' + ', '.join(known)}")


def _fact(walk: Walk, owner: str, attr: str, certain: frozenset[str]) -> Shape:
    try:
        offer = names.offer(walk.place.known, owner, attr)
    except RuleError as problem:
        return walk.wrong(str(problem))
    full = f"{owner}.{attr}"
    walk.names.setdefault(full)
    if full in walk.place.optional and full not in certain and walk.mode != "rank":
        spelt = walk.spelt(full)
        walk.wrong(f"{spelt!r} is optional and may be missing here; test it first, as in '{spelt} is known and ...'")
    return _of_unit(walk, offer, full)


def _of_unit(walk: Walk, offer: Offer, full: str) -> Shape:
    if walk.mode in CONDITIONS:
        return Shape("date" if offer.unit is Unit.DATE else "number", offer, walk.spelt(full))
    return Shape("figure", offer, walk.spelt(full))
