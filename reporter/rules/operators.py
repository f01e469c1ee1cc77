"""The walk's verbs: comparisons, and/or/not, sums, choices, joined texts and the three calls."""

from __future__ import annotations

from itertools import pairwise

from jinja2 import nodes

from reporter.model import Unit
from reporter.rules.sandbox import CALLS
from reporter.rules.shapes import CONDITIONS, NUMBER, TRUTH, UNKNOWN, Shape, Walk
from reporter.rules.terms import assume

MOST_ARGUMENTS = 8
NO_SUMS = "prose is no place to calculate; print facts, or calculate in 'when' and 'rank'"


def truth(walk: Walk, node: nodes.Node, certain: frozenset[str]) -> Shape:
    """Notes a mistake where the expression is no condition: a number is neither true nor false."""
    shape = walk.visit(node, certain)
    if shape.what not in {"truth", "unknown"}:
        named = f"{shape.key!r}" if shape.key else f"a {shape.sort}"
        example = f"{shape.key or 'liquidations_usd'} > 0"
        return walk.wrong(f"{named} is no condition by itself; compare it, as in '{example}'")
    return TRUTH


def both(walk: Walk, node: nodes.And | nodes.Or, certain: frozenset[str]) -> Shape:
    truth(walk, node.left, certain)
    return truth(walk, node.right, certain | assume(walk, node.left, isinstance(node, nodes.And)))


def negated(walk: Walk, node: nodes.Not, certain: frozenset[str]) -> Shape:
    return truth(walk, node.node, certain)


def comparison(walk: Walk, node: nodes.Compare, certain: frozenset[str]) -> Shape:
    sides = [node.expr, *(operand.expr for operand in node.ops)]
    shapes = [walk.visit(side, certain) for side in sides]
    for operand, (left, right) in zip(node.ops, pairwise(shapes), strict=True):
        _comparable(walk, operand.op, left, right)
    for (one, two), (left, right) in zip(pairwise(sides), pairwise(shapes), strict=True):
        _in_range(walk, left, two)
        _in_range(walk, right, one)
    return TRUTH


def _comparable(walk: Walk, sign: str, left: Shape, right: Shape) -> None:
    if sign in {"in", "notin"}:
        walk.wrong("'in' is not allowed in a rule; write it with == and or")
    elif "unknown" in {left.what, right.what}:
        return
    elif left.sort != right.sort:
        walk.wrong(f"a {left.sort} is compared with a {right.sort}; compare like with like")
    elif left.sort in {"text", "condition"} and sign not in {"eq", "ne"}:
        walk.wrong(f"a {left.sort} is compared by size; use == or !=")


def _in_range(walk: Walk, shape: Shape, other: nodes.Node) -> None:
    value = other.value if isinstance(other, nodes.Const) else None
    is_share = shape.offer is not None and shape.offer.unit is Unit.SHARE and shape.offer.family != "change"
    if is_share and isinstance(value, int | float) and not 0 <= value <= 1:
        walk.wrong(f"{shape.key!r} is a share from 0 to 1, here compared with {value}; write 0.8 for 80 per cent")


def total(walk: Walk, node: nodes.BinExpr, certain: frozenset[str]) -> Shape:
    sides = [walk.visit(node.left, certain), walk.visit(node.right, certain)]
    if walk.mode not in CONDITIONS:
        return walk.wrong(NO_SUMS)
    for side in sides:
        _wants_number(walk, side, "+ - * /")
    return NUMBER


def sign(walk: Walk, node: nodes.UnaryExpr, certain: frozenset[str]) -> Shape:
    shape = walk.visit(node.node, certain)
    if walk.mode not in CONDITIONS and not isinstance(node.node, nodes.Const):
        return walk.wrong(NO_SUMS)
    _wants_number(walk, shape, "a sign")
    return NUMBER


def choice(walk: Walk, node: nodes.CondExpr, certain: frozenset[str]) -> Shape:
    truth(walk, node.test, certain)
    if node.expr2 is None:
        return walk.wrong("an 'if' inside {{ }} needs an 'else'; write both, or use {% if %}")
    one = walk.visit(node.expr1, certain | assume(walk, node.test, True))
    two = walk.visit(node.expr2, certain | assume(walk, node.test, False))
    if "unknown" in {one.what, two.what}:
        return UNKNOWN
    if one.sort != two.sort or "figure" in {one.what, two.what}:
        return walk.wrong("the two sides of an 'if' differ or lack a filter; make both text, or both numbers")
    return Shape(one.what, None, one.key or two.key, one.steps | two.steps)


def joined(walk: Walk, node: nodes.Concat, certain: frozenset[str]) -> Shape:
    shapes = [walk.visit(part, certain) for part in node.nodes]
    if walk.mode in CONDITIONS:
        return walk.wrong("'~' joins texts and has no place in a condition; compare values")
    for shape in shapes:
        if shape.what not in {"text", "unknown"}:
            walk.wrong(f"'~' joins texts, and {shape.key or 'a ' + shape.sort!r} is none; give it a unit filter")
    steps = frozenset[str]().union(*(shape.steps for shape in shapes))
    return Shape("text", None, next((shape.key for shape in shapes if shape.key), ""), steps)


def call(walk: Walk, node: nodes.Call, certain: frozenset[str]) -> Shape:
    called = node.node.name if isinstance(node.node, nodes.Name) else ""
    plain = not (node.kwargs or node.dyn_args or node.dyn_kwargs)
    if walk.mode not in CONDITIONS or called not in CALLS or not plain:
        return walk.wrong("a call is not allowed there; only abs(), min() and max() may be, in 'when' and 'rank'")
    least, most = (1, 1) if called == "abs" else (2, MOST_ARGUMENTS)
    if not least <= len(node.args) <= most:
        wanted = "one value" if most == 1 else "two to eight values"
        return walk.wrong(f"{called}() is given {len(node.args)}; it takes {wanted}")
    for argument in node.args:
        _wants_number(walk, walk.visit(argument, certain), f"{called}()")
    return NUMBER


def _wants_number(walk: Walk, shape: Shape, taker: str) -> None:
    if shape.what not in {"number", "unknown"}:
        walk.wrong(f"{taker} cannot take a {shape.sort}; give numbers")
