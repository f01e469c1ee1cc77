"""Records that are no numbers of a series, as rows of the table `item`, and back.

An item belongs to the payload that it came with: a payload read in again replaces its items. A feed says a headline as
long as it stands there: it counts once, as it was first seen.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import sqlalchemy as sa

from reporter import clock
from reporter.errors import ParseError
from reporter.history.tables import item_table, payload_table
from reporter.model import Headline, Item

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

One = TypeVar("One", bound=Item)
MOMENTS = ("at", "expiry")


class Row(NamedTuple):
    """An item as it is stored, without its payload."""

    kind: str
    asset: str
    at: int
    body: str


class Told(NamedTuple):
    """A stored item, and the id of its payload."""

    body: str
    payload_id: str


def stored(item: Item) -> Row:
    """An item as a row. Raises ParseError for a number that is not finite, ValueError for a moment without a time
    zone."""
    kind, asset = type(item).__name__, getattr(item, "asset", "")
    said = {one.name: getattr(item, one.name) for one in fields(item) if one.name != "payload_id"}
    moments = {name: value for name in MOMENTS if isinstance(value := said.get(name), datetime)}
    seconds = {name: clock.seconds(value) for name, value in moments.items()}
    said |= {name: value.astimezone(UTC).isoformat() for name, value in moments.items()}
    try:
        return Row(kind, asset, seconds["at"], json.dumps(said, allow_nan=False))
    except ValueError:
        where = " ".join(str(said[name]) for name in ("venue", "instrument") if name in said)
        raise ParseError(f"{kind} {asset} {where}: a number that is not finite; expected a finite one") from None


def record(kind: type[One], told: Told) -> One:
    """The item as it was read in."""
    said: dict[str, Any] = json.loads(told.body)
    for name in MOMENTS:
        if said.get(name) is not None:
            said[name] = datetime.fromisoformat(said[name])
    return kind(**said, payload_id=told.payload_id)


def replace_items(connection: Connection, number: int, items: Sequence[Item]) -> set[int]:
    """Makes these the items of a payload. The moments of what changed that facts may rest on: not those of news."""
    c = item_table.c
    new = [stored(item) for item in items]
    query = sa.select(c.kind, c.asset, c.at, c.body).where(c.payload == number).order_by(c.number)
    old = [Row(*row) for row in connection.execute(query)]
    if new == old:
        return set()
    connection.execute(sa.delete(item_table).where(c.payload == number))
    if new:
        connection.execute(sa.insert(item_table), [{"payload": number, **row._asdict()} for row in new])
    return {row.at for row in {*old} ^ {*new} if row.kind != Headline.__name__}


def between(
    connection: Connection, kind: type[One], span: tuple[int, int], as_of: int, asset: str | None
) -> Iterator[One]:
    """The items of a kind with a moment in `span`, its end included, in payloads fetched up to `as_of`; of one moment
    in the order in which they came."""
    c, p = item_table.c, payload_table.c
    query = _of(kind, as_of).order_by(c.at, p.fetched, p.number, c.number).where(c.at.between(*span))
    if asset is not None:
        query = query.where(c.asset == asset)
    for row in connection.execute(query):
        yield record(kind, Told(*row))


def headlines(connection: Connection, span: tuple[int, int], as_of: int) -> list[Headline]:
    """As `between`; an outlet's headline that was there before, by its link or by its title, is no new one."""
    c, p = item_table.c, payload_table.c
    told = connection.execute(_of(Headline, as_of).order_by(p.fetched, p.number, c.number))
    fresh = _first_seen(record(Headline, Told(*row)) for row in told)
    since, until = span
    return sorted((one for one in fresh if since <= clock.seconds(one.at) <= until), key=lambda o: clock.seconds(o.at))


def _of(kind: type[Any], as_of: int) -> sa.Select[Any]:
    c, p = item_table.c, payload_table.c
    query = sa.select(c.body, p.id).join_from(item_table, payload_table, c.payload == p.number)
    return query.where(c.kind == kind.__name__, p.fetched <= as_of)


def _first_seen(told: Iterable[Headline]) -> Iterator[Headline]:
    seen: set[tuple[str, str, str]] = set()
    for one in told:
        names = {(one.outlet, part, text) for part, text in (("link", one.link), ("title", one.title)) if text}
        if not names & seen:
            yield one
        seen |= names
