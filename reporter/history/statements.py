"""What one payload states, against what the payloads of the same source and key before and after it state.

The payloads of a key are a stream of statements, ordered by the time they were fetched; a row is stored where a
statement differs from the one before. So the stored rows depend on the statements alone, not on the order in which they
were read in: reading an old payload again changes what that payload says, and nothing else.

A statement is made in one of three manners. That of a file is `whole`: what it no longer has is withdrawn. A `rolling`
one withdraws nothing. In both a row is known at its nominal time, the end of its interval and the delay of its series.
A `live` one withdraws nothing either. Its first value of a moment is taken to be what was public then, though it was
asked for after the week's cut: it is known at its nominal time, or when it was seen where that was earlier. A value
that revises another is known from when it was seen: nobody can say since when it was public.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reporter import clock
from reporter.errors import ParseError
from reporter.history.rows import Kept
from reporter.model import Kind, Observation, Payload, Series

Manner = Literal["whole", "rolling", "live"]
Place = tuple[int, int]  # the number of a series, and a moment in seconds
Stored = Mapping[Place, Kept]


@dataclass(frozen=True)
class Turn:
    """A statement's place in its stream."""

    seen: int
    payload: int


@dataclass(frozen=True)
class Stream:
    """The stored rows around a statement: the last ones before it, its own, and those after it: of the statement that
    follows, or the next of each moment where a statement is not whole."""

    before: Stored
    own: Stored
    after: Stored
    following: Turn | None


def delay(series: Series) -> int:
    """Seconds from a row's stamp to when the world could know it: a snapshot is known when it is taken."""
    if series.kind == Kind.SNAPSHOT:
        return 0
    interval = series.cadence.total_seconds() if series.kind == Kind.INTERVAL else 0.0
    return int(series.delay.total_seconds() + interval)


def live_known(nominal: int, seen: int, revises: bool) -> int:
    """When a live row is known."""
    return seen if revises else min(nominal, seen)


def stated(
    observations: Sequence[Observation], numbers: Mapping[str, tuple[int, Series]], turn: Turn
) -> dict[Place, Kept]:
    """A row for each observation, known at its nominal time. Raises ParseError for a value that is not finite and for
    two values of one moment."""
    result: dict[Place, Kept] = {}
    for one in observations:
        number, series = numbers[one.series]
        at = clock.seconds(one.at)
        if not math.isfinite(one.value):
            raise ParseError(f"{one.series}: {one.value} at {one.at:%Y-%m-%d %H:%M}; expected a finite number")
        row = Kept(at, turn.seen, at + delay(series), float(one.value), turn.payload, one.line)
        if (earlier := result.setdefault((number, at), row)).value != row.value:
            raise ParseError(
                f"{one.series}: {earlier.value} and {row.value} at {one.at:%Y-%m-%d %H:%M} in one payload; expected one"
            )
    return result


def around(stored: Sequence[tuple[int, Kept]], turn: Turn, following: Turn | None) -> Stream:
    """The stream as seen from a statement. `stored` holds `(series, row)` ordered by (seen, payload); without a
    `following` statement the next row of each moment counts."""
    before: dict[Place, Kept] = {}
    own: dict[Place, Kept] = {}
    after: dict[Place, Kept] = {}
    for series, row in stored:
        if row.payload == turn.payload:
            own[series, row.at] = row
        elif (row.seen, row.payload) < (turn.seen, turn.payload):
            before[series, row.at] = row
        elif following is None or row.payload == following.payload:
            after.setdefault((series, row.at), row)
    return Stream(before, own, after, following)


def own_rows(stream: Stream, said: Stored, turn: Turn, manner: Manner) -> dict[Place, Kept]:
    """The rows to store for a statement: what differs from the one before, and what a whole statement withdraws."""
    result = {place: row for place, row in said.items() if _value(stream.before.get(place)) != row.value}
    if manner == "live":
        for place, row in result.items():
            result[place] = row._replace(known=live_known(row.known, turn.seen, place in stream.before))
    if manner == "whole":
        for place, row in stream.before.items():
            if row.value is not None and place not in said:
                result[place] = row._replace(seen=turn.seen, value=None, payload=turn.payload, line=None)
    return result


def following_rows(stream: Stream, fresh: Stored) -> Iterator[tuple[Place, Kept | None]]:
    """What must change so that the statement that follows still says what it said: a row to store, or None to drop
    it."""
    if stream.following is None:
        return
    turn = stream.following
    for place in sorted({*stream.own, *fresh}):
        old = stream.own.get(place, stream.before.get(place))
        new = fresh.get(place, stream.before.get(place))
        there = stream.after.get(place)
        says = _value(there) if there else _value(old)
        if there and says == _value(new):
            yield place, None
        elif not there and says != _value(new) and (model := old or new):
            yield place, model._replace(seen=turn.seen, value=says, payload=turn.payload, line=None)


def later_rows(stream: Stream, fresh: Stored, delays: Mapping[int, int]) -> Iterator[tuple[Place, Kept]]:
    """The rows after a live statement that became revisions by it, or no longer are: with another `known`."""
    for place in sorted({*stream.own, *fresh}):
        there, before = stream.after.get(place), fresh.get(place, stream.before.get(place))
        if there and there.value != _value(before):
            known = live_known(there.at + delays[place[0]], there.seen, before is not None)
            if known != there.known:
                yield place, there._replace(known=known)


def turn_of(payload: Payload, number: int) -> Turn:
    return Turn(clock.seconds(payload.fetched_at), number)


def _value(row: Kept | None) -> float | None:
    return None if row is None else row.value
