"""A week's values as bytes to keep, numbers and the rows behind them apart; and the bytes of many weeks as a Past."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from reporter.facts.past import NOTHING, Cell, Evidence, Key, Past, RestsOn, Values
from reporter.history import History

FLOATS, INTS = np.dtype("<f8"), np.dtype("<i8")
Body = tuple[bytes, bytes]  # the numbers of a week, and the rows behind them
Fetch = Callable[[set[int]], Mapping[int, bytes]]  # what is packed of the rows behind some weeks, by their first second


# ---- packing ---------------------------------------------------------------------------------------------------------


def pack(values: Values, keys: Sequence[Key]) -> Body:
    """Values and bases of all the keys in their order; and the rows behind them, each window once."""
    row = [values.get(key, NOTHING) for key in keys]
    numbers = np.array([one.value for one in row], dtype=FLOATS), np.array([one.basis for one in row], dtype=INTS)
    return b"".join(part.tobytes() for part in numbers), _packed([one.evidence for one in row])


def _packed(facts: Sequence[Sequence[Evidence]]) -> bytes:
    """Lists of integers, each behind its length, then the names of the series.

    The lists: where the places of each fact end; the places of their windows; of each window the place of its series,
    first second, last second, rows, and where its payloads end; the numbers of the payloads.
    """
    places = {one: place for place, one in enumerate(dict.fromkeys(one for fact in facts for one in fact))}
    series = {name: place for place, name in enumerate(dict.fromkeys(name for name, *_ in places))}
    lists = (
        accumulate(len(fact) for fact in facts),
        (places[one] for fact in facts for one in fact),
        (series[name] for name, *_ in places),
        (first for _, first, *_ in places),
        (last for _, _, last, *_ in places),
        (rows for *_, rows, _ in places),
        accumulate(len(ids) for *_, ids in places),
        (number for *_, ids in places for number in ids),
    )
    whole = [number for part in map(list, lists) for number in (len(part), *part)]
    return b"".join(np.array(part, dtype=INTS).tobytes() for part in ([len(whole)], whole)) + "\n".join(series).encode()


def _lists(body: bytes) -> Iterator[list[int]]:
    """The lists of integers, as `_packed` has them."""
    whole, at = np.frombuffer(body, INTS, _length(body), INTS.itemsize).tolist(), 0
    while at < len(whole):
        yield whole[at + 1 : at + 1 + whole[at]]
        at += 1 + whole[at]


def _names(body: bytes) -> list[str]:
    return body[(1 + _length(body)) * INTS.itemsize :].decode().split("\n")


def _length(body: bytes) -> int:
    return int(np.frombuffer(body, INTS, 1)[0])


# ---- many weeks ------------------------------------------------------------------------------------------------------


def columns(numbers: Mapping[int, bytes], keys: Sequence[Key], evidence: RestsOn) -> Past:
    """The packed numbers of weeks, by their first second, as a column a key."""
    starts = sorted(numbers)
    whole = np.frombuffer(b"".join(numbers[start] for start in starts), dtype=INTS)
    bits, bases = np.ascontiguousarray(whole.reshape(len(starts), 2, len(keys)).transpose(1, 2, 0))
    values = dict(zip(keys, bits.view(FLOATS), strict=True))
    return Past(np.array(starts, dtype=np.int64), values, dict(zip(keys, bases, strict=True)), evidence)


class Names(dict[int, str]):
    """The ids of payloads by their numbers, as far as they were asked for: each is fetched once."""

    def __init__(self, history: History) -> None:
        super().__init__()
        self._history = history

    def learn(self, numbers: Iterable[int]) -> None:
        if new := set(numbers) - self.keys():
            self.update(self._history.payload_names(new))


class Behind:
    """The rows behind the values of weeks: a week's are fetched when it is first asked for, and only those of the facts
    that are asked for are unpacked."""

    def __init__(self, starts: Sequence[int], keys: Sequence[Key], fetch: Fetch) -> None:
        self._starts = starts
        self._columns = {key: column for column, key in enumerate(keys)}
        self._fetch = fetch
        self._weeks: dict[int, Unpacked] = {}

    def __call__(self, cells: Sequence[Cell]) -> list[Sequence[Evidence]]:
        """The rows behind each of some cells; several facts of a week may rest on the same."""
        if new := {self._starts[place] for _, place in cells} - self._weeks.keys():
            self._weeks |= {start: Unpacked(body) for start, body in self._fetch(new).items()}
        return [self._weeks[self._starts[place]].rows(self._columns[key]) for key, place in cells]


class Unpacked:
    """The rows behind the values of one week."""

    def __init__(self, body: bytes) -> None:
        self._facts, self._places, self._series, *self._parts, self._ends, self._payloads = _lists(body)
        self._names = _names(body)
        self._found: dict[int, tuple[Evidence, ...]] = {}
        self._windows: dict[int, Evidence] = {}

    def rows(self, column: int) -> tuple[Evidence, ...]:
        """The rows behind one value, none where there is no value."""
        if column not in self._found:
            places = self._places[self._facts[column - 1] if column else 0 : self._facts[column]]
            self._found[column] = tuple([self._window(place) for place in places])
        return self._found[column]

    def _window(self, place: int) -> Evidence:
        if place not in self._windows:
            first, last, rows = (part[place] for part in self._parts)
            ids = self._payloads[self._ends[place - 1] if place else 0 : self._ends[place]]
            self._windows[place] = (self._names[self._series[place]], first, last, rows, tuple(ids))
        return self._windows[place]
