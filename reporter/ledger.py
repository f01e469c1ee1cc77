"""What earlier notes said: sentences go in when their note is finished, and come out for the notes of later weeks.

The history can be rebuilt from the archive, this cannot: it lies in a file of its own. Back it up.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from reporter.errors import StoreError
from reporter.model import Said, Sentence, Week

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection, Engine

SCHEMA = 1
VERSION = "ledger"
NOTES = 522  # ten years: a rule that seldom speaks has a memory too
WAIT = 30.0  # seconds, while another process writes

tables = sa.MetaData()
meta = sa.Table(
    "meta", tables, sa.Column("key", sa.String, primary_key=True), sa.Column("value", sa.String, nullable=False)
)
# `week` is the ISO date of its Monday.
note_table = sa.Table(
    "note",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("edition", sa.String, nullable=False),
    sa.Column("week", sa.String, nullable=False),
    sa.Column("digest", sa.String, nullable=False),
    sa.UniqueConstraint("edition", "week"),
)
said_table = sa.Table(
    "said",
    tables,
    sa.Column("note", sa.Integer, sa.ForeignKey("note.number"), primary_key=True, autoincrement=False),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rule_id", sa.String, nullable=False),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("variant", sa.Integer, nullable=False),
    sa.Column("joined", sa.Boolean, nullable=False),
    sa.Column("topic", sa.String, nullable=False),
    sa.Column("stance", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
)


class Ledger:
    """The notes of a newsletter by edition and week. Nothing is opened before it is asked, or told, something."""

    def __init__(self, engine: Engine, path: Path) -> None:
        self.engine = engine
        self.path = path

    def record(self, edition: str, week: Week, digest: str, sentences: Sequence[Sentence]) -> None:
        """Replaces what the edition's note of the week said, whole or not at all.

        Raises StoreError for a file that cannot be written, is no ledger or is a newer version's.
        """
        n, s = note_table.c, said_table.c
        place = {"edition": edition, "week": _monday(week)}
        with self._writing() as connection:
            earlier = sa.select(n.number).where(n.edition == edition, n.week == place["week"])
            connection.execute(sa.delete(said_table).where(s.note.in_(earlier)))
            connection.execute(sa.delete(note_table).where(n.edition == edition, n.week == place["week"]))
            made = sa.insert(note_table).values(**place, digest=digest).returning(n.number)
            number = connection.execute(made).scalar_one()
            rows = [{"note": number, "place": at, **_row(said)} for at, said in enumerate(sentences)]
            if rows:
                connection.execute(sa.insert(said_table), rows)

    def said(self, edition: str, before: Week, notes: int = NOTES) -> tuple[Said, ...]:
        """The sentences of the edition's last notes of earlier weeks, oldest first, each note in reading order; none
        where there is no ledger yet, and none is made.

        Raises StoreError for a file that cannot be read, is no ledger or is a newer version's.
        """
        if not self.path.exists():
            return ()
        n, s = note_table.c, said_table.c
        last = sa.select(n.number, n.week).where(n.edition == edition, n.week < _monday(before))
        last_notes = last.order_by(n.week.desc()).limit(notes).subquery()
        fields = (s.rule_id, s.subject, s.variant, s.joined, s.topic, s.stance, s.text)
        query = sa.select(last_notes.c.week, *fields).join(last_notes, s.note == last_notes.c.number)
        with self._reading() as connection:
            if not _version(connection, self.path):
                return ()
            found = connection.execute(query.order_by(last_notes.c.week, s.place)).all()
            return tuple(Said(date.fromisoformat(week), *rest) for week, *rest in found)

    def digest(self, edition: str, before: Week) -> str:
        """The sha256 of what `said` gives. Raises StoreError as `said` does."""
        return digest_of(self.said(edition, before))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except (sa.exc.SQLAlchemyError, ValueError, TypeError) as problem:
            raise self._broken(problem) from None

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction, alone from its beginning on, in which the tables are there."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.engine.begin() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                if not _version(connection, self.path):
                    tables.create_all(connection)
                    connection.execute(sa.insert(meta).values(key=VERSION, value=str(SCHEMA)))
                yield connection
        except OSError as problem:
            raise StoreError(f"{self.path.parent}: {problem.strerror}; the data folder must be writable") from None
        except sa.exc.SQLAlchemyError as problem:
            raise self._broken(problem) from None

    def _broken(self, problem: Exception) -> StoreError:
        what = str(getattr(problem, "orig", problem)).partition("\n")[0]
        if "locked" in what:
            return StoreError(f"{self.path}: another process is writing in it; try again when it is done")
        return StoreError(
            f"{self.path}: the ledger of past notes cannot be used ({what}); check the disk, put back a copy, or move "
            "the file away: then no earlier note is known"
        )


def open_ledger(path: Path, wait: float = WAIT) -> Ledger:
    """The ledger in a SQLite file, which is made when the first note is recorded. A writer waits up to `wait` seconds
    for another one."""
    address = sa.URL.create("sqlite", database=str(path))
    # As in the history: without a pool no connection outlives its use.
    return Ledger(sa.create_engine(address, connect_args={"timeout": wait}, poolclass=sa.NullPool), path)


def digest_of(memory: Sequence[Said]) -> str:
    """The sha256 of sentences in their order; of none, that of an empty text."""
    lines = (json.dumps([one.week.isoformat(), *astuple(one)[1:]], ensure_ascii=False) for one in memory)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _row(said: Sentence) -> dict[str, object]:
    names = ("rule_id", "subject", "variant", "joined", "topic", "stance", "text")
    return {name: getattr(said, name) for name in names}


def _monday(week: Week) -> str:
    return week.start.date().isoformat()


def _version(connection: Connection, path: Path) -> int:
    """The schema of the ledger; 0 where nothing was ever recorded. Raises StoreError for what is none, or is newer."""
    there = set(sa.inspect(connection).get_table_names())
    if not there:
        return 0
    query = sa.select(meta.c.value).where(meta.c.key == VERSION)
    version = connection.execute(query).scalar() if meta.name in there else None
    if version is None:
        raise StoreError(f"{path}: is no ledger of notes but something else; move it away, or put the ledger back")
    if version != str(SCHEMA):
        raise StoreError(f"{path}: made by a newer version (ledger schema {version}, known {SCHEMA}); update reporter")
    return SCHEMA
