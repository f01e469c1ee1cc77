"""A newsletter whose sources are all on this machine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml

from reporter import newsletter, pipeline
from reporter.facts import Asked  # noqa: F401  (loads the catalogue before a desk is prepared)
from reporter.model import Frame, Note
from reporter.pipeline import Desk, Stores
from tests.desk_run import ROOT
from tests.providers.server import Providers

KEYLESS = ("binance-spot", "binance", "okx", "bybit", "coinbase", "coingecko", "deribit", "hyperliquid", "gate",
           "sosovalue", "alternative-me", "news")  # fmt: skip
QUICK = {"read_seconds": 2, "question_seconds": 4, "tries": 2}


def config(server: Providers, uses: tuple[str, ...] = KEYLESS, **changes: object) -> str:
    """The example config with these sources, asked on this machine as fast as it answers."""
    document = yaml.safe_load(re.sub(r"\nsources:\n(.*\n)*", "\n", (ROOT / "config.yaml").read_text()))
    document["sources"] = {use: {"use": use, "base_url": server.url(use), "pace_seconds": 0} for use in uses}
    document["patience"] = QUICK
    return yaml.safe_dump({**document, **changes}, sort_keys=False)


def house(folder: Path, text: str) -> Desk:
    """A checked desk of a newsletter in this folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(text)
    return pipeline.prepare(newsletter.load(folder / "config.yaml"))


def collected(desk: Desk) -> tuple[Stores, Frame, Note]:
    """The stores, the frame and the note of the last finished week."""
    kept = pipeline.stores(desk)
    week = pipeline.chosen_week(desk, None, None)
    pipeline.collect(desk.round, week, kept)
    return (kept, *written(desk, kept))


def written(desk: Desk, kept: Stores) -> tuple[Frame, Note]:
    """The frame and the note from what is kept."""
    frame = pipeline.measure(desk, kept.history, pipeline.chosen_week(desk, None, None), None)
    return frame, pipeline.draft(desk, kept.history, frame, None).note


def rows(kept: Stores) -> Mapping[tuple[str, int], float]:
    """Every value of the history by series and moment."""
    from datetime import UTC, datetime

    found: dict[tuple[str, int], float] = {}
    for series in kept.history.series():
        window = kept.history.rows(series, None, datetime(9999, 1, 1, tzinfo=UTC))
        found |= {(series.id, int(at)): float(value) for at, value in zip(window.at, window.value, strict=True)}
    return found
