"""`reporter archive`: how much there is, and what may go. And what is seen of a collection while it runs."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reporter import clock, pipeline
from reporter.archive import Archive
from reporter.model import Request
from tests import live_desk
from tests.desk_run import bodies, command, environment, newsletter, reporter
from tests.providers.server import Providers, said

OLD = datetime(2020, 1, 6, 15, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


def kept(folder: Path, key: str, fetched: datetime = OLD) -> str:
    """The id of an answer that is put into the archive."""
    body = f"the answer to {key}".encode()
    return Archive(folder / "data" / "raw").keep(Request("shop", key, "http://a/"), body, fetched, 200, "text/plain").id


def there(folder: Path) -> set[str]:
    """The ids of the bodies that can still be read."""
    found = set()
    for path in (folder / "data" / "raw").glob("*/*.gz"):
        assert hashlib.sha256(gzip.decompress(path.read_bytes())).hexdigest() == path.stem
        found.add(path.stem)
    return found


def rests(path: Path, *ids: str) -> None:
    """A note's manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"archive": {"payloads": list(ids)}}))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return newsletter(tmp_path)


# ---- how much there is -----------------------------------------------------------------------------------------------


def test_an_empty_archive_says_so(folder: Path) -> None:
    done = reporter("archive", folder=folder)
    assert (done.returncode, done.stdout) == (0, "nothing is kept yet; `reporter collect` begins it\n")


def test_the_archive_says_how_much_it_holds_and_since_when(folder: Path) -> None:
    kept(folder, "a")
    kept(folder, "b", OLD + timedelta(days=3))
    done = reporter("archive", folder=folder)
    assert done.stdout == "2 answers, 0.0 MB, the oldest of 2020-01-06\n"


# ---- what may go -----------------------------------------------------------------------------------------------------


def test_what_a_note_rests_on_stays_and_the_rest_goes(folder: Path) -> None:
    ids = {key: kept(folder, key) for key in ("loose", "published", "of a cleared note", "held")}
    ids["new"] = kept(folder, "new", clock.now())
    rests(folder / "output" / "2020-W01" / "weekly" / "manifest.json", ids["published"])
    rests(folder / "output" / ".held" / "2020-W02" / "weekly" / "manifest.json", ids["held"])
    rests(folder / "data" / "notes" / "2020-W03.weekly.json", ids["of a cleared note"])
    done = reporter("archive", "--prune", folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"removed 1 answer from before \d{4}-\d\d-\d\d, 0\.0 MB\n", done.stdout)
    assert there(folder) == set(ids.values()) - {ids["loose"]}


def test_without_prune_nothing_goes(folder: Path) -> None:
    old = kept(folder, "old")
    reporter("archive", "--keep", "1d", folder=folder)
    assert there(folder) == {old}


def test_what_is_younger_than_asked_stays(folder: Path) -> None:
    young = kept(folder, "young", clock.now() - timedelta(days=13))
    kept(folder, "old", clock.now() - timedelta(days=15))
    assert reporter("archive", "--prune", "--keep", "2w", folder=folder).returncode == 0
    assert there(folder) == {young}


BROKEN = {
    "cut off": '{"archive": {"payloa',
    "empty": "",
    "of another form": '{"archive": []}',
    "without what it rests on": '{"files": {}}',
    "with a number for a list": '{"archive": {"payloads": 4}}',
    "with a text for a list": '{"archive": {"payloads": "abc"}}',
    "with numbers for ids": '{"archive": {"payloads": [1, 2]}}',
    "with nothing for a list": '{"archive": {"payloads": ""}}',
}


@pytest.mark.parametrize("place", ["output/2020-W01/weekly/manifest.json", "data/notes/2020-W01.weekly.json"])
@pytest.mark.parametrize("kind", BROKEN)
def test_a_manifest_that_cannot_be_read_stops_it(tmp_path: Path, kind: str, place: str) -> None:
    from reporter import newsletter as papers
    from reporter.errors import StoreError

    newsletter(tmp_path)
    kept(tmp_path, "old")
    path = tmp_path / place
    path.parent.mkdir(parents=True)
    path.write_text(BROKEN[kind])
    before = bodies(tmp_path)
    desk: Any = SimpleNamespace(newsletter=papers.load(tmp_path / "config.yaml"))
    with pytest.raises(StoreError, match=re.escape(f"{path}: cannot be read")):
        pipeline.pruned(desk, clock.now())
    assert bodies(tmp_path) == before


def test_a_broken_manifest_is_named_and_the_exit_code_is_one(folder: Path) -> None:
    old = kept(folder, "old")
    (folder / "output" / "2020-W01" / "weekly").mkdir(parents=True)
    (folder / "output" / "2020-W01" / "weekly" / "manifest.json").write_text("{")
    done = reporter("archive", "--prune", folder=folder)
    assert (done.returncode, done.stdout) == (1, "")
    assert "manifest.json: cannot be read" in done.stderr
    assert "nothing was removed" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert there(folder) == {old}


@pytest.mark.parametrize("keep", ["", "3 years", "-3y", "9999y"])
def test_a_length_of_time_that_is_none_removes_nothing(folder: Path, keep: str) -> None:
    old = kept(folder, "old")
    done = reporter("archive", "--prune", "--keep", keep, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("--keep: ")
    assert "such as 3y" in done.stderr
    assert there(folder) == {old}


def test_a_note_is_written_again_from_what_was_left(tmp_path: Path, server: Providers) -> None:
    desk = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot", "binance", "gate", "deribit")))
    stores, week = pipeline.stores(desk), pipeline.chosen_week(desk, None, None)
    pipeline.collect(desk.round, week, stores)
    made = pipeline.build(desk, stores.history, week)
    loose = kept(tmp_path, "of no note")
    whole = there(tmp_path)
    pipeline.pruned(desk, clock.now() + timedelta(days=1))
    assert there(tmp_path) < whole - {loose}  # also what was collected and not used
    for path in (tmp_path / "data").glob("reporter.sqlite*"):
        path.unlink()
    _, note = live_desk.written(desk, pipeline.stores(desk))
    assert note.facts == made.note.facts
    assert [chart.body for chart in note.charts] == [chart.body for chart in made.note.charts]


# ---- progress --------------------------------------------------------------------------------------------------------


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """Everything that a terminal of 100 columns is sent."""
    ours, theirs = pty.openpty()
    env = {**environment(folder), "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(command(*arguments), cwd=folder, env=env, stdin=theirs, stdout=theirs, stderr=theirs) as run:
        os.close(theirs)
        said = b""
        while block := _read(ours):
            said += block
        os.close(ours)
        assert run.wait(60) == 0, said
    return said.decode("utf-8", "replace")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # how Linux says that the other side was closed
        return b""


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_bars_are_drawn_on_a_terminal(tmp_path: Path, server: Providers) -> None:
    server.faults["gate"] = lambda _: said({}, 451)
    (tmp_path / "config.yaml").write_text(live_desk.config(server, ("binance-spot", "gate")))
    sent = on_a_terminal(tmp_path, "collect")
    drawn = plain(sent)
    assert "\x1b[" in sent
    assert "━" in drawn
    assert re.search(r"binance-spot +━+ +3/3", drawn)
    assert re.search(r"gate +\S+ +1/\d+ +blocked from this address \(HTTP 451\)", drawn)
    assert re.search(r"\n?\d+ new or changed rows from 2 sources\r\n$", drawn)


def test_a_warning_comes_out_above_the_bars(tmp_path: Path, server: Providers) -> None:
    server.faults["gate"] = lambda _: said({}, 451)
    (tmp_path / "config.yaml").write_text(live_desk.config(server, ("binance-spot", "gate")))
    drawn = plain(on_a_terminal(tmp_path, "collect")).replace("\r", "\n")
    (warning,) = [line for line in drawn.splitlines() if "WARNING" in line]
    assert warning.startswith("WARNING gate: blocked from this address (HTTP 451)")


def test_a_run_without_a_terminal_says_a_line_for_each_source(tmp_path: Path, server: Providers) -> None:
    server.faults["gate"] = lambda _: said({}, 451)
    (tmp_path / "config.yaml").write_text(live_desk.config(server, ("binance-spot", "deribit", "gate")))
    done = reporter("--verbose", "collect", folder=tmp_path)
    assert done.returncode == 0
    lines = [line for line in done.stderr.splitlines() if " answers" in line]
    assert "INFO binance-spot: 3 of 3 answers" in lines
    assert len([line for line in lines if line.startswith("INFO deribit: ")]) == 1
    found = re.fullmatch(r"INFO deribit: (\d+) of (\d+) answers", next(line for line in lines if "deribit" in line))
    assert found
    assert found[1] == found[2] == str(sum(asked.provider == "deribit" for asked in server.asked))
    (gate,) = [line for line in lines if "gate" in line]
    assert re.fullmatch(r"INFO gate: 1 of \d+ answers; blocked from this address \(HTTP 451\)", gate)
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def test_without_verbose_a_run_that_goes_well_is_silent(tmp_path: Path, server: Providers) -> None:
    (tmp_path / "config.yaml").write_text(live_desk.config(server, ("binance-spot",)))
    done = reporter("collect", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+ new or changed rows from 1 source\n", done.stdout)
