"""The store: payloads' observations go in, series as they were seen at a moment come out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa

from reporter import clock
from reporter.errors import StoreError
from reporter.history.rows import Kept, Rows, columns, standing
from reporter.history.statements import (
    Place,
    Stream,
    Turn,
    around,
    delay,
    following_rows,
    own_rows,
    stated,
    turn_of,
)
from reporter.history.tables import SCHEMA, meta, observation, payload_table, series_table, tables, weekly
from reporter.model import Input, Kind, Observation, Payload, Series, Unit

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

Manner = Literal["whole", "rolling", "live"]
LONGEST_REACH = 8 * 86_400  # a row belongs to no week that ended more than a day before it
ROW = (observation.c.at, observation.c.seen, observation.c.known, observation.c.value, observation.c.payload,
       observation.c.line)  # fmt: skip


class History:
    """The store. SQLite in a file by default; any database that SQLAlchemy speaks to, by URL."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    # ---- writing -----------------------------------------------------------------------------------------------------

    def has(self, payload: Payload, parser: str) -> bool:
        """Whether this payload has been read in with this parser and mapping already."""
        with self._reading() as connection:
            found = connection.execute(sa.select(payload_table.c.parser).where(*_same(payload))).scalar()
        return found == parser

    def pass_over(self, payload: Payload, parser: str) -> None:
        """Counts a payload as read in with this parser; what it said before stays as it is."""
        with self._writing() as connection:
            _payload_number(connection, payload, parser)

    def keys(self, source: str) -> frozenset[str]:
        """The keys under which payloads of a source were read in."""
        with self._reading() as connection:
            found = connection.execute(sa.select(payload_table.c.key).where(payload_table.c.source == source)).scalars()
            return frozenset(str(key) for key in found)

    def flaws(self, payload: Payload) -> tuple[str, ...]:
        """What could not be used of a payload when it was read in, a line each."""
        with self._reading() as connection:
            body = connection.execute(sa.select(payload_table.c.flaws).where(*_same(payload))).scalar()
        return tuple(json.loads(body)) if body else ()

    def keep_flaws(self, payload: Payload, lines: Sequence[str]) -> None:
        """Keeps what could not be used of a payload, so that later runs can say it too."""
        with self._writing() as connection:
            connection.execute(sa.update(payload_table).where(*_same(payload)).values(flaws=json.dumps(list(lines))))

    def stale(self, source: str, parser: str) -> bool:
        """Whether a payload of this source was read in with another parser or mapping."""
        c = payload_table.c
        with self._reading() as connection:
            query = sa.select(c.number).where(c.source == source, c.parser != parser).limit(1)
            return connection.execute(query).scalar() is not None

    def add(
        self,
        payload: Payload,
        parser: str,
        series: Iterable[Series],
        observations: Sequence[Observation],
        manner: Manner = "whole",
    ) -> int:
        """The number of rows that were new or changed.

        A value equal to the one before in the same stream (source and key) adds nothing. A payload read again with
        another `parser` replaces its own rows and keeps its place in time. In the `whole` manner, that of a file, what
        an earlier payload of the stream said and this one does not is withdrawn; in the `rolling` one it stays; in the
        `live` one it stays, and a row counts as known from when it was fetched. Raises ParseError for a value that is
        not finite and for two values of one moment; then nothing was changed.
        """
        with self._writing() as connection:
            numbers = {s.id: (_number_of(connection, s), s) for s in series}
            turn = turn_of(payload, _payload_number(connection, payload, parser))
            said = stated(observations, numbers, turn, live=manner == "live")
            whole = manner == "whole"
            stream = _stream(connection, payload, turn, None if whole else said)
            own = own_rows(stream, said, turn, whole)
            touched = _replace(connection, stream.own, own)
            if whole:
                changed = dict(following_rows(stream, own))
                there = {place: stream.after[place] for place in changed if place in stream.after}
                touched |= _replace(connection, there, {place: row for place, row in changed.items() if row})
            if touched:
                earliest = min(at for _, at in touched)
                connection.execute(sa.delete(weekly).where(weekly.c.week > earliest - LONGEST_REACH))
        return len(touched)

    def keep_weeks(self, definition: str, bodies: Mapping[int, object]) -> None:
        """Keeps computed weekly values until a row of that week or an earlier one changes."""
        if not bodies:
            return
        rows = [{"week": week, "definition": definition, "body": json.dumps(body)} for week, body in bodies.items()]
        with self._writing() as connection:
            connection.execute(sa.delete(weekly).where(weekly.c.week.in_(list(bodies))))
            connection.execute(sa.insert(weekly), rows)

    # ---- reading -----------------------------------------------------------------------------------------------------

    def kept_weeks(self, definition: str) -> dict[int, Any]:
        """The weekly values kept under this definition, by the week's first second."""
        with self._reading() as connection:
            query = sa.select(weekly.c.week, weekly.c.body).where(weekly.c.definition == definition)
            return {week: json.loads(body) for week, body in connection.execute(query)}

    def series(self) -> tuple[Series, ...]:
        with self._reading() as connection:
            return tuple(
                _series(row) for row in connection.execute(sa.select(series_table).order_by(series_table.c.id))
            )

    def payload_ids(self) -> dict[int, str]:
        with self._reading() as connection:
            query = sa.select(payload_table.c.number, payload_table.c.id)
            return {int(number): str(name) for number, name in connection.execute(query)}

    def first_at(self) -> datetime | None:
        """The earliest moment of any observation."""
        with self._reading() as connection:
            first = connection.execute(sa.select(sa.func.min(observation.c.at))).scalar()
        return None if first is None else clock.moment(first)

    def last_seen(self) -> datetime:
        """When the newest row was fetched; the beginning of time where there is none."""
        with self._reading() as connection:
            last = connection.execute(sa.select(sa.func.max(payload_table.c.fetched))).scalar()
        return clock.moment(last or 0)

    def span(self, as_of: datetime) -> dict[str, tuple[datetime, datetime]]:
        """First and last moment of each series, as seen at `as_of`; moments that were withdrawn do not count."""
        o, s, seen = observation.c, series_table.c, clock.seconds(as_of)
        gone = sa.alias(observation)
        withdrawn = sa.exists().where(
            gone.c.series == o.series, gone.c.at == o.at, gone.c.seen >= o.seen, gone.c.seen <= seen,
            gone.c.value.is_(None)
        )  # fmt: skip
        query = (
            sa.select(s.id, sa.func.min(o.at), sa.func.max(o.at))
            .join_from(observation, series_table, o.series == s.number)
            .where(o.seen <= seen, ~withdrawn)
            .group_by(s.id)
        )
        with self._reading() as connection:
            return {i: (clock.moment(a), clock.moment(b)) for i, a, b in connection.execute(query)}

    def rows(self, series: Series, since: datetime | None, as_of: datetime) -> Rows:
        """All rows of a series from `since` on, as seen at `as_of`."""
        query = _of(series.id).where(observation.c.seen <= clock.seconds(as_of))
        if since is not None:
            query = query.where(observation.c.at >= clock.seconds(since))
        with self._reading() as connection:
            found = [Kept(*row) for row in connection.execute(query)]
            return columns(series, standing(found, _streams(connection, found)))

    def evidence(
        self, used: Input, most: int = 400, as_of: datetime | None = None, cut: datetime | None = None
    ) -> list[dict[str, Any]]:
        """The rows behind an input: moment, value, source, file and line, payload; for `explain`.

        With the moments at which the input was read they are exactly its rows; without them, the last that its payloads
        say.
        """
        o, p = observation.c, payload_table.c
        query = _of(used.series).where(o.at >= clock.seconds(used.first), o.at <= clock.seconds(used.last))
        if as_of is None:
            query = query.where(o.payload.in_(sa.select(p.number).where(p.id.in_(used.payload_ids))))
        else:
            query = query.where(o.seen <= clock.seconds(as_of))
        with self._reading() as connection:
            found = [Kept(*row) for row in connection.execute(query)]
            stands = standing(found, _streams(connection, found))
            files = {n: rest for n, *rest in connection.execute(sa.select(p.number, p.source, p.key, p.id))}
        last = {row.at: row for row in stands if cut is None or row.known <= clock.seconds(cut)}
        rows = [row for row in last.values() if row.value is not None][:most]
        names = ("source", "file", "payload")
        return [{"at": clock.moment(row.at), "value": row.value, "line": row.line,
                 **dict(zip(names, files[row.payload], strict=True))} for row in rows]  # fmt: skip

    # ---- connections -------------------------------------------------------------------------------------------------

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except sa.exc.DBAPIError as problem:
            raise self._broken(problem) from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction, alone from its first reading on: what is compared is still so when it is written."""
        try:
            with self.engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
        except sa.exc.DBAPIError as problem:
            raise self._broken(problem) from None

    def _broken(self, problem: sa.exc.DBAPIError) -> StoreError:
        return StoreError(
            f"{self.name}: the history cannot be used ({problem.orig}); check the disk, or rebuild it from the archive"
        )


def open_history(path: Path) -> History:
    """The history in a SQLite file, made where there is none. Raises StoreError for a file that is none or is newer."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise StoreError(f"{path.parent}: {problem.strerror}; the data folder must be writable") from None
    # Without a pool no connection outlives its use: Python 3.13 warns of one that is left to the end of the process.
    address = sa.URL.create("sqlite", database=str(path))
    engine = sa.create_engine(address, connect_args={"timeout": 30}, poolclass=sa.NullPool)
    sa.event.listen(engine, "connect", _settle)
    history = History(engine, path.name)
    with history._writing() as connection:
        tables.create_all(connection)
        version = connection.execute(sa.select(meta.c.value).where(meta.c.key == "schema")).scalar()
        if version is None:
            connection.execute(sa.insert(meta).values(key="schema", value=str(SCHEMA)))
        elif not (version.isdigit() and int(version) <= SCHEMA):
            raise StoreError(f"{path}: made by a newer version (schema {version}, known {SCHEMA}); update reporter")
    return history


def _settle(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


# ---- pieces of add ---------------------------------------------------------------------------------------------------


def _same(payload: Payload) -> tuple[Any, ...]:
    c, fetched = payload_table.c, clock.seconds(payload.fetched_at)
    return (*_in_stream(payload), c.id == payload.id, c.fetched == fetched)


def _in_stream(payload: Payload) -> tuple[Any, ...]:
    return payload_table.c.source == payload.request.source, payload_table.c.key == payload.request.key


def _payload_number(connection: Connection, payload: Payload, parser: str) -> int:
    """The payload's number, whether it had been read in before or not."""
    number = connection.execute(sa.select(payload_table.c.number).where(*_same(payload))).scalar()
    if number is not None:
        connection.execute(sa.update(payload_table).where(payload_table.c.number == number).values(parser=parser))
        return int(number)
    values = {"id": payload.id, "source": payload.request.source, "key": payload.request.key, "parser": parser}
    return _key(
        connection.execute(sa.insert(payload_table).values(**values, fetched=clock.seconds(payload.fetched_at)))
    )


def _key(made: sa.CursorResult[Any]) -> int:
    """The number the database gave to an inserted row."""
    key = made.inserted_primary_key
    assert key is not None
    return int(key[0])


def _number_of(connection: Connection, series: Series) -> int:
    """The series' number. Where its stamps have another meaning now, `known` of its rows and the kept weeks follow."""
    c = series_table.c
    values = {"unit": series.unit, "kind": series.kind, "cadence": _whole(series.cadence),
              "delay": _whole(series.delay), "label": series.label, "terms": series.terms}  # fmt: skip
    row = connection.execute(sa.select(series_table).where(c.id == series.id)).one_or_none()
    if row is None:
        return _key(connection.execute(sa.insert(series_table).values(id=series.id, **values)))
    connection.execute(sa.update(series_table).where(c.number == row.number).values(**values))
    earlier = _series(row)
    if (earlier.kind, earlier.cadence, earlier.delay) != (series.kind, series.cadence, series.delay):
        o = observation.c
        filled = (o.series == row.number, o.known == o.at + delay(earlier))  # a live row knows its own moment
        connection.execute(sa.update(observation).where(*filled).values(known=o.at + delay(series)))
        connection.execute(sa.delete(weekly))
    return int(row.number)


def _whole(span: timedelta) -> int:
    return int(span.total_seconds())


def _stream(connection: Connection, payload: Payload, turn: Turn, only: Mapping[Place, Kept] | None) -> Stream:
    """The stored rows of the payload's stream; `only` these places, and those that the payload has rows at."""
    o, p = observation.c, payload_table.c
    query = sa.select(o.series, *ROW).join_from(observation, payload_table, o.payload == p.number)
    query = query.where(*_in_stream(payload)).order_by(o.seen, o.payload)
    if only is not None:
        series, moments = sorted({s for s, _ in only}), sorted(at for _, at in only) or [0]
        near = sa.and_(o.series.in_(series), o.at.between(moments[0], moments[-1]))
        query = query.where(sa.or_(near, o.payload == turn.payload))
    later = sa.or_(p.fetched > turn.seen, sa.and_(p.fetched == turn.seen, p.number > turn.payload))
    after = sa.select(p.fetched, p.number).where(*_in_stream(payload), later).order_by(p.fetched, p.number).limit(1)
    following = connection.execute(after).one_or_none()
    stored = [(number, Kept(*row)) for number, *row in connection.execute(query)]
    return around(stored, turn, Turn(*following) if following else None)


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


# ---- pieces of reading -----------------------------------------------------------------------------------------------


def _of(series: str) -> sa.Select[Any]:
    """The rows of a series, revisions in the order they were seen."""
    o = observation.c
    query = sa.select(*ROW).join_from(observation, series_table, o.series == series_table.c.number)
    return query.where(series_table.c.id == series).order_by(o.at, o.seen, o.payload)


def _streams(connection: Connection, found: Sequence[Kept]) -> dict[int, object]:
    """Source and key by payload number; nobody asks where nothing was withdrawn."""
    if all(row.value is not None for row in found):
        return {}
    p = payload_table.c
    return {n: (source, key) for n, source, key in connection.execute(sa.select(p.number, p.source, p.key))}


def _series(row: Any) -> Series:
    return Series(row.id, Unit(row.unit), Kind(row.kind), timedelta(seconds=row.cadence), timedelta(seconds=row.delay),
                  row.label, row.terms)  # fmt: skip
