"""The archive as a whole: how much it holds, and what of it may go; and the ledger of past notes beside it."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from reporter.archive import write_whole
from reporter.errors import StoreError
from reporter.model import Week
from reporter.pipeline.desk import Desk

if TYPE_CHECKING:
    from reporter.ledger import Ledger

NOTES = "notes"
BEGUN = (".writing-*", "raw/*/.writing-*", f"{NOTES}/.writing-*")  # below the data folder


def archived(desk: Desk) -> str:
    """How many answers the archive holds, how large they are, and since when."""
    from reporter.archive import Archive

    count, size, oldest = Archive(desk.newsletter.data / "raw").size()
    if oldest is None:
        return "nothing is kept yet; `reporter collect` begins it"
    return f"{_answers(count)}, {size / 1e6:.1f} MB, the oldest of {oldest:%Y-%m-%d}"


def pruned(desk: Desk, before: datetime) -> str:
    """What was removed: answers fetched before a moment that no note in the output folder rests on.

    Raises StoreError where a note does not say what it rests on: then nothing is removed.
    """
    from reporter.archive import Archive

    manifests = [*desk.newsletter.output.rglob("manifest.json"), *(desk.newsletter.data / NOTES).glob("*.json")]
    keep = frozenset(_rested_on(manifests))
    gone = Archive(desk.newsletter.data / "raw").prune(before, keep)
    return f"removed {_answers(gone.payloads)} from before {before:%Y-%m-%d}, {gone.bytes / 1e6:.1f} MB"


def _answers(count: int) -> str:
    return f"{count} answer{'s' * (count != 1)}"


def ledger_of(desk: Desk) -> Ledger:
    """What the newsletter's notes said; the simulated ones have a ledger of their own. Nothing is opened by this."""
    from reporter.ledger import open_ledger

    return open_ledger(desk.newsletter.data / "ledger.sqlite")


def cleared(data: Path) -> None:
    """Removes the files that a killed run had begun to write; nothing names them, and no other run is at work here."""
    for pattern in BEGUN:
        for path in data.glob(pattern):
            with contextlib.suppress(OSError):
                path.unlink()


def note_kept(desk: Desk, week: Week, manifest: bytes) -> None:
    """Keeps a note's manifest beside the archive: the output folder may be cleared, what a note rests on must stay."""
    folder = desk.newsletter.data / NOTES
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(folder / f"{week.label}.{desk.edition}.json", manifest)


def _rested_on(manifests: Iterable[Path]) -> Iterator[str]:
    """The payloads that notes rest on, held ones included."""
    for path in sorted(manifests):
        try:
            yield from map(_payload_id, _listed(json.loads(path.read_text("utf-8"))["archive"]["payloads"]))
        except (OSError, ValueError, KeyError, TypeError):
            raise StoreError(
                f"{path}: cannot be read, so what its note rests on is not known; nothing was removed; restore the file"
            ) from None


def _listed(found: object) -> list[object]:
    if not isinstance(found, list):
        raise TypeError(found)
    return found


def _payload_id(found: object) -> str:
    if not isinstance(found, str) or not re.fullmatch("[0-9a-f]{64}", found):
        raise ValueError(found)
    return found
