"""What a fact is measured on: its name in; the series and lists that its function asks for, and the facts that it looks
back on, out.

Both are read off the code, so that no fact can be entered without them: a name of a measure, or the class of a list, in
the function or in one of this package that it calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from types import CodeType, FunctionType

from reporter.facts.catalogue import CATALOGUE
from reporter.facts.reader import Reader
from reporter.series import FORMS, LISTS

PACKAGE = __name__.rpartition(".")[0]
QUESTION = Reader.listed.__name__  # what is asked of the Reader for the values of a list of venues


def looks_back_on(name: str) -> tuple[str, ...]:
    """The facts of other weeks that a fact is computed from; none where it is measured on rows."""
    return CATALOGUE[name].rests_on


def measured_on(name: str) -> tuple[str, ...]:
    """The measures and lists that a fact is read from, by name and in their order; of a fact that looks back, those of
    the facts that it looks back on. Raises KeyError for a name that is no fact's."""
    found = [asked_for(one) for one in looks_back_on(name) or (name,)]
    return tuple(sorted(frozenset().union(*found)))


def is_by_venue(name: str) -> bool:
    """Whether a fact is read from lists of venues, as sources give them at the moment of asking."""
    reached = _called(_function(name))
    return any(QUESTION in code.co_names for one in reached for code in _codes(one.__code__))


def asked_for(name: str) -> frozenset[str]:
    """The measures and lists that the fact's own function asks for, by name."""
    return frozenset(word for one in _called(_function(name)) for word in _named(one))


def _function(name: str) -> FunctionType:
    function = CATALOGUE[name].function
    assert isinstance(function, FunctionType)
    return function


@lru_cache(maxsize=1024)
def _called(function: FunctionType) -> tuple[FunctionType, ...]:
    """The function itself and all of this package that it reaches, each once."""
    found: dict[FunctionType, None] = {}
    ahead = [function]
    while ahead:
        one = ahead.pop()
        if one not in found:
            found[one] = None
            ahead += (value for value in _globals(one) if isinstance(value, FunctionType) and _is_ours(value))
    return tuple(found)


def _named(function: FunctionType) -> Iterator[str]:
    """Names that stand in a function as text, as a constant of its module, or as the class of a list."""
    texts = [const for code in _codes(function.__code__) for const in code.co_consts]
    for value in (*texts, *_globals(function)):
        for one in value if isinstance(value, tuple) else (value,):
            name = LISTS.get(one.__name__) if isinstance(one, type) else one
            if isinstance(name, str) and (name in FORMS or name in LISTS.values()):
                yield name


def _globals(function: FunctionType) -> Iterator[object]:
    """The values of the module that a function names."""
    names = (name for code in _codes(function.__code__) for name in code.co_names)
    yield from (function.__globals__[name] for name in names if name in function.__globals__)


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code, and that of what is defined in it: lambdas and comprehensions have their own."""
    yield code
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _codes(const)


def _is_ours(function: FunctionType) -> bool:
    return function.__module__.startswith(f"{PACKAGE}.")
