"""What is collected and cannot be used: it is said in every run, and not only in the first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from reporter import pipeline
from reporter.errors import Several
from tests import live_desk
from tests.providers.server import Answer, Providers, Question

STRICT = """newsletter: {name: N, publisher: P}
assets: [BTC]
sources:
  mine:
    use: csv
    files: prices.csv
    time: {column: day}
    asset: BTC
    strict: true
    values: [{measure: price_close, column: close, unit: usd}]
"""


@pytest.fixture
def server() -> Iterator[Providers]:
    with Providers() as running:
        yield running


def test_a_strict_source_stops_every_run_until_its_file_is_corrected(tmp_path: Path) -> None:
    desk = live_desk.house(tmp_path, STRICT)
    week = pipeline.chosen_week(desk, "2026-W45", None)
    (tmp_path / "prices.csv").write_text("day,close\n2026-11-02,100\n2026-11-03,abc\n")
    for _ in range(3):
        with pytest.raises(Several, match="'abc' is no number"):
            pipeline.collect(desk.round, week, pipeline.stores(desk))
    (tmp_path / "prices.csv").write_text("day,close\n2026-11-02,100\n2026-11-03,101\n")
    assert pipeline.collect(desk.round, week, pipeline.stores(desk)) == 2


def _unreadable(asked: Question) -> Answer | None:
    return Answer(b'{"a": 1}') if "BTC" in asked.query["symbol"] else None


def test_an_answer_that_cannot_be_read_is_named_in_every_run(
    tmp_path: Path, server: Providers, caplog: pytest.LogCaptureFixture
) -> None:
    server.faults["binance-spot"] = _unreadable
    desk = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot",)))
    week = pipeline.chosen_week(desk, None, None)
    for _ in range(2):
        caplog.clear()
        pipeline.collect(desk.round, week, pipeline.stores(desk))
        (said,) = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
        assert said.startswith("binance-spot: ")
        assert "candles/BTC" in said


@pytest.mark.expects_warnings
def test_a_backfill_asks_again_for_what_could_not_be_read(tmp_path: Path, server: Providers) -> None:
    server.faults["binance-spot"] = _unreadable
    desk = live_desk.house(tmp_path, live_desk.config(server, ("binance-spot",)))
    kept, week = pipeline.stores(desk), pipeline.chosen_week(desk, None, None)
    pipeline.backfill(desk.round, week, 10, kept)
    server.asked.clear()
    server.faults.clear()
    assert pipeline.backfill(desk.round, week, 10, kept) > 0
    assert [asked.query["symbol"] for asked in server.asked] == ["BTCUSDT"] * 2
    series = "price_close/BTC/binance/binance-spot"
    assert len([at for name, at in live_desk.rows(kept) if name == series]) == 10 * 7
