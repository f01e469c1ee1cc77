"""The store: payloads' observations and items go in, series as they were seen at a moment come out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import sqlalchemy as sa

from reporter import clock
from reporter.errors import StoreError
from reporter.history import ends, migrate, streams
from reporter.history.ends import Refused
from reporter.history.items import One, between, headlines, replace_items
from reporter.history.rows import Kept, Rows, columns, standing
from reporter.history.statements import Manner, stated, turn_of
from reporter.history.tables import item_table, observation, payload_table, series_table, weekly
from reporter.model import Headline, Input, Item, Observation, Payload, Series

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

LONGEST_REACH = 8 * 86_400  # a row belongs to no week that ended more than a day before it
AT_ONCE = 2_000  # values in one question: a database takes only so many


class History:
    """The store. SQLite in a file by default; any database that SQLAlchemy speaks to, by URL."""

    def __init__(self, engine: Engine, name: str) -> None:
        self.engine = engine
        self.name = name

    # ---- writing -----------------------------------------------------------------------------------------------------

    def has(self, payload: Payload, parser: str) -> bool:
        """Whether this payload has been read in with this parser and mapping already."""
        with self._reading() as connection:
            found = connection.execute(sa.select(payload_table.c.parser).where(*streams.same(payload))).scalar()
        return found == parser

    def pass_over(self, payload: Payload, parser: str) -> None:
        """Counts a payload as read in with this parser; what it said before stays as it is. One that never said
        anything keeps its fault."""
        with self._writing() as connection:
            streams.payload_number(connection, payload, parser=parser)

    def refuse(self, payload: Payload, parser: str) -> None:
        """Counts a payload as read in that holds no data, for its fault: it says nothing, and takes nothing back that
        others said."""
        with self._writing() as connection:
            number = streams.payload_number(connection, payload, parser=parser, fault=payload.fault, manner="")
            touched = streams.state(connection, payload, turn_of(payload, number), {}, "live")
            moments = replace_items(connection, number, ()) | {at for _, at in touched}
            _end_weeks(connection, moments)

    def settle(self, source: str, parser: str) -> None:
        """Counts all payloads of a source as read in with this parser; those that the archive no longer has keep what
        they said."""
        c = payload_table.c
        with self._writing() as connection:
            connection.execute(
                sa.update(payload_table).where(c.source == source, c.parser != parser).values(parser=parser)
            )

    def keys(self, source: str) -> frozenset[str]:
        """The keys under which payloads of a source were read in."""
        with self._reading() as connection:
            found = connection.execute(sa.select(payload_table.c.key).where(payload_table.c.source == source)).scalars()
            return frozenset(str(key) for key in found)

    def flaws(self, payload: Payload) -> tuple[str, ...]:
        """What could not be used of a payload when it was read in, a line each."""
        with self._reading() as connection:
            body = connection.execute(sa.select(payload_table.c.flaws).where(*streams.same(payload))).scalar()
        return tuple(json.loads(body)) if body else ()

    def keep_flaws(self, payload: Payload, lines: Sequence[str]) -> None:
        """Keeps what could not be used of a payload, so that later runs can say it too."""
        with self._writing() as connection:
            connection.execute(
                sa.update(payload_table).where(*streams.same(payload)).values(flaws=json.dumps(list(lines)))
            )

    def stale(self, source: str, parser: str) -> bool:
        """Whether a payload of this source was read in with another parser or mapping."""
        c = payload_table.c
        with self._reading() as connection:
            query = sa.select(c.number).where(c.source == source, c.parser != parser).limit(1)
            return connection.execute(query).scalar() is not None

    def add(  # noqa: PLR0913, PLR0917 - a payload holds as many things
        self,
        payload: Payload,
        parser: str,
        series: Iterable[Series],
        observations: Sequence[Observation],
        manner: Manner = "whole",
        items: Sequence[Item] = (),
    ) -> int:
        """The number of rows that were new or changed; items are no rows.

        A value equal to the one before in the same stream (source and key) adds nothing. A payload read again with
        another `parser` replaces its own rows and items and keeps its place in time. In the `whole` manner, that of a
        file, what an earlier payload of the stream said and this one does not is withdrawn; in the `rolling` one it
        stays; in the `live` one it stays, and a value that revises another is known only from when it was fetched.
        Raises ParseError for a value that is not finite and for two values of one moment; then nothing was changed.
        """
        with self._writing() as connection:
            numbers = {s.id: (streams.series_number(connection, s), s) for s in series}
            number = streams.payload_number(connection, payload, parser=parser, fault="", manner=manner)
            turn = turn_of(payload, number)
            touched = streams.state(connection, payload, turn, stated(observations, numbers, turn), manner)
            moments = replace_items(connection, number, items) | {at for _, at in touched}
            _end_weeks(connection, moments)
        return len(touched)

    def keep_weeks(self, definition: str, bodies: Mapping[int, tuple[bytes, bytes]]) -> None:
        """Keeps of each week what was computed, its numbers and the evidence for them, until a row of that week or an
        earlier one changes."""
        if not bodies:
            return
        rows = [
            {"week": week, "definition": definition, "numbers": numbers, "evidence": evidence}
            for week, (numbers, evidence) in bodies.items()
        ]
        with self._writing() as connection:
            for weeks in _portions(bodies):
                connection.execute(sa.delete(weekly).where(weekly.c.week.in_(weeks)))
            connection.execute(sa.insert(weekly), rows)

    # ---- reading -----------------------------------------------------------------------------------------------------

    def kept_weeks(self, definition: str, weeks: Iterable[int]) -> dict[int, bytes]:
        """The numbers kept under this definition for those of the weeks that have any, by the week's first second."""
        return self._kept(weekly.c.numbers, definition, weeks)

    def kept_evidence(self, definition: str, weeks: Iterable[int]) -> dict[int, bytes]:
        """The evidence for them, by the week's first second."""
        return self._kept(weekly.c.evidence, definition, weeks)

    def _kept(self, column: sa.Column[bytes], definition: str, weeks: Iterable[int]) -> dict[int, bytes]:
        query = sa.select(weekly.c.week, column).where(weekly.c.definition == definition)
        found: dict[int, bytes] = {}
        with self._reading() as connection:
            for some in _portions(weeks):
                rows = connection.execute(query.where(weekly.c.week.in_(some)))
                found |= {int(week): bytes(body) for week, body in rows}
        return found

    def series(self) -> tuple[Series, ...]:
        with self._reading() as connection:
            return tuple(
                streams.series_of(row)
                for row in connection.execute(sa.select(series_table).order_by(series_table.c.id))
            )

    def payload_ids(self) -> dict[int, str]:
        with self._reading() as connection:
            query = sa.select(payload_table.c.number, payload_table.c.id).order_by(payload_table.c.number)
            return {int(number): str(name) for number, name in connection.execute(query)}

    def payload_names(self, numbers: Iterable[int]) -> dict[int, str]:
        """The ids of these payloads, by number."""
        c = payload_table.c
        found: dict[int, str] = {}
        with self._reading() as connection:
            for some in _portions(numbers):
                rows = connection.execute(sa.select(c.number, c.id).where(c.number.in_(some)))
                found |= {int(number): str(name) for number, name in rows}
        return found

    def listed(self) -> frozenset[tuple[str, str]]:
        """The kind and the asset of all items there are: most stores have none, and most assets no options.

        The index is asked for the next pair after each, since there are few pairs and many items.
        """
        c, found = item_table.c, set()
        pair = sa.tuple_(c.kind, c.asset)
        query = sa.select(c.kind, c.asset).order_by(c.kind, c.asset).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
            while row is not None:
                found.add((str(row.kind), str(row.asset)))
                row = connection.execute(query.where(pair > sa.tuple_(row.kind, row.asset))).one_or_none()
        return frozenset(found)

    def payloads_of(self, ids: Iterable[str]) -> dict[str, tuple[int, str]]:
        """The number and the source of each of these payloads, by its id."""
        c = payload_table.c
        query = sa.select(c.id, c.number, c.source).where(c.id.in_(sorted(set(ids)))).order_by(c.number)
        with self._reading() as connection:
            return {str(name): (int(number), str(source)) for name, number, source in connection.execute(query)}

    def first_at(self) -> datetime | None:
        """The earliest moment of any observation."""
        with self._reading() as connection:
            first = ends.first(connection)
        return None if first is None else clock.moment(first)

    def last_seen(self) -> datetime:
        """When the newest row was fetched; the beginning of time where there is none."""
        with self._reading() as connection:
            last = connection.execute(sa.select(sa.func.max(payload_table.c.fetched))).scalar()
        return clock.moment(last or 0)

    def span(self, as_of: datetime) -> dict[str, tuple[datetime, datetime]]:
        """First and last moment of each series, as seen at `as_of`; moments that were withdrawn do not count."""
        with self._reading() as connection:
            return ends.spans(connection, clock.seconds(as_of))

    def newest(self, as_of: datetime, cut: datetime) -> dict[str, datetime]:
        """The newest moment of each series, no later than the cut, that had a value known at the cut."""
        with self._reading() as connection:
            return ends.newest(connection, clock.seconds(as_of), clock.seconds(cut))

    def faults(self, as_of: datetime, since: datetime) -> tuple[Refused, ...]:
        """The streams whose last payload fetched from `since` to `as_of` holds no data, by source and key."""
        with self._reading() as connection:
            return ends.faults(connection, clock.seconds(since), clock.seconds(as_of))

    def items(
        self, kind: type[One], since: datetime, until: datetime, as_of: datetime, asset: str | None = None
    ) -> tuple[One, ...]:
        """The items of a kind with a moment from `since` to `until`, both included, in payloads fetched up to `as_of`;
        in the order of their moments, then as they came. A headline that comes again counts once, as first seen."""
        span, seen = (clock.seconds(since), clock.seconds(until)), clock.seconds(as_of)
        with self._reading() as connection:
            if kind is Headline:
                return cast("tuple[One, ...]", tuple(headlines(connection, span, seen)))
            return tuple(between(connection, kind, span, seen, asset))

    def rows(self, series: Series, since: datetime | None, as_of: datetime) -> Rows:
        """All rows of a series from `since` on, as seen at `as_of`."""
        query = streams.of_series(series.id).where(observation.c.seen <= clock.seconds(as_of))
        if since is not None:
            query = query.where(observation.c.at >= clock.seconds(since))
        with self._reading() as connection:
            found = [Kept(*row) for row in connection.execute(query)]
            return columns(series, standing(found, streams.streams_of(connection, found)))

    def evidence(
        self, used: Input, most: int = 400, as_of: datetime | None = None, cut: datetime | None = None
    ) -> list[dict[str, Any]]:
        """The rows behind an input: moment, value, source, file and line, payload; for `explain`.

        With the moments at which the input was read they are exactly its rows; without them, the last that its payloads
        say.
        """
        o, p = observation.c, payload_table.c
        query = streams.of_series(used.series).where(
            o.at >= clock.seconds(used.first), o.at <= clock.seconds(used.last)
        )
        if as_of is None:
            query = query.where(o.payload.in_(sa.select(p.number).where(p.id.in_(used.payload_ids))))
        else:
            query = query.where(o.seen <= clock.seconds(as_of))
        with self._reading() as connection:
            found = [Kept(*row) for row in connection.execute(query)]
            stands = standing(found, streams.streams_of(connection, found))
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
    sa.event.listen(engine, "connect", _set_up)
    history = History(engine, path.name)
    migrate.bring_up(history._writing, str(path))
    return history


def _portions(values: Iterable[int]) -> Iterator[list[int]]:
    """The values in order, so many at once."""
    every = sorted(set(values))
    for first in range(0, len(every), AT_ONCE):
        yield every[first : first + AT_ONCE]


def _set_up(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def _end_weeks(connection: Connection, moments: set[int]) -> None:
    """Throws away the kept values of the weeks that something at these moments may belong to, and of later ones."""
    if moments:
        connection.execute(sa.delete(weekly).where(weekly.c.week > min(moments) - LONGEST_REACH))
