"""Where series and streams end: first and newest moments, and the streams whose last answer held no data."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from reporter import clock
from reporter.history.rows import Kept, columns, standing
from reporter.history.streams import of_series, series_of, streams_of
from reporter.history.tables import observation, payload_table, series_table

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection


class Refused(NamedTuple):
    """A stream whose last answer held no data, why, and when it came."""

    source: str
    key: str
    fault: str
    fetched: datetime


def first(connection: Connection) -> int | None:
    """The earliest moment of any row; the index of each series is asked for its beginning."""
    o, s = observation.c, series_table.c
    begin = sa.select(sa.func.min(o.at)).where(o.series == s.number).correlate(series_table).scalar_subquery()
    found: int | None = connection.execute(sa.select(sa.func.min(begin)).select_from(series_table)).scalar()
    return found


def spans(connection: Connection, seen: int) -> dict[str, tuple[datetime, datetime]]:
    """First and last moment of each series in the rows seen up to `seen`; withdrawn moments do not count.

    The index is walked from either end, as far as the first row that stands.
    """
    o, s = observation.c, series_table.c
    gone = sa.alias(observation)
    withdrawn = sa.exists().where(
        gone.c.series == o.series, gone.c.at == o.at, gone.c.seen >= o.seen, gone.c.seen <= seen, gone.c.value.is_(None)
    )
    stands = sa.select(o.at).where(o.series == s.number, o.seen <= seen, ~withdrawn)
    begin, end = (
        stands.order_by(way).limit(1).correlate(series_table).scalar_subquery() for way in (o.at, o.at.desc())
    )
    found = connection.execute(sa.select(s.id, begin, end))
    return {i: (clock.moment(a), clock.moment(b)) for i, a, b in found if a is not None}


def newest(connection: Connection, seen: int, cut: int) -> dict[str, datetime]:
    """The newest moment, up to the cut, of which each series had a value known at the cut.

    The index is walked from its end. Only where a row of the moment found was withdrawn is the whole series read.
    """
    o, s = observation.c, series_table.c
    known = (o.series == s.number, o.at <= cut, o.seen <= seen, o.known <= cut, o.value.is_not(None))
    last = sa.select(o.at).where(*known).order_by(o.at.desc()).limit(1).correlate(series_table).scalar_subquery()
    ends = sa.select(s.number, s.id, last.label("at")).cte("ends")
    withdrawn = sa.exists().where(o.series == ends.c.number, o.at == ends.c.at, o.seen <= seen, o.value.is_(None))
    found = connection.execute(sa.select(ends.c.id, ends.c.at, withdrawn).order_by(ends.c.id)).all()
    moments = {name: _last(connection, name, seen, cut) if gone else at for name, at, gone in found}
    return {name: clock.moment(at) for name, at in moments.items() if at is not None}


def _last(connection: Connection, name: str, seen: int, cut: int) -> int | None:
    """The last moment of one series, from all its rows."""
    o = observation.c
    rows = [Kept(*row) for row in connection.execute(of_series(name).where(o.seen <= seen, o.at <= cut))]
    series = series_of(connection.execute(sa.select(series_table).where(series_table.c.id == name)).one())
    stands = columns(series, standing(rows, streams_of(connection, rows)))
    at = stands.window(int(stands.at[0]), cut + 1, cut).at
    return int(at[-1]) if len(at) else None


def faults(connection: Connection, since: int, seen: int) -> tuple[Refused, ...]:
    """The streams whose last payload fetched in [since, seen] holds no data."""
    p = payload_table.c
    query = sa.select(p.source, p.key, p.fault, p.fetched).where(p.fetched.between(since, seen))
    told = connection.execute(query.order_by(p.fetched, p.number))
    last = {(source, key): (fault, fetched) for source, key, fault, fetched in told}
    return tuple(Refused(*stream, fault, clock.moment(at)) for stream, (fault, at) in sorted(last.items()) if fault)
