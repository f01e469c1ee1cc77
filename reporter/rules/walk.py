"""A walk of a template's syntax tree, at load: every name, filter and test is known and fits, or it is a mistake.

The walk works out what each expression *is* - a figure of some unit, a number, a date, a text, a condition - and which
facts are certain to be there at each place. So a figure without a filter, a filter that does not fit its unit or an
optional fact used untested is found when the rulebook is read, not on the first Monday that comes to that line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser

from reporter.rules import operators, sandbox, terms
from reporter.rules.fit import filtered, suggested
from reporter.rules.shapes import CONDITIONS, Handler, Mode, Place, Reading, Shape, Walk, prose
from reporter.rules.terms import assume

DEEPEST = 30
APPROXIMATE = "about, around, roughly, approximately, near or close to"
HEDGED = re.compile(rf"\b(?:{APPROXIMATE.replace(', ', '|').replace(' or ', '|')})\s+$", re.IGNORECASE)
TOO_DEEP = "nested too deeply; split it into two rules"

HANDLERS: Mapping[type[nodes.Node], Handler] = {
    nodes.Const: terms.constant,
    nodes.Name: terms.name,
    nodes.Getattr: terms.attribute,
    nodes.Test: terms.test,
    nodes.And: operators.both,
    nodes.Or: operators.both,
    nodes.Not: operators.negated,
    nodes.Compare: operators.comparison,
    nodes.Add: operators.total,
    nodes.Sub: operators.total,
    nodes.Mul: operators.total,
    nodes.Div: operators.total,
    nodes.Neg: operators.sign,
    nodes.Pos: operators.sign,
    nodes.CondExpr: operators.choice,
    nodes.Concat: operators.joined,
    nodes.Call: operators.call,
    nodes.Filter: filtered,
}
_PROSE = sandbox.prose()
_VALUES = sandbox.values()


def read(source: str, mode: Mode, place: Place) -> Reading:
    """The reading of one template or expression, with every mistake in it as a line that still lacks its place."""
    walk = Walk(place, mode, HANDLERS)
    tree = _parse(source, walk)
    if tree is None:
        return Reading(source, (), frozenset(), tuple(walk.problems))
    if isinstance(tree, nodes.Template):
        _statements(walk, tree.body, place.certain)
        _signs(walk)
        found = Reading(source, tuple(walk.names), place.certain, tuple(walk.problems), tree)
        return replace(found, swings=tuple(walk.swings), once=tuple(walk.once))
    _result(walk, walk.visit(tree, place.certain))
    certain = place.certain | assume(walk, tree, True)
    return Reading(source, tuple(walk.names), certain, tuple(walk.problems), tree)


def _parse(source: str, walk: Walk) -> nodes.Node | None:
    if len(source) > sandbox.MOST_TEXT:
        walk.wrong(f"{len(source)} characters are more than the {sandbox.MOST_TEXT} of a template; split it in two")
        return None
    try:
        tree = _expression(source) if walk.mode in CONDITIONS else _PROSE.parse(source)
        if _depth(tree) <= DEEPEST:
            return tree
        walk.wrong(TOO_DEEP)
    except TemplateSyntaxError as problem:
        walk.wrong(f"{(problem.message or 'bad syntax').rstrip('.')}; check brackets, quotes and filters")
    except RecursionError:
        walk.wrong(TOO_DEEP)
    return None


def _expression(source: str) -> nodes.Node:
    parser = Parser(_VALUES, source, state="variable")
    tree = parser.parse_expression()
    if not parser.stream.eos:
        raise TemplateSyntaxError(f"unexpected {parser.stream.current.value!r} after the expression", 1)
    return tree


def _depth(tree: nodes.Node) -> int:
    depth, level = 0, [tree]
    while level:
        depth, level = depth + 1, [child for node in level for child in node.iter_child_nodes()]
    return depth


def _statements(walk: Walk, body: Sequence[nodes.Node], certain: frozenset[str]) -> None:
    for node in body:
        if isinstance(node, nodes.Output):
            _output(walk, node, certain)
        elif isinstance(node, nodes.If):
            _branches(walk, node, certain)
        else:
            walk.refuse(node)


def _branches(walk: Walk, node: nodes.If, certain: frozenset[str]) -> None:
    """Each branch is read with what the tests before it make certain."""
    for branch in (node, *node.elif_):
        operators.truth(walk, branch.test, certain)
        _statements(walk, branch.body, certain | assume(walk, branch.test, True))
        certain = certain | assume(walk, branch.test, False)
    _statements(walk, node.else_, certain)


def _output(walk: Walk, node: nodes.Output, certain: frozenset[str]) -> None:
    before = ""
    for child in node.nodes:
        if isinstance(child, nodes.TemplateData):
            before = child.data
            prose(walk, before)
            continue
        shape = walk.visit(child, certain)
        _printable(walk, shape)
        if "about" in shape.steps and not HEDGED.search(before):
            walk.wrong(f"{shape.key!r} is rounded with 'about'; put {APPROXIMATE} directly before it")
        before = ""


def _printable(walk: Walk, shape: Shape) -> None:
    if shape.what in {"text", "unknown"}:
        return
    if shape.what == "figure" and shape.offer:
        written = f"{{{{ {shape.key} | {suggested(shape.offer)} }}}}"
        walk.wrong(f"{shape.key!r} is printed without a unit filter; write '{written}'")
    else:
        walk.wrong(f"a {shape.sort} cannot be printed; print a fact with a unit filter")


def _signs(walk: Walk) -> None:
    """A direction word already says the sign: `fell 3%`, not `fell -3%`."""
    for key in sorted(walk.turned & walk.raw.keys()):
        written = f"{{{{ {key} | size | {walk.raw[key]} }}}}"
        walk.wrong(f"{key!r} stands with its sign beside its direction word; write '{written}'")


def _result(walk: Walk, shape: Shape) -> None:
    if walk.mode == "when" and shape.what not in {"truth", "unknown"}:
        example = f"{shape.key or 'liquidations_usd'} > 0"
        walk.wrong(f"'when' is a {shape.sort}, not a condition; compare it, as in '{example}'")
    if walk.mode == "rank" and shape.what not in {"number", "unknown"}:
        walk.wrong(f"'rank' is a {shape.sort}, not a number; give one from 0 to 1, such as a percentile")
