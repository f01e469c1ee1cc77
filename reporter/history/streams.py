"""The streams of statements as they are stored: what stands around a payload's statement is read, and what differs is
changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from reporter import clock
from reporter.history.rows import Kept
from reporter.history.statements import (
    Manner,
    Place,
    Stream,
    Turn,
    around,
    delay,
    following_rows,
    later_rows,
    own_rows,
)
from reporter.history.tables import observation, payload_table, series_table, weekly
from reporter.model import Kind, Payload, Series, Unit

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

ROW = (observation.c.at, observation.c.seen, observation.c.known, observation.c.value, observation.c.payload,
       observation.c.line)  # fmt: skip
UNREAD = ""  # the parser of a payload that is to be read again


# ---- payloads and series ---------------------------------------------------------------------------------------------


def same(payload: Payload) -> tuple[Any, ...]:
    c, fetched = payload_table.c, clock.seconds(payload.fetched_at)
    return (*_in_stream(payload), c.id == payload.id, c.fetched == fetched)


def _in_stream(payload: Payload) -> tuple[Any, ...]:
    return payload_table.c.source == payload.request.source, payload_table.c.key == payload.request.key


def payload_number(connection: Connection, payload: Payload, **values: str) -> int:
    """The payload's number, whether it had been read in before or not; `values` go into its row."""
    number = connection.execute(sa.select(payload_table.c.number).where(*same(payload))).scalar()
    if number is not None:
        connection.execute(sa.update(payload_table).where(payload_table.c.number == number).values(**values))
        return int(number)
    given = {"id": payload.id, "source": payload.request.source, "key": payload.request.key, "fault": payload.fault,
             "fetched": clock.seconds(payload.fetched_at)}  # fmt: skip
    return _key(connection.execute(sa.insert(payload_table).values(**{**given, **values})))


def _key(made: sa.CursorResult[Any]) -> int:
    """The number the database gave to an inserted row."""
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def series_number(connection: Connection, series: Series) -> int:
    """The series' number. Where its stamps have another meaning now, `known` of its rows and the kept weeks follow."""
    c = series_table.c
    values = {"unit": series.unit, "kind": series.kind, "cadence": _whole(series.cadence),
              "delay": _whole(series.delay), "label": series.label, "terms": series.terms}  # fmt: skip
    row = connection.execute(sa.select(series_table).where(c.id == series.id)).one_or_none()
    if row is None:
        return _key(connection.execute(sa.insert(series_table).values(id=series.id, **values)))
    if (earlier := series_of(row)) != series:
        connection.execute(sa.update(series_table).where(c.number == row.number).values(**values))
    if delay(earlier) != delay(series):
        _know_anew(connection, row.number, delay(series))
    if (earlier.kind, earlier.cadence, earlier.delay) != (series.kind, series.cadence, series.delay):
        connection.execute(sa.delete(weekly))
    return int(row.number)


def series_of(row: Any) -> Series:
    return Series(row.id, Unit(row.unit), Kind(row.kind), timedelta(seconds=row.cadence), timedelta(seconds=row.delay),
                  row.label, row.terms)  # fmt: skip


def _whole(span: timedelta) -> int:
    return int(span.total_seconds())


def _know_anew(connection: Connection, number: int, later: int) -> None:
    """Sets `known` of a series' rows to `later` seconds after their moment; revisions that are live keep theirs."""
    o, nominal = observation.c, observation.c.at + later
    live = sa.select(payload_table.c.number).where(payload_table.c.manner == "live")
    earlier, its, mine = sa.alias(observation), sa.alias(payload_table), sa.alias(payload_table)
    revises = (
        sa.exists()
        .where(earlier.c.series == o.series, earlier.c.at == o.at, mine.c.number == o.payload)
        .where(its.c.number == earlier.c.payload, its.c.source == mine.c.source, its.c.key == mine.c.key)
        .where(sa.or_(earlier.c.seen < o.seen, sa.and_(earlier.c.seen == o.seen, earlier.c.payload < o.payload)))
    )
    mended = sa.update(observation).where(o.series == number)
    first = sa.case((nominal < o.seen, nominal), else_=o.seen)
    connection.execute(mended.where(o.payload.not_in(live)).values(known=nominal))
    connection.execute(mended.where(o.payload.in_(live), ~revises).values(known=first))


# ---- statements ------------------------------------------------------------------------------------------------------


def state(
    connection: Connection, payload: Payload, turn: Turn, said: Mapping[Place, Kept], manner: Manner
) -> set[Place]:
    """Makes `said` what the payload says; the places at which a stored row changed.

    What a later payload of the stream said again was not stored a second time. Where statements are not whole, nobody
    can tell what that was: the later ones are to be read again.
    """
    whole = manner == "whole"
    stream = _stream(connection, payload, turn, None if whole else said)
    own = own_rows(stream, said, turn, manner)
    touched = _replace(connection, stream.own, own)
    later: dict[Place, Kept | None] = {}
    if whole:
        later = dict(following_rows(stream, own))
    elif touched:
        later = dict(later_rows(stream, own, _delays(connection, touched))) if manner == "live" else {}
        _read_later_again(connection, payload, turn)
    there = {place: stream.after[place] for place in later if place in stream.after}
    return touched | _replace(connection, there, {place: row for place, row in later.items() if row})


def _stream(connection: Connection, payload: Payload, turn: Turn, only: Mapping[Place, Kept] | None) -> Stream:
    """The stored rows of the payload's stream; `only` these places, and those that the payload has rows at."""
    o, p = observation.c, payload_table.c
    query = sa.select(o.series, *ROW).order_by(o.seen, o.payload)
    if only is None:
        query = query.join_from(observation, payload_table, o.payload == p.number).where(*_in_stream(payload))
        after = sa.select(p.fetched, p.number).where(*_later(payload, turn)).order_by(p.fetched, p.number).limit(1)
        following = connection.execute(after).one_or_none()
        return around(_rows(connection, query), turn, Turn(*following) if following else None)
    had = connection.execute(sa.select(o.series, o.at).where(o.payload == turn.payload))
    places = {*only, *((int(series), int(at)) for series, at in had)}
    moments = sorted(at for _, at in places) or [0]
    query = query.where(o.series.in_(sorted({series for series, _ in places})), o.at.between(moments[0], moments[-1]))
    mine = set(connection.execute(sa.select(p.number).where(*_in_stream(payload))).scalars())
    return around([(number, row) for number, row in _rows(connection, query) if row.payload in mine], turn, None)


def _rows(connection: Connection, query: sa.Select[Any]) -> list[tuple[int, Kept]]:
    return [(number, Kept(*row)) for number, *row in connection.execute(query)]


def _later(payload: Payload, turn: Turn) -> tuple[Any, ...]:
    """The payloads after a statement of the stream, as far as they state anything."""
    p = payload_table.c
    later = sa.or_(p.fetched > turn.seen, sa.and_(p.fetched == turn.seen, p.number > turn.payload))
    return (*_in_stream(payload), later, p.manner != "")


def _read_later_again(connection: Connection, payload: Payload, turn: Turn) -> None:
    later = (*_later(payload, turn), payload_table.c.parser != UNREAD)
    connection.execute(sa.update(payload_table).where(*later).values(parser=UNREAD))


def _delays(connection: Connection, places: set[Place]) -> dict[int, int]:
    """Seconds until a row is known, by the number of its series."""
    numbers = sorted({series for series, _ in places})
    found = connection.execute(sa.select(series_table).where(series_table.c.number.in_(numbers)))
    return {int(row.number): delay(series_of(row)) for row in found}


def _replace(connection: Connection, old: Mapping[Place, Kept], new: Mapping[Place, Kept]) -> set[Place]:
    """Makes `new` the stored rows of one payload where `old` are; the places at which something changed."""
    gone = {place: row for place, row in old.items() if new.get(place) != row}
    fresh = {place: row for place, row in new.items() if old.get(place) != row}
    o = observation.c
    if gone:
        key = (o.series == sa.bindparam("s"), o.at == sa.bindparam("a"), o.payload == sa.bindparam("p"))
        places = [{"s": series, "a": at, "p": row.payload} for (series, at), row in gone.items()]
        connection.execute(sa.delete(observation).where(*key), places)
    if fresh:
        rows = [{"series": series, **row._asdict()} for (series, _), row in fresh.items()]
        connection.execute(sa.insert(observation), rows)
    return {*gone, *fresh}


# ---- reading ---------------------------------------------------------------------------------------------------------


def of_series(series: str) -> sa.Select[Any]:
    """The rows of a series, revisions in the order they were seen."""
    o = observation.c
    query = sa.select(*ROW).join_from(observation, series_table, o.series == series_table.c.number)
    return query.where(series_table.c.id == series).order_by(o.at, o.seen, o.payload)


def streams_of(connection: Connection, found: Sequence[Kept]) -> dict[int, object]:
    """Source and key by payload number, of the rows' payloads and those between; nobody asks where nothing was
    withdrawn."""
    if all(row.value is not None for row in found):
        return {}
    p, numbers = payload_table.c, [row.payload for row in found]
    query = sa.select(p.number, p.source, p.key).where(p.number.between(min(numbers), max(numbers)))
    return {n: (source, key) for n, source, key in connection.execute(query)}
