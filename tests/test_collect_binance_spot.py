from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reporter import clock
from reporter.collect import source
from reporter.errors import ParseError
from reporter.model import Observation
from tests import live
from tests.live import ms

DAY = [ms("2026-11-09"), "90000.00", "91000.50", "89000.00", "90500.00", "12.5", ms("2026-11-10") - 1, "1131250.75",
       9, "6", "543000", "0"]  # fmt: skip


def test_a_candle_becomes_prices_and_the_turnover_in_dollars() -> None:
    at = "2026-11-09 00:00"
    assert live.values("binance-spot", "candles/BTC", [DAY]) == {
        ("price_open/BTC/binance", at): 90_000.0,
        ("price_high/BTC/binance", at): 91_000.5,
        ("price_low/BTC/binance", at): 89_000.0,
        ("price_close/BTC/binance", at): 90_500.0,
        ("spot_volume/BTC/binance", at): 1_131_250.75,  # the eighth field, not the sixth, which is in coins
    }


def test_a_day_in_progress_and_days_that_were_not_asked_for_are_left_out() -> None:
    noon = datetime(2026, 11, 15, 12, tzinfo=UTC)
    rows = [[ms(day), *DAY[1:]] for day in ("2026-11-14", "2026-11-15", "2026-11-16", "2026-09-01")]
    found = live.parse("binance-spot", "candles/BTC", rows, fetched=noon)
    assert {f"{one.at:%m-%d}" for one in found if isinstance(one, Observation)} == {"11-14"}


def test_a_row_too_short_is_named_and_the_others_stay() -> None:
    assert live.flaws("binance-spot", "candles/BTC", [DAY, DAY[:4]]) == [
        "binance-spot: candles/BTC: row 2: too short; it is left out"
    ]


def test_an_empty_list_yields_nothing() -> None:
    assert live.parse("binance-spot", "candles/BTC", []) == []


def test_an_error_of_the_provider_is_no_list() -> None:
    with pytest.raises(ParseError, match="binance-spot: candles/BTC: the answer is no list; it is left out"):
        live.parse("binance-spot", "candles/BTC", {"code": -1121, "msg": "Invalid symbol."})


def test_a_block_by_address_is_final_and_a_full_house_is_not() -> None:
    module = source("binance-spot")
    blocked, busy = module.fault(451, b"{}"), module.fault(429, b"{}")  # type: ignore[attr-defined]
    assert (blocked.what, blocked.retry) == ("blocked from this address (HTTP 451)", False)
    assert busy.retry


def test_a_recorded_answer_is_read(real_data: Path) -> None:
    rows = live.recorded(real_data, "exchange_samples/binance__http_spot_market_klines")
    one = live.at_any_time(live.payload("binance-spot", "candles/BTC", rows))
    found = list(source("binance-spot").parse(one, live.settings("binance-spot")))
    assert live.names(found) == {
        f"{m}/BTC/binance" for m in ("price_open", "price_high", "price_low", "price_close", "spot_volume")
    }
    first = next(each for each in found if isinstance(each, Observation))
    assert (clock.seconds(first.at), first.value) == (rows[0][0] // 1000, float(rows[0][1]))
