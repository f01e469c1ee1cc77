"""The tables of the store, as the newest schema has them; `migrate` brings an older store there."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = 3

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
# A body that comes back after another one is a payload again: `fetched` tells them apart. `fault` says why it holds no
# data; `manner` is that in which it was read in, an empty text where it never was.
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
    sa.Column("fault", sa.String, nullable=False, server_default=""),
    sa.Column("manner", sa.String, nullable=False, server_default=""),
    sa.UniqueConstraint("source", "key", "id", "fetched"),
    sa.Index("payload_body", "id"),
    sa.Index("payload_fetched", "fetched"),
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
# What is no number of a series: quotes, expiries, levels, headlines. `body` is the record as JSON.
item_table = sa.Table(
    "item",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("payload", sa.Integer, sa.ForeignKey("payload.number"), nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("asset", sa.String, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.String, nullable=False),
    sa.Index("item_place", "kind", "asset", "at"),
    sa.Index("item_payload", "payload"),
)
# What was computed of a week: its numbers, and the rows behind them, which are asked for seldom. Made anew at any time.
weekly = sa.Table(
    "weekly",
    tables,
    sa.Column("week", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("definition", sa.String, primary_key=True),
    sa.Column("numbers", sa.LargeBinary, nullable=False),
    sa.Column("evidence", sa.LargeBinary, nullable=False),
)
