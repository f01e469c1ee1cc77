"""A store made by an older version is brought to the newest schema, whole or not at all."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from reporter.clock import seconds
from reporter.errors import StoreError
from reporter.history import SCHEMA, History, migrate, open_history
from reporter.model import Level
from tests.test_history import BODY, DAILY, FOREVER, LATE, MARK, add, at, kept, payload, read

ROOT = Path(__file__).resolve().parent.parent
SCHEMA_1 = """
CREATE TABLE meta (
    "key" VARCHAR NOT NULL,
    value VARCHAR NOT NULL,
    PRIMARY KEY ("key")
);
CREATE TABLE series (
    number INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    cadence INTEGER NOT NULL,
    delay INTEGER NOT NULL,
    label VARCHAR NOT NULL,
    terms VARCHAR NOT NULL,
    PRIMARY KEY (number),
    UNIQUE (id)
);
CREATE TABLE payload (
    number INTEGER NOT NULL,
    id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    "key" VARCHAR NOT NULL,
    fetched BIGINT NOT NULL,
    parser VARCHAR NOT NULL,
    flaws VARCHAR,
    PRIMARY KEY (number),
    UNIQUE (source, "key", id, fetched)
);
CREATE TABLE observation (
    series INTEGER NOT NULL,
    at BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    payload INTEGER NOT NULL,
    known BIGINT NOT NULL,
    value FLOAT,
    line INTEGER,
    PRIMARY KEY (series, at, seen, payload)
) WITHOUT ROWID;
CREATE INDEX observation_payload ON observation (payload);
CREATE TABLE weekly (
    week BIGINT NOT NULL,
    definition VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    PRIMARY KEY (week, definition)
);
INSERT INTO meta VALUES ('schema', '1');
"""
FIRST, SECOND, OTHER = payload("first", at(7)), payload("second", at(8)), payload("other", at(9), "b.csv")


def made_by_schema_1(path: Path) -> Path:
    """A store with three payloads: of DAILY day 1 was revised and day 2 withdrawn, LATE stands in another file."""
    known = [seconds(at(day)) for day in range(1, 5)]
    late = seconds(at(1)) + 13 * 3600
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA_1)
        connection.executemany(
            "INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(1, DAILY.id, "price", "interval", 86400, 0, "Desk", "own"),
             (2, LATE.id, "usd", "interval", 86400, 46800, "Desk", "own")],
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO payload VALUES (?, ?, 'desk', ?, ?, 'one', ?)",
            [(1, FIRST.id, "a.csv", seconds(at(7)), None), (2, SECOND.id, "a.csv", seconds(at(8)), '["row 3: empty"]'),
             (3, OTHER.id, "b.csv", seconds(at(9)), None)],
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO observation VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(1, seconds(at(0)), seconds(at(7)), 1, known[0], 1.0, 2),
             (1, seconds(at(1)), seconds(at(7)), 1, known[1], 2.0, 3),
             (1, seconds(at(1)), seconds(at(8)), 2, known[1], 2.5, 3),
             (1, seconds(at(2)), seconds(at(7)), 1, known[2], 3.0, 4),
             (1, seconds(at(2)), seconds(at(8)), 2, known[2], None, None),
             (2, seconds(at(0)), seconds(at(9)), 3, late, -4.5e6, 2)],
        )  # fmt: skip
        connection.execute("INSERT INTO weekly VALUES (?, 'definition', '{\"x\": 1.5}')", (seconds(at(0)),))
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return made_by_schema_1(tmp_path / "reporter.sqlite")


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables, and what the tables are."""
    with closing(sqlite3.connect(path)) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = {name: sorted(connection.execute(f"SELECT * FROM {name}"), key=repr) for name in sorted(names)}
        return found | {"": connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY 1, 2").fetchall()}


def shape(history: History) -> dict[str, Any]:
    """Columns, keys and indexes of every table, types and defaults included."""
    found = sa.inspect(history.engine)
    return {
        name: {
            "columns": {c["name"]: (str(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)},
            "key": found.get_pk_constraint(name)["constrained_columns"],
            "foreign": [(f["constrained_columns"], f["referred_table"]) for f in found.get_foreign_keys(name)],
            "unique": [u["column_names"] for u in found.get_unique_constraints(name)],
            "indexes": sorted((str(i["name"]), tuple(i["column_names"])) for i in found.get_indexes(name)),
        }
        for name in sorted(found.get_table_names())
    }


def version(path: Path) -> str:
    return str(dump(path)["meta"][0][1])


# ---- what becomes of an older store ----------------------------------------------------------------------------------


def test_an_older_store_keeps_every_row(old: Path) -> None:
    before = dump(old)
    open_history(old)
    after = dump(old)
    assert after["meta"] == [("schema", str(SCHEMA))]
    assert after["item"] == []
    for name in ("series", "observation"):
        assert after[name] == before[name]
        assert before[name]
    assert before["weekly"]
    assert after["weekly"] == [], "what was computed is computed anew"
    assert after["payload"] == [(*row, "", "whole") for row in before["payload"]], "all of it came from files"


def test_an_older_store_says_what_it_said(old: Path) -> None:
    history = open_history(old)
    assert read(history) == {0: 1.0, 1: 2.5}
    assert read(history, as_of=at(7)) == {0: 1.0, 1: 2.0, 2: 3.0}
    assert read(history, series=LATE) == {0: -4.5e6}
    assert history.span(FOREVER)[DAILY.id] == (at(0), at(1))
    assert kept(history) == {}
    assert history.flaws(SECOND) == ("row 3: empty",)
    assert history.has(SECOND, "one")
    assert history.faults(FOREVER, at(0)) == ()


def test_an_older_store_goes_on_as_a_new_one(old: Path) -> None:
    history = open_history(old)
    assert add(history, payload("third", at(10)), {0: 1.0, 1: 2.5, 3: 4.0}) == 1
    assert read(history) == {0: 1.0, 1: 2.5, 3: 4.0}
    assert add(history, FIRST, {0: 10.0, 1: 2.0, 2: 3.0}, parser="mended") > 0
    assert read(history, as_of=at(7)) == {0: 10.0, 1: 2.0, 2: 3.0}
    assert read(history) == {0: 1.0, 1: 2.5, 3: 4.0}, "the later files still say what they said"
    level = Level(at(5), "BTC", "all", 70_000.0, 1.0, OTHER.id)
    history.add(OTHER, "two", [], [], "live", [level])
    history.keep_weeks("definition", {seconds(at(0)): BODY})
    assert kept(history) == {seconds(at(0)): BODY[0]}
    assert history.items(Level, at(0), at(9), FOREVER) == (level,)
    assert history.newest(FOREVER, FOREVER) == {DAILY.id: at(3)}


def test_an_older_store_becomes_what_a_new_one_is(old: Path, tmp_path: Path) -> None:
    assert shape(open_history(old)) == shape(open_history(tmp_path / "new" / "reporter.sqlite"))


def test_a_migrated_store_is_opened_again_as_it_is(old: Path) -> None:
    open_history(old)
    add(open_history(old), payload("mark", at(10)), {7: 1.0}, MARK)
    before = dump(old)
    open_history(old)
    assert dump(old) == before


def test_a_step_leads_to_every_schema() -> None:
    assert len(migrate.STEPS) == SCHEMA - 1


def test_two_runs_may_open_an_older_store_at_once(old: Path) -> None:
    start, problems = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            open_history(old)
        except Exception as problem:
            problems.append(problem)

    runs = [threading.Thread(target=run) for _ in range(4)]
    for one in runs:
        one.start()
    for one in runs:
        one.join()
    assert problems == []
    assert (version(old), len(dump(old)["observation"])) == (str(SCHEMA), 6)


# ---- killed on the way -----------------------------------------------------------------------------------------------


class Killed(BaseException):
    """As if the process had ended there."""


@pytest.fixture
def statements(old: Path) -> Iterator[int]:
    """How many statements the steps make, the version's included."""
    copy = old.with_name("counted.sqlite")
    shutil.copy(old, copy)
    yield stopped(copy, 10**6)


def stopped(path: Path, after: int) -> int:
    """The number of statements until the migration of a store was done, or killed `after` so many that change it."""
    done = [0]

    def before(*call: Any) -> None:
        if str(call[2]).split()[0] in ("ALTER", "CREATE", "UPDATE", "DROP", "INSERT"):
            if done[0] == after:
                raise Killed
            done[0] += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", before)
    try:
        open_history(path)
    except Killed:
        pass
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", before)
    return done[0]


def test_a_migration_killed_before_any_statement_leaves_the_store_as_its_last_whole_step_made_it(
    old: Path, statements: int, tmp_path: Path
) -> None:
    whole = {"1": dump(old)}
    for number in range(2, SCHEMA):
        copy = tmp_path / f"schema-{number}.sqlite"
        shutil.copy(old, copy)
        stopped_at(copy, number)
        whole[str(number)] = dump(copy)
    assert statements >= 7
    reached: list[str] = []
    for after in range(statements):
        copy = tmp_path / f"{after}.sqlite"
        shutil.copy(old, copy)
        assert stopped(copy, after) == after
        reached.append(version(copy))
        assert dump(copy) == whole[reached[-1]], f"killed after {after} statements"
        assert read(open_history(copy)) == {0: 1.0, 1: 2.5}
        assert dump(copy) == dump(old.with_name("counted.sqlite"))
    assert reached == sorted(reached)
    assert set(reached) == whole.keys()


def stopped_at(path: Path, schema: int) -> None:
    """Brings a store to a schema that is not the newest."""
    steps = migrate.STEPS

    def killed(connection: sa.Connection) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
        patch.setattr(migrate, "STEPS", (*steps[: schema - 1], killed))
        open_history(path)


DIES = """
import os, sys
from pathlib import Path
from reporter.history import migrate, open_history
step = migrate.STEPS[0]
def dying(connection):
    step(connection)
    os._exit(9)
migrate.STEPS = (dying,)
open_history(Path(sys.argv[1]))
"""


def test_a_process_that_dies_in_a_migration_leaves_the_older_store_as_it_was(old: Path) -> None:
    before = dump(old)
    done = subprocess.run([sys.executable, "-c", DIES, str(old)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert dump(old) == before
    assert read(open_history(old)) == {0: 1.0, 1: 2.5}
    assert version(old) == str(SCHEMA)


def test_a_store_killed_while_it_was_made_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "reporter.sqlite"
    for after in range(9):
        stopped(path, after)
    assert shape(open_history(path)) == shape(open_history(tmp_path / "new" / "reporter.sqlite"))


# ---- other versions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", [str(SCHEMA + 1), "10", "two", "0", "-1", ""])
def test_a_store_of_another_version_is_not_touched(old: Path, said: str) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE meta SET value = ?", (said,))
    before = dump(old)
    with pytest.raises(StoreError, match=rf"\(schema {said}, known {SCHEMA}\); update reporter") as problem:
        open_history(old)
    assert str(problem.value).startswith(f"{old}: made by a newer version")
    assert dump(old) == before
