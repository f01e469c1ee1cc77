"""Weekly facts of real history against figures that somebody else computed."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from reporter import clock
from reporter.history import History
from reporter.model import Fact, Frame
from tests.real import read_in, real_frames

MILLIONS, BILLIONS = 1e6, 1e9
# oracle column: (subject, fact, what one of its units is in ours)
COLUMNS: Mapping[str, tuple[str, str, float]] = {
    "liq_total_musd": ("market", "liquidations_usd", MILLIONS),
    "long_share": ("market", "liquidations_long_share", 1.0),
    "btc_liq_musd": ("BTC", "liquidations_usd", MILLIONS),
    "btc_long_share": ("BTC", "liquidations_long_share", 1.0),
    "btc_oi_start_busd": ("BTC", "open_interest_opening_usd", BILLIONS),
    "btc_oi_end_busd": ("BTC", "open_interest_usd", BILLIONS),
    "oi_change_pct": ("BTC", "open_interest_usd_growth", 0.01),
    "mean_funding_8h_pct": ("BTC", "funding_rate", 0.01),
    "btc_etf_musd": ("BTC", "etf_net_flow_usd", MILLIONS),
    "eth_etf_musd": ("ETH", "etf_net_flow_usd", MILLIONS),
    "btc_close": ("BTC", "price_usd", 1.0),
    "btc_change_pct": ("BTC", "price_usd_growth", 0.01),
    "btc_low": ("BTC", "price_low_usd", 1.0),
    "btc_high": ("BTC", "price_high_usd", 1.0),
    "fng_end": ("market", "fear_greed", 1.0),
    "dvol_end": ("BTC", "dvol", 1.0),
}
WHOLE = {"btc_close"}  # whole dollars, though every one of them is printed with ".0"
LAUNCH = {"btc_etf_musd": date(2024, 1, 11), "eth_etf_musd": date(2024, 7, 23)}


def half_a_unit(column: str, text: str) -> float:
    """Half of the last printed digit."""
    exponent = 0 if column in WHOLE else int(Decimal(text).as_tuple().exponent)
    return 0.5 * float(Decimal(1).scaleb(exponent))


def differences(row: Mapping[str, str], frame: Frame) -> list[str]:
    return [line for column in COLUMNS if (line := difference(column, row[column], frame))]


def difference(column: str, text: str, frame: Frame) -> str:
    """What does not agree, or nothing."""
    subject, name, unit = COLUMNS[column]
    fact: Fact | None = frame.get(subject, name)
    if column in LAUNCH and frame.week.last_day < LAUNCH[column]:
        return "" if fact is None and float(text) == 0 else f"{column}: {fact} where there was no fund"
    if not text:
        return "" if fact is None else f"{column}: {fact.value} where the oracle has none"
    if fact is None:
        return f"{column}: {text} is a gap: {frame.gaps.get((subject, name))}"
    assert isinstance(fact.value, float)
    off = abs(fact.value / unit - float(text))
    # A tie that the oracle rounded half to even stands half a unit off, plus what binary fractions add.
    return "" if off <= half_a_unit(column, text) * (1 + 1e-6) else f"{column}: {fact.value / unit} is not {text}"


@pytest.fixture(scope="module")
def real_history(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> History:
    return read_in(tmp_path_factory.mktemp("real"))


@pytest.fixture(scope="module")
def oracle(real_data: Path) -> list[dict[str, str]]:
    with (real_data / "data" / "weekly_overlap_summary_derived.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("scope", ["binance+okx+bybit", "binance"])
def test_weekly_facts_agree_with_the_oracle(scope: str, oracle: list[dict[str, str]], real_history: History) -> None:
    rows = {clock.parse_week(r["week_start"]): r for r in oracle if r["exchange_scope"] == scope}
    frames = {frame.week: frame for frame in real_frames(real_history, scope, min(rows), max(rows))}
    problems = {week.label: found for week, row in rows.items() if (found := differences(row, frames[week]))}
    assert problems == {}


def test_the_oracle_has_all_its_rows(oracle: list[dict[str, str]]) -> None:
    assert len(oracle) == 240
    assert {row["exchange_scope"] for row in oracle} == {"binance", "binance+okx+bybit"}


def test_a_week_before_the_funds_has_no_flow(real_history: History) -> None:
    week = clock.parse_week("2023-12-18")
    (frame,) = real_frames(real_history, "binance+okx+bybit", week, week)
    assert frame.get("BTC", "etf_net_flow_usd") is None
    assert frame.gaps["BTC", "etf_net_flow_usd"].reason == "no US spot fund yet; the first came on 2024-01-11"


def test_the_longest_inflow_streak_is_the_published_record(real_history: History) -> None:
    week = clock.parse_week(
        "2024-06-03"
    )  # inflows from May 13 to Friday, June 7: nineteen sessions, a holiday among the days
    (frame,) = real_frames(real_history, "binance+okx+bybit", week, week)
    streak = frame.get("BTC", "etf_streak_sessions")
    assert streak is not None
    assert streak.value == 19.0
