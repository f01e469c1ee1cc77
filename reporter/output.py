"""The output folder: each note's files are written beside the old ones and swapped in by renames, so a reader sees all
or nothing."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reporter.config import NAME
from reporter.errors import ConfigError, StoreError
from reporter.model import Artifact, Week

HELD = ".held"


def place(output: Path, week: Week, edition: str, held: bool = False) -> Path:
    """`output/2026-W07/weekly`, or its place under `.held` for a note that may not go out.

    Raises ConfigError for an edition that is no plain name: it could lead out of the folder.
    """
    if not re.fullmatch(NAME, edition):
        raise ConfigError(f"edition {edition[:60]!r}: expected small letters, digits, - and _; rename it")
    return (output / HELD if held else output) / week.label / edition


def write(folder: Path, artifacts: Iterable[Artifact]) -> None:
    """The folder with these files and nothing else. Raises StoreError, and then what was there before still is."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        recover(folder)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.new-", dir=folder.parent))
    except OSError as problem:
        raise _unwritable(folder, problem) from None
    try:
        for artifact in artifacts:
            _write(fresh / artifact.path, artifact.body)
        fresh.chmod(0o755)
        _swap(fresh, folder)
    except OSError as problem:
        raise _unwritable(folder, problem) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def recover(folder: Path) -> None:
    """Puts back what a run that was killed between two renames had set aside, and clears away its leavings."""
    old = _old(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    _sweep(folder)


def recover_all(output: Path) -> None:
    """The same for every note of an output folder. Raises StoreError where one cannot be put back."""
    for old in (*output.glob("*/.*.old"), *output.glob(f"{HELD}/*/.*.old")):
        folder = old.parent / old.name.removeprefix(".").removesuffix(".old")
        try:
            recover(folder)
        except OSError as problem:
            raise _unwritable(folder, problem) from None


def clear(folder: Path) -> None:
    """Removes a held note with its leavings, and the folders above it that are empty then, up to `.held`."""
    shutil.rmtree(folder, ignore_errors=True)
    _sweep(folder)
    for parent in (folder.parent, folder.parent.parent):
        if parent.is_dir() and not any(parent.iterdir()):
            parent.rmdir()


@contextmanager
def lock(folder: Path, waiting: object = None) -> Iterator[None]:
    """Holds the folder for one run; `waiting` is called once if another run has it. Raises StoreError if it cannot be
    had."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as problem:
        raise _unlockable(folder, problem) from None
    try:
        _acquire(handle, folder, waiting)
        yield
    finally:
        os.close(handle)


def _acquire(handle: int, folder: Path, waiting: object) -> None:
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if callable(waiting):
                waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as problem:
        raise _unlockable(folder, problem) from None


def _sweep(folder: Path) -> None:
    for leaving in (_old(folder), *folder.parent.glob(f".{folder.name}.new-*")):
        shutil.rmtree(leaving, ignore_errors=True)


def _old(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.old"


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _swap(fresh: Path, folder: Path) -> None:
    """Renaming onto a folder that is not empty fails, so the old one steps aside first."""
    old = _old(folder)
    if folder.exists():
        folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        if old.exists():
            old.rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _unwritable(folder: Path, problem: OSError) -> StoreError:
    return StoreError(
        f"{folder}: {problem.strerror}; nothing was changed there; free space or choose another 'output' in the config"
    )


def _unlockable(folder: Path, problem: OSError) -> StoreError:
    return StoreError(f"{folder}: {problem.strerror}; the data folder must be writable, and on a disk that has locks")
