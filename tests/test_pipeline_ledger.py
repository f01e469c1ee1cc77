"""The ledger at work: notes know the earlier ones, a note rebuilt is the same, a killed run loses none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import date
from hashlib import sha256
from pathlib import Path

import pytest

from reporter import clock, newsletter, pipeline
from reporter.errors import StoreError
from reporter.pipeline import Desk, Stores
from reporter.pipeline.keeping import ledger_of
from tests.desk_run import ROOT, bodies, command, environment, reporter, simulated

FIRST, SECOND, THIRD = (clock.parse_week(label) for label in ("2026-W05", "2026-W06", "2026-W07"))
NOTHING = sha256(b"").hexdigest()
KILLED = """
import os, signal, sys
from reporter import ledger, newsletter, pipeline
from tests.test_pipeline_ledger import FIRST, desk_in
from pathlib import Path
ledger.Ledger.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
desk, kept = desk_in(Path(sys.argv[1]))
pipeline.build(desk, kept.history, FIRST)
"""


def desk_in(folder: Path) -> tuple[Desk, Stores]:
    """The desk of a newsletter on the sample, with all its data read in."""
    (folder / "config.yaml").write_text(simulated())
    desk = pipeline.prepare(newsletter.load(folder / "config.yaml"))
    kept = pipeline.stores(desk)
    pipeline.collect(desk.round, THIRD, kept)
    return desk, kept


def note(folder: Path, label: str) -> dict[str, bytes]:
    return bodies(folder / "output" / label / "weekly")


def hashes(folder: Path) -> dict[str, str]:
    return {name: sha256(body).hexdigest() for name, body in note(folder, "2026-W05").items()}


def ledger_digest(folder: Path, label: str) -> str:
    manifest = json.loads(note(folder, label)["manifest.json"])
    return str(manifest["ledger"]["sha256"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter after the notes of two weeks, of which the first was killed before it could be recorded."""
    path = tmp_path_factory.mktemp("weeks")
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(path)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert not (path / "data" / "ledger.sqlite").exists()
    (path / "killed.json").write_text(json.dumps(hashes(path)))
    desk, kept = desk_in(path)
    for week in (FIRST, SECOND):
        pipeline.build(desk, kept.history, week)
    return path


def test_a_note_that_was_killed_before_it_was_recorded_is_whole_and_recorded_by_the_next_build(folder: Path) -> None:
    assert json.loads((folder / "killed.json").read_text()) == hashes(folder)
    desk, _ = desk_in(folder)
    assert {said.week for said in ledger_of(desk).said("weekly", SECOND)} == {date(2026, 1, 26)}


def test_what_a_note_said_is_known_to_the_next_and_named_in_its_manifest(folder: Path) -> None:
    desk, _ = desk_in(folder)
    claims = json.loads(note(folder, "2026-W05")["claims.json"])
    assert [said.text for said in ledger_of(desk).said("weekly", SECOND)] == [
        one["text"] for one in claims["sentences"]
    ]
    assert ledger_digest(folder, "2026-W05") == NOTHING
    assert ledger_digest(folder, "2026-W06") == ledger_of(desk).digest("weekly", SECOND) != NOTHING
    assert ledger_of(desk).said("other", SECOND) == ()


def test_a_wording_of_the_week_before_does_not_come_back(folder: Path) -> None:
    desk, _ = desk_in(folder)
    several = {rule.id for rule in desk.book.rules if len(rule.say) > 1 and not rule.joined}
    first, second = (_wordings(folder, label) for label in ("2026-W05", "2026-W06"))
    both = {rule for rule in first.keys() & second.keys() & several if len(first[rule]) == len(second[rule]) == 1}
    assert len(both) > 3
    assert [rule for rule in both if first[rule] == second[rule]] == []


def _wordings(folder: Path, label: str) -> dict[str, list[int]]:
    """In which of its wordings each rule spoke in a note."""
    found: dict[str, list[int]] = {}
    for said in json.loads(note(folder, label)["claims.json"])["sentences"]:
        found.setdefault(said["rule"], []).append(said["wording"])
    return found


def test_a_week_built_again_has_the_same_bytes_whatever_was_built_since(folder: Path) -> None:
    desk, kept = desk_in(folder)
    before = note(folder, "2026-W05")
    assert pipeline.check(desk, kept.history, FIRST) == ()
    pipeline.build(desk, kept.history, FIRST)
    assert note(folder, "2026-W05") == before


def test_two_builds_at_once_are_both_recorded(folder: Path, tmp_path: Path) -> None:
    desk_in(tmp_path)
    runs = [
        subprocess.Popen(command("build", "--week", label), cwd=tmp_path, env=environment(tmp_path), text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for label in ("2026-W05", "2026-W06")
    ]  # fmt: skip
    for run in runs:
        _, trouble = run.communicate(timeout=180)
        assert run.returncode == 0, trouble
    desk, _ = desk_in(tmp_path)
    assert len({said.week for said in ledger_of(desk).said("weekly", THIRD)}) == 2
    assert note(tmp_path, "2026-W05") == note(folder, "2026-W05")  # the later week is nothing to the earlier one


def test_what_only_looks_at_facts_opens_no_ledger(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(simulated())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "ledger.sqlite").write_bytes(b"no ledger at all")
    done = reporter("facts", "--week", "2026-W07", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    spoilt = reporter("rules", "show", "--week", "2026-W07", folder=tmp_path)
    assert spoilt.returncode == 1
    (line,) = spoilt.stderr.splitlines()
    assert "ledger.sqlite: the ledger of past notes cannot be used" in line


def test_a_spoilt_ledger_stops_a_build_before_anything_is_written(tmp_path: Path) -> None:
    desk, kept = desk_in(tmp_path)
    (tmp_path / "data" / "ledger.sqlite").write_bytes(b"no ledger at all")
    with pytest.raises(StoreError, match="ledger of past notes cannot be used"):
        pipeline.build(desk, kept.history, FIRST)
    assert not (tmp_path / "output").exists()


def test_the_sample_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(simulated())
    sample = pipeline.with_sample(newsletter.load(tmp_path / "config.yaml"))
    assert ledger_of(pipeline.prepare(sample)).path == tmp_path / "data" / "sample" / "ledger.sqlite"
