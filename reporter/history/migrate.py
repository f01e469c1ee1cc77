"""From older schemas to the newest: each step in a transaction of its own, together with the version it leads to.

A step speaks of the tables as they were then, in plain SQL, so that later changes of `tables` do not change it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reporter.errors import StoreError
from reporter.history.tables import SCHEMA, meta, tables

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

Step = Callable[["Connection"], None]
VERSION = "schema"


def _items_and_faults(connection: Connection) -> None:
    """1 to 2: why a payload holds no data, in which manner it was read in, and what is no number of a series.

    All that schema 1 had read in came from files.
    """
    for line in (
        "ALTER TABLE payload ADD COLUMN fault VARCHAR DEFAULT '' NOT NULL",
        "ALTER TABLE payload ADD COLUMN manner VARCHAR DEFAULT '' NOT NULL",
        "UPDATE payload SET manner = 'whole'",
        "CREATE TABLE item (number INTEGER NOT NULL, payload INTEGER NOT NULL, kind VARCHAR NOT NULL,"
        " asset VARCHAR NOT NULL, at BIGINT NOT NULL, body VARCHAR NOT NULL, PRIMARY KEY (number),"
        " FOREIGN KEY(payload) REFERENCES payload (number))",
        "CREATE INDEX item_place ON item (kind, asset, at)",
        "CREATE INDEX item_payload ON item (payload)",
    ):
        connection.exec_driver_sql(line)


def _evidence_apart(connection: Connection) -> None:
    """2 to 3: kept weeks have their numbers and the rows behind them apart, and are computed anew; payloads are found
    by their body and by their time."""
    body = sa.LargeBinary().compile(dialect=connection.dialect)
    for line in (
        "DROP TABLE weekly",
        f"CREATE TABLE weekly (week BIGINT NOT NULL, definition VARCHAR NOT NULL, numbers {body} NOT NULL,"
        f" evidence {body} NOT NULL, PRIMARY KEY (week, definition))",
        "CREATE INDEX payload_body ON payload (id)",
        "CREATE INDEX payload_fetched ON payload (fetched)",
    ):
        connection.exec_driver_sql(line)


STEPS: tuple[Step, ...] = (_items_and_faults, _evidence_apart)  # the first leads from schema 1 to 2


def bring_up(transaction: Callable[[], AbstractContextManager[Connection]], name: str) -> None:
    """Makes the tables where there are none, and takes each step that an older store needs.

    Raises StoreError for a store that is newer than this program.
    """
    found = 0
    while found < SCHEMA:
        with transaction() as connection:
            found = _version(connection, name)
            if found == 0:
                tables.create_all(connection)
                connection.execute(sa.insert(meta).values(key=VERSION, value=str(SCHEMA)))
                return
            if found < SCHEMA:
                STEPS[found - 1](connection)
                _set_version(connection, found + 1)


def _version(connection: Connection, name: str) -> int:
    """The schema of the store; 0 where there is none yet."""
    if not sa.inspect(connection).has_table(meta.name):
        return 0
    version = connection.execute(sa.select(meta.c.value).where(meta.c.key == VERSION)).scalar()
    if version is None:
        return 0
    if not (version.isdecimal() and 1 <= int(version) <= SCHEMA):
        raise StoreError(f"{name}: made by a newer version (schema {version}, known {SCHEMA}); update reporter")
    return int(version)


def _set_version(connection: Connection, version: int) -> None:
    connection.execute(sa.update(meta).where(meta.c.key == VERSION).values(value=str(version)))
