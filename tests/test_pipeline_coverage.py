"""What a note says of silent sources is what they were silent about while they could still be asked for the week."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from reporter import clock, pipeline
from reporter.facts import speaks_until
from reporter.model import Payload, Request
from reporter.pipeline.building import FOREVER, coverage
from tests import live_desk

WEEK = clock.parse_week("2025-W10")
END = WEEK.end
CONFIG = """newsletter: {name: N, publisher: P}
assets: [BTC]
sources:
  binance-spot: {use: binance-spot}
  gate: {use: gate}
"""


def silent(folder: Path, as_of: datetime = FOREVER, **refused: datetime) -> tuple[str, ...]:
    """Who is said to have been silent about the week, where each of these sources refused an answer at a moment."""
    desk = live_desk.house(folder, CONFIG)
    kept = pipeline.stores(desk)
    for name, at in refused.items():
        source = name.replace("_", "-")
        body = repr((source, at)).encode()
        request = Request(source, "candles/BTC", "test:refused")
        payload = Payload(hashlib.sha256(body).hexdigest(), request, at, 503, "text/plain", body)
        kept.history.refuse(replace(payload, fault="out of order (HTTP 503)"), "test")
    frame = pipeline.measure(desk, kept.history, WEEK, None)
    return coverage(desk, kept.history, frame, as_of).silent


def test_an_answer_that_was_none_speaks_for_the_week_as_long_as_a_list_would(tmp_path: Path) -> None:
    assert speaks_until(WEEK) - END == timedelta(days=8)
    found = silent(tmp_path, gate=END + timedelta(hours=14), binance_spot=END + timedelta(days=8))
    assert found == ("Binance spot: out of order (HTTP 503)", "Gate futures: out of order (HTTP 503)")


@pytest.mark.parametrize("later", [timedelta(days=8, seconds=1), timedelta(days=120)])
def test_a_note_made_later_does_not_speak_of_the_faults_of_its_own_day(tmp_path: Path, later: timedelta) -> None:
    assert silent(tmp_path, gate=END + later) == ()
    # an answer of the day after the week still counts, whatever came months later
    both = silent(tmp_path / "both", gate=END + timedelta(days=1), binance_spot=END + later)
    assert both == ("Gate futures: out of order (HTTP 503)",)


def test_a_note_as_of_a_moment_knows_no_later_fault(tmp_path: Path) -> None:
    at = END + timedelta(hours=14)
    assert silent(tmp_path, at, gate=at + timedelta(seconds=1)) == ()
    assert silent(tmp_path / "then", at, gate=at) == ("Gate futures: out of order (HTTP 503)",)
