"""The ledger: what notes said comes out for later weeks, whole, in order, and from no other edition."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.clock import parse_week
from reporter.errors import StoreError
from reporter.ledger import Ledger, open_ledger
from reporter.model import Cited, Printed, Said, Sentence

ROOT = Path(__file__).resolve().parent.parent
WEEK = parse_week("2026-W07")
NOTHING = hashlib.sha256(b"").hexdigest()


def sentence(text: str, rule_id: str = "longs-flushed", **changes: object) -> Sentence:
    plain = Sentence((text,), "opening", "event", "market", rule_id, "fact", "liquidations", "flush", 1, (), 0.9, "x:1")
    return replace(plain, **changes)  # type: ignore[arg-type]


def texts(found: tuple[Said, ...]) -> list[str]:
    return [one.text for one in found]


@pytest.fixture
def kept(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path / "data" / "ledger.sqlite")


# ---- what goes in comes out ------------------------------------------------------------------------------------------


def test_a_sentence_comes_out_as_it_was_said(kept: Ledger) -> None:
    parts = ("Liquidations came to ", Printed("market.liquidations_usd", "$1.9 billion", "1.9e9"), ", as ",
             Cited("ROIC.ai", "https://roic.ai/x"), " reported.")  # fmt: skip
    kept.record("weekly", WEEK.previous, "d", [sentence("", parts=parts, joined=True)])
    text = "Liquidations came to $1.9 billion, as ROIC.ai reported."
    said = Said(date(2026, 2, 2), "longs-flushed", "market", 1, True, "liquidations", "flush", text)
    assert kept.said("weekly", WEEK) == (said,)


def test_only_earlier_weeks_of_the_edition_are_remembered_oldest_first(kept: Ledger) -> None:
    for week, text in ((WEEK.shifted(-1), "b"), (WEEK.shifted(-2), "a"), (WEEK, "now"), (WEEK.shifted(1), "later")):
        kept.record("weekly", week, "d", [sentence(f"{text} one"), sentence(f"{text} two")])
    kept.record("other", WEEK.previous, "d", [sentence("of another edition")])
    assert texts(kept.said("weekly", WEEK)) == ["a one", "a two", "b one", "b two"]
    assert texts(kept.said("other", WEEK)) == ["of another edition"]
    assert kept.said("third", WEEK) == ()


def test_the_last_notes_are_those_that_are_read(kept: Ledger) -> None:
    for back in range(1, 5):
        kept.record("weekly", WEEK.shifted(-back), "d", [sentence(f"week {back}")])
    assert texts(kept.said("weekly", WEEK, notes=2)) == ["week 2", "week 1"]


def test_a_week_written_again_replaces_its_note(kept: Ledger) -> None:
    kept.record("weekly", WEEK.previous, "d", [sentence("first"), sentence("second"), sentence("third")])
    kept.record("weekly", WEEK.previous, "e", [sentence("other")])
    assert texts(kept.said("weekly", WEEK)) == ["other"]
    kept.record("weekly", WEEK.previous, "f", [])
    assert kept.said("weekly", WEEK) == ()


@given(st.lists(st.tuples(st.integers(-5, 5), st.lists(st.text(max_size=8), max_size=4)), max_size=6))
def test_what_is_remembered_is_the_last_note_of_each_earlier_week(notes: list[tuple[int, list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = open_ledger(Path(folder) / "ledger.sqlite")
        expected: dict[int, list[str]] = {}
        for shift, said in notes:
            printable = [text.encode("utf-8", "replace").decode() for text in said]
            kept.record("weekly", WEEK.shifted(shift), "d", [sentence(text) for text in printable])
            expected[shift] = printable
        assert texts(kept.said("weekly", WEEK)) == [
            t for shift in sorted(expected) if shift < 0 for t in expected[shift]
        ]


# ---- the digest ------------------------------------------------------------------------------------------------------


def test_the_digest_is_of_what_is_remembered_and_of_nothing_else(kept: Ledger) -> None:
    assert kept.digest("weekly", WEEK) == NOTHING
    kept.record("weekly", WEEK, "d", [sentence("of this week")])
    assert kept.digest("weekly", WEEK) == NOTHING
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    first = kept.digest("weekly", WEEK)
    kept.record("weekly", WEEK.previous, "d", [sentence("a", variant=2)])
    assert len({NOTHING, first, kept.digest("weekly", WEEK)}) == 3
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    assert kept.digest("weekly", WEEK) == first


# ---- files -----------------------------------------------------------------------------------------------------------


def test_reading_makes_no_file(kept: Ledger) -> None:
    assert kept.said("weekly", WEEK) == ()
    assert not kept.path.parent.exists()


def test_an_empty_file_is_a_ledger_without_notes(kept: Ledger) -> None:
    kept.path.parent.mkdir()
    kept.path.touch()
    assert kept.said("weekly", WEEK) == ()
    assert kept.path.stat().st_size == 0
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    assert texts(kept.said("weekly", WEEK)) == ["a"]


def one_line(problem: pytest.ExceptionInfo[StoreError], *words: str) -> None:
    text = str(problem.value)
    assert "\n" not in text
    assert all(word in text for word in ("ledger.sqlite", *words)), text


@pytest.mark.parametrize("body", [b"no database at all " * 100, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_corrupt_file_is_one_line(kept: Ledger, body: bytes) -> None:
    kept.path.parent.mkdir()
    kept.path.write_bytes(body)
    with pytest.raises(StoreError) as reading:
        kept.said("weekly", WEEK)
    one_line(reading, "cannot be used", "put back a copy")
    with pytest.raises(StoreError) as writing:
        kept.record("weekly", WEEK, "d", [])
    one_line(writing, "cannot be used")
    assert kept.path.read_bytes() == body


def test_a_torn_file_is_one_line(kept: Ledger) -> None:
    kept.record("weekly", WEEK.previous, "d", [sentence("x" * 9000) for _ in range(40)])
    kept.path.write_bytes(kept.path.read_bytes()[:20_000])
    with pytest.raises(StoreError) as reading:
        kept.said("weekly", WEEK)
    one_line(reading, "cannot be used")


def test_a_week_that_is_no_date_is_one_line(kept: Ledger) -> None:
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    with closing(sqlite3.connect(kept.path)) as connection, connection:
        connection.execute("UPDATE note SET week = '2026-02'")
    with pytest.raises(StoreError) as reading:
        kept.said("weekly", WEEK)
    one_line(reading, "cannot be used")


def test_a_history_is_no_ledger(kept: Ledger) -> None:
    from reporter.history import open_history

    open_history(kept.path)
    for ask in (lambda: kept.said("weekly", WEEK), lambda: kept.record("weekly", WEEK, "d", [])):
        with pytest.raises(StoreError) as problem:
            ask()
        one_line(problem, "is no ledger")


def test_a_newer_ledger_is_left_alone(kept: Ledger) -> None:
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    with closing(sqlite3.connect(kept.path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '2'")
    for ask in (lambda: kept.said("weekly", WEEK), lambda: kept.record("weekly", WEEK, "d", [])):
        with pytest.raises(StoreError) as problem:
            ask()
        one_line(problem, "newer version", "update reporter")


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(StoreError, match="data folder must be writable"):
        open_ledger(tmp_path / "data" / "ledger.sqlite").record("weekly", WEEK, "d", [])


# ---- two at once, and one that is killed -----------------------------------------------------------------------------

BOTH = """
import sys
from pathlib import Path
from reporter.ledger import open_ledger
from tests.test_ledger import WEEK, sentence
kept = open_ledger(Path(sys.argv[1]))
sys.stdin.readline()
for turn in range(12):
    kept.record("weekly", WEEK.shifted(-1), sys.argv[2], [sentence(f"{sys.argv[2]} {n}") for n in range(5)])
"""
TORN = """
import os, signal, sys
from pathlib import Path
from reporter import ledger
from tests.test_ledger import WEEK, sentence
made = ledger._row
ledger._row = lambda said: os.kill(os.getpid(), signal.SIGKILL) if said.text == "third" else made(said)
ledger.open_ledger(Path(sys.argv[1])).record("weekly", WEEK.shifted(-1), "d", [sentence("third")])
"""


def process(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_of_two_processes_one_waits_and_no_note_is_mixed(kept: Ledger) -> None:
    writers = [process(BOTH, str(kept.path), name) for name in ("a", "b")]
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, trouble = writer.communicate(timeout=60)
        assert writer.returncode == 0, trouble
    found = texts(kept.said("weekly", WEEK))
    assert found in ([f"a {n}" for n in range(5)], [f"b {n}" for n in range(5)])


def test_a_ledger_that_stays_locked_says_so(tmp_path: Path) -> None:
    kept = open_ledger(tmp_path / "ledger.sqlite", wait=0.05)
    kept.record("weekly", WEEK.previous, "d", [sentence("a")])
    with closing(sqlite3.connect(kept.path)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as problem:
            kept.record("weekly", WEEK, "d", [])
        one_line(problem, "another process")
        assert texts(kept.said("weekly", WEEK)) == ["a"]


def test_a_process_killed_while_it_records_leaves_the_earlier_note(kept: Ledger) -> None:
    kept.record("weekly", WEEK.previous, "d", [sentence("first"), sentence("second")])
    killed = process(TORN, str(kept.path))
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert texts(kept.said("weekly", WEEK)) == ["first", "second"]


def test_importing_the_pipeline_opens_no_ledger() -> None:
    script = "import sys, reporter.pipeline; sys.exit('reporter.ledger' in sys.modules or 'sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
