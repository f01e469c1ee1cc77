"""`reporter collect --backfill` killed again and again: it goes on where it was, and ends as if nothing had been.

A start is killed with SIGKILL once its providers have been asked so many questions, and a moment later; both are drawn
from a seed. The providers live in the test's own process and see what every start asks.
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from reporter import clock, pipeline
from reporter.model import Kind
from reporter.pipeline import Round
from reporter.pipeline.asking import Asking, silent
from tests import live_desk
from tests.desk_run import command, environment
from tests.providers.server import Providers, Question

USES = ("deribit", "hyperliquid", "gate", "binance-spot")  # all but the last have pages
KILLS = 20
SEED = 2611
PATIENCE = 120.0  # seconds for one start; it takes two or three
Asked = tuple[str, str, str, str]


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        for use in USES:
            running.faults[use] = _taking_its_time
        yield running


def _taking_its_time(_: Question) -> None:
    time.sleep(0.02)


# ---- starts and kills ------------------------------------------------------------------------------------------------


def started(folder: Path, week: str) -> subprocess.Popen[str]:
    arguments = command("collect", "--backfill", "26", "--week", week)
    return subprocess.Popen(
        arguments, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def killed(run: subprocess.Popen[str], server: Providers, questions: int, pause: float) -> bool:
    """Whether the run was killed once it had asked so many questions; False where it had finished before."""
    until = time.monotonic() + PATIENCE
    with run:
        while len(server.asked) < questions and run.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        time.sleep(pause)
        run.kill()
        _, said = run.communicate(timeout=PATIENCE)
    assert run.returncode in (0, -9), said
    return run.returncode == -9


def finished(folder: Path, week: str) -> str:
    with started(folder, week) as run:
        said, problems = run.communicate(timeout=PATIENCE)
    assert (run.returncode, problems) == (0, "")
    return said


# ---- what is there ---------------------------------------------------------------------------------------------------


def values(folder: Path) -> list[tuple[str, int, float, int]]:
    """Every stored row without when it was fetched; snapshots, which are of the moment of asking, left out."""
    query = """SELECT s.id, o.at, o.value, o.known FROM observation o JOIN series s ON s.number = o.series
               WHERE s.kind != ? ORDER BY s.id, o.at, o.value, o.known"""
    return stored(folder, query, Kind.SNAPSHOT)


def stored(folder: Path, query: str, *arguments: str) -> list[Any]:
    connection = sqlite3.connect(folder / "data" / "reporter.sqlite")
    try:
        return connection.execute(query, arguments).fetchall()
    finally:
        connection.close()


def kept(folder: Path, week: str) -> set[Asked]:
    """The questions about older weeks whose answers lie in the archive, as a provider gets them."""
    last = clock.parse_week(week).end.isoformat()
    records = [json.loads(path.read_text("utf-8")) for path in (folder / "data" / "raw").glob("*/*.json")]
    return {
        (record["source"], urlsplit(record["url"]).path.removeprefix(f"/{record['source']}"), _sorted(record["params"]),
         _sorted(record["json"]))
        for record in records
        if record["period"] and record["period"][1] != last
    }  # fmt: skip


def as_asked(question: Question) -> Asked:
    body = json.loads(question.body) if question.body else None
    return question.provider, question.path, _sorted(dict(question.query)), _sorted(body)


def _sorted(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def half_written(folder: Path) -> list[str]:
    names = [path.name for path in (folder / "data").rglob("*") if path.is_file()]
    return [name for name in names if name.endswith(("-wal", "-journal", "-shm")) or name.startswith(".writing")]


def unread(folder: Path) -> set[str]:
    """The answers in the archive that the history does not know."""
    there = {path.name.partition(".")[0] for path in (folder / "data" / "raw").glob("*/*.json")}
    return there - {name for (name,) in stored(folder, "SELECT id FROM payload")}


# ---- the test --------------------------------------------------------------------------------------------------------


def test_a_backfill_that_is_killed_twenty_times_ends_as_if_it_had_not_been(tmp_path: Path, server: Providers) -> None:
    text = live_desk.config(server, USES, assets=["BTC"])
    week = pipeline.chosen_week(live_desk.house(tmp_path / "whole", text), None, None).label
    finished(tmp_path / "whole", week)
    whole, most = values(tmp_path / "whole"), len(server.asked) * 2 // 3
    assert len({at for _, at, *_ in whole}) > 26 * 7 * 24  # hourly funding of all weeks
    draw, kills, resumed = random.Random(SEED), 0, 0
    while kills < KILLS:
        folder = tmp_path / f"killed-{kills}"
        live_desk.house(folder, text)
        over = False
        while not over:
            server.asked.clear()
            before = kept(folder, week)
            if kills < KILLS and killed(started(folder, week), server, draw.randrange(1, most), draw.uniform(0, 0.08)):
                kills += 1
            else:
                finished(folder, week)
                over = True
            asked = Counter(map(as_asked, server.asked))
            assert before & asked.keys() == set(), f"asked again after {kills} kills"
            resumed += bool(before)
        assert values(folder) == whole
        assert half_written(folder) == []
        assert unread(folder) == set()
    assert resumed > KILLS / 4  # that many starts found older weeks in the archive


def test_what_a_killed_run_had_begun_to_write_is_cleared_away(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, ("gate",)))
    places = ("raw/gate", "notes", ".")
    for place in places:
        (tmp_path / "data" / place).mkdir(parents=True, exist_ok=True)
        (tmp_path / "data" / place / ".writing-x1").write_bytes(b"half")
    pipeline.stores(desk)
    assert half_written(tmp_path) == []


def test_an_answer_that_was_kept_and_not_read_is_read_at_the_next_start(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, ("hyperliquid", "gate")))
    kept, week = pipeline.stores(desk), pipeline.chosen_week(desk, None, None)
    round_ = Asking(desk.round, kept.archive, silent)
    list(round_.payloads([week]))  # in the archive, and nobody has looked inside
    pipeline.collect(Round((desk.sources[1],), tmp_path), week, kept)
    assert unread(tmp_path) != set()
    again = pipeline.stores(desk)
    assert unread(tmp_path) == set()
    markets = [series.id for series in again.history.series() if series.kind == Kind.SNAPSHOT]
    assert "open_interest/BTC/hyperliquid/hyperliquid" in markets
