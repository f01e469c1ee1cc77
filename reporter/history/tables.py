"""The tables of the store."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = 1

tables = sa.MetaData()
meta = sa.Table(
    "meta", tables, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)
series_table = sa.Table(
    "series",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String, nullable=False, unique=True),
    sa.Column("unit", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("cadence", sa.Integer, nullable=False),
    sa.Column("delay", sa.Integer, nullable=False),
    sa.Column("label", sa.String, nullable=False),
    sa.Column("terms", sa.String, nullable=False),
)
# A body that comes back after another one is a payload again: `fetched` tells them apart.
payload_table = sa.Table(
    "payload",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("id", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("key", sa.String, nullable=False),
    sa.Column("fetched", sa.BigInteger, nullable=False),
    sa.Column("parser", sa.String, nullable=False),
    sa.Column("flaws", sa.String, nullable=True),
    sa.UniqueConstraint("source", "key", "id", "fetched"),
)
observation = sa.Table(
    "observation",
    tables,
    sa.Column("series", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("seen", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("payload", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("known", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Float, nullable=True),
    sa.Column("line", sa.Integer, nullable=True),
    sa.Index("observation_payload", "payload"),
    sqlite_with_rowid=False,
)
weekly = sa.Table(
    "weekly",
    tables,
    sa.Column("week", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("definition", sa.String, primary_key=True),
    sa.Column("body", sa.String, nullable=False),
)
