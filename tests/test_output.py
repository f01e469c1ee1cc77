"""The output folder: a reader sees the old note or the new one, never a mix, whatever happens between."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from reporter import output
from reporter.clock import parse_week
from reporter.errors import ConfigError, StoreError
from reporter.model import Artifact

ROOT = Path(__file__).resolve().parent.parent
WEEK = parse_week("2026-W07")
OLD = {"note.html": b"old page", "charts/a.svg": b"old chart", "note.md": b"old text"}
NEW = {"note.html": b"new page", "charts/b.svg": b"new chart"}


def note(files: dict[str, bytes]) -> list[Artifact]:
    return [Artifact("html", path, "text/html", body) for path, body in files.items()]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The place of a note, with the old one in it."""
    place = output.place(tmp_path / "output", WEEK, "weekly")
    output.write(place, note(OLD))
    return place


def alone(folder: Path) -> bool:
    """True where nothing lies beside the note."""
    return [path.name for path in folder.parent.iterdir()] == [folder.name]


# ---- places ----------------------------------------------------------------------------------------------------------


def test_a_note_has_its_place_and_a_held_one_another(tmp_path: Path) -> None:
    assert output.place(tmp_path, WEEK, "weekly") == tmp_path / "2026-W07" / "weekly"
    assert output.place(tmp_path, WEEK, "weekly", held=True) == tmp_path / ".held" / "2026-W07" / "weekly"


@pytest.mark.parametrize(
    "edition", ["", ".", "..", "../../etc", "a/b", "/etc", "Weekly", "a b", "weekly\n", "-x", "x" * 62]
)
def test_an_edition_cannot_lead_out_of_the_folder(tmp_path: Path, edition: str) -> None:
    with pytest.raises(ConfigError, match=r"^edition '.*': expected small letters, digits, - and _; rename it$"):
        output.place(tmp_path, WEEK, edition)


# ---- writing ---------------------------------------------------------------------------------------------------------


def test_writing_replaces_the_whole_folder(folder: Path) -> None:
    assert contents(folder) == OLD
    output.write(folder, note(NEW))
    assert contents(folder) == NEW, "and nothing of the old note is left in it"
    assert alone(folder)


def test_what_is_written_can_be_served(folder: Path) -> None:
    assert folder.stat().st_mode & 0o555 == 0o555
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in folder.rglob("*"))


def test_editions_lie_beside_each_other(folder: Path) -> None:
    output.write(folder.parent / "weekly-asia", note(NEW))
    output.write(folder, note(NEW))
    assert contents(folder.parent / "weekly-asia") == NEW


def test_a_note_that_fails_on_the_way_changes_nothing(folder: Path) -> None:
    def failing() -> Iterator[Artifact]:
        yield from note(NEW)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        output.write(folder, failing())
    assert contents(folder) == OLD
    assert alone(folder)


def test_a_swap_that_fails_half_way_is_taken_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise OSError(errno.EIO, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(StoreError, match=r"weekly: Input/output error; nothing was changed there"):
        output.write(folder, note(NEW))
    monkeypatch.undo()
    assert contents(folder) == OLD
    assert alone(folder)


def test_a_place_under_a_file_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "output").write_text("a file")
    with pytest.raises(StoreError) as problem:
        output.write(output.place(tmp_path / "output", WEEK, "weekly"), note(NEW))
    assert str(problem.value) == (
        f"{tmp_path}/output/2026-W07/weekly: Not a directory; nothing was changed there; "
        "free space or choose another 'output' in the config"
    )


def test_a_file_in_the_notes_place_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "2026-W07").write_text("a file")
    with pytest.raises(StoreError, match=r"^[^\n]*weekly: File exists; nothing was changed there[^\n]*$"):
        output.write(tmp_path / "2026-W07" / "weekly", note(NEW))


FULL = """
import resource, sys
from pathlib import Path
from reporter import output
from reporter.errors import StoreError
from tests.test_output import note
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
try:
    output.write(Path(sys.argv[1]), note({"note.html": b"new", "note.pdf": b"x" * 5000}))
except StoreError as problem:
    print(problem)
"""


def test_a_full_disk_leaves_the_old_note(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, folder], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.startswith(f"{folder}: File too large; nothing was changed there;"), done.stderr
    assert done.stdout.count("\n") == 1
    assert contents(folder) == OLD
    assert alone(folder)


# ---- killed ----------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, shutil, sys
from pathlib import Path
from reporter import output
from tests.test_output import NEW, note
step = [0]
def dying(function):
    def wrapped(*args, **kwargs):
        if step[0] == int(sys.argv[2]):
            os.kill(os.getpid(), signal.SIGKILL)
        step[0] += 1
        return function(*args, **kwargs)
    return wrapped
os.fsync, Path.rename, Path.chmod = dying(os.fsync), dying(Path.rename), dying(Path.chmod)
shutil.rmtree = dying(shutil.rmtree)
output.write(Path(sys.argv[1]), note(NEW))
"""


def die(folder: Path, step: int) -> bool:
    """Writes the new note in a process that is killed at a step; False where it came through."""
    done = subprocess.run([sys.executable, "-c", KILLED, folder, str(step)], cwd=ROOT, capture_output=True, check=False)
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    return done.returncode != 0


def test_a_run_killed_at_any_step_leaves_one_whole_note(tmp_path: Path) -> None:
    """Steps: sweep the leaving, fsync of each file, chmod, both renames, clearing away the old note, sweeping."""
    outcomes = []
    for step in range(30):
        place = output.place(tmp_path / str(step), WEEK, "weekly")
        output.write(place, note(OLD))
        killed = die(place, step)
        seen = contents(place) if place.exists() else {}
        assert seen in ({}, OLD, NEW), "a reader never sees a mix"
        output.recover(place)
        outcomes.append((not seen, contents(place) == NEW))
        assert contents(place) in (OLD, NEW)
        assert alone(place)
        if not killed:
            break
    assert (True, False) in outcomes, "once it was killed between the two renames, and the old note came back"
    assert outcomes[0] == (False, False)
    assert outcomes[-1] == (False, True)
    assert len(outcomes) >= 8


def test_the_next_run_takes_up_where_a_killed_one_stopped(folder: Path) -> None:
    steps = iter(range(30))
    while folder.exists():
        output.write(folder, note(OLD))
        assert die(folder, next(steps))
    output.write(folder, note(NEW))
    assert contents(folder) == NEW
    assert alone(folder)


def test_every_note_set_aside_is_put_back_at_the_start(tmp_path: Path) -> None:
    places = [output.place(tmp_path, WEEK, "weekly"), output.place(tmp_path, WEEK.previous, "asia", held=True)]
    for place in places:
        output.write(place, note(OLD))
        place.rename(place.parent / f".{place.name}.old")
    output.recover_all(tmp_path)
    for place in places:
        assert contents(place) == OLD
        assert alone(place)
    output.recover_all(tmp_path / "nothing")


def test_what_was_set_aside_does_not_replace_a_note_that_is_there(folder: Path) -> None:
    aside = folder.parent / ".weekly.old"
    aside.mkdir()
    (aside / "note.html").write_bytes(b"older")
    output.recover(folder)
    assert contents(folder) == OLD
    assert alone(folder)


def test_a_cleared_note_leaves_nothing_behind(tmp_path: Path) -> None:
    held = output.place(tmp_path / "output", WEEK, "weekly", held=True)
    published = output.place(tmp_path / "output", WEEK, "weekly")
    output.write(published, note(OLD))
    output.write(held, note(NEW))
    (held.parent / ".weekly.new-x").mkdir()
    (held.parent / ".weekly.old").mkdir()
    output.clear(held)
    assert [path.name for path in (tmp_path / "output").iterdir()] == ["2026-W07"]
    assert contents(published) == OLD


def test_clearing_one_held_note_leaves_the_others(tmp_path: Path) -> None:
    one, other = (output.place(tmp_path, WEEK, edition, held=True) for edition in ("one", "other"))
    output.write(one, note(OLD))
    output.write(other, note(NEW))
    output.clear(one)
    assert not one.exists()
    assert contents(other) == NEW
    output.clear(one)


# ---- one run at a time -----------------------------------------------------------------------------------------------

HOLD = """
import sys
from pathlib import Path
from reporter import output
with output.lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
    (Path(sys.argv[1]) / "done").touch()
"""


def holding(folder: Path) -> subprocess.Popen[str]:
    """A process that has the folder until it reads a line."""
    command = [sys.executable, "-c", HOLD, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_a_second_run_says_so_and_waits_for_the_first(tmp_path: Path) -> None:
    said: list[bool] = []
    with holding(tmp_path) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"

        def waiting() -> None:
            said.append((tmp_path / "done").exists())
            assert first.stdin is not None
            first.stdin.write("go on\n")
            first.stdin.close()

        with output.lock(tmp_path, waiting):
            assert (tmp_path / "done").exists(), "the first run was over"
        first.stdin = None
    assert said == [False], "it was said once, while the first run had the folder"


def test_a_free_folder_is_had_without_a_word(tmp_path: Path) -> None:
    for _ in range(2):
        with output.lock(tmp_path / "data", lambda: pytest.fail("nobody has it")):
            assert (tmp_path / "data" / ".lock").exists()


def test_a_killed_run_leaves_no_lock(tmp_path: Path) -> None:
    with holding(tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        first.kill()
        first.wait()
    with output.lock(tmp_path, lambda: pytest.fail("nobody has it")):
        pass


def test_a_run_that_fails_gives_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), output.lock(tmp_path):
        raise ZeroDivisionError
    with output.lock(tmp_path, lambda: pytest.fail("nobody has it")):
        pass


def test_a_folder_that_cannot_be_locked_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").write_text("a file")
    with (
        pytest.raises(StoreError, match=r"data: File exists; the data folder must be writable"),
        output.lock(tmp_path / "data"),
    ):
        pass

    def unable(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("fcntl.flock", unable)
    with pytest.raises(StoreError, match=r"No locks available; the data folder must be"), output.lock(tmp_path):
        pass
