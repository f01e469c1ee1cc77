"""Real weeks: the mapped folder of real history, read in once for all tests that use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from reporter import newsletter, pipeline
from reporter.archive import Archive
from reporter.facts import Setting, frames
from reporter.history import History, open_history
from reporter.model import Frame, Week

REAL = Path(__file__).parent / "config.yaml"
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)


def read_in(folder: Path) -> History:
    """The real history in a fresh store."""
    loaded = newsletter.load(REAL)
    sources, mistakes = pipeline.configured(loaded)
    assert mistakes == []
    history = open_history(folder / "reporter.sqlite")
    kept = pipeline.Stores(Archive(folder / "raw"), history)
    pipeline.collect(pipeline.Round(sources, loaded.root), Week(datetime(2025, 6, 23, tzinfo=UTC)), kept)
    return history


def setting(scope: str) -> Setting:
    config = newsletter.load(REAL).config
    venues = {**config.venues, "liquidations_long": (scope,), "liquidations_short": (scope,)}
    return Setting(config.assets, config.lead_asset, venues, tuple(config.sources))


def real_frames(history: History, scope: str, first: Week, last: Week) -> Iterator[Frame]:
    """A frame a week from `first` to `last`, with liquidations of one scope."""
    weeks = [first.shifted(n) for n in range((last.start - first.start).days // 7 + 1)]
    return frames(history, setting(scope), [replace(week) for week in weeks], FOREVER)
