"""Funding, its yearly rate by the hours of its interval, its signs and its cost."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.model import Unit
from tests.desk import Said, every, measured

# Twenty-one settlements: fifteen of +0.01 %, six of -0.02 %; together 0.0003.
RATES = [0.0001] * 15 + [-0.0002] * 6


def test_a_week_of_eight_hour_funding(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *RATES)})
    assert found["BTC.funding_rate"] == pytest.approx(0.0003 / 21)
    assert found["BTC.funding_cost"] == pytest.approx(0.0003)
    assert found["BTC.funding_negative_share"] == pytest.approx(6 / 21)
    assert found["BTC.funding_apr"] == pytest.approx(0.0003 / 21 * 1095)  # 8760 / 8 intervals a year
    assert found.fact("BTC.funding_rate").unit == Unit.RATE


@pytest.mark.parametrize(("hours", "expected"), [(1, 0.876), (4, 0.219), (8, 0.1095)])
def test_the_yearly_rate_depends_on_the_hours_between_settlements(tmp_path: Path, hours: int, expected: float) -> None:
    rows = {"funding/BTC": every(hours, "2025-03-03", *[0.0001] * (168 // hours))}
    found = measured(tmp_path, rows, said=Said({"funding": hours}))
    assert found["BTC.funding_apr"] == pytest.approx(expected)  # 0.0001 x 8760 / hours
    assert found["BTC.funding_rate"] == pytest.approx(0.0001)


def test_a_rate_of_nothing_is_not_negative(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", *[0.0] * 20, -0.0001)})
    assert found["BTC.funding_negative_share"] == pytest.approx(1 / 21)


def test_settlements_count_from_the_start_of_the_week_to_before_its_end(tmp_path: Path) -> None:
    rows = every(8, "2025-03-02 16:00", 0.5, *RATES, 0.5)
    assert measured(tmp_path, {"funding/BTC": rows})["BTC.funding_cost"] == pytest.approx(0.0003)


def test_a_mean_bears_one_missing_settlement_and_a_sum_does_not(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", None, *[0.0001] * 20)})
    assert found["BTC.funding_rate"] == pytest.approx(0.0001)
    assert found.gap("BTC.funding_cost") == "funding: 20 of 21 expected rows between 2025-03-03 and 2025-03-09"


def test_two_missing_settlements_are_too_many_for_a_mean(tmp_path: Path) -> None:
    found = measured(tmp_path, {"funding/BTC": every(8, "2025-03-03", None, None, *[0.0001] * 19)})
    for fact in ("funding_rate", "funding_apr", "funding_negative_share"):
        assert found.gap(f"BTC.{fact}") == "funding: 19 of 21 expected rows between 2025-03-03 and 2025-03-09"


def test_four_hour_funding_in_a_series_of_eight_hours_is_refused(tmp_path: Path) -> None:
    # It would make a yearly rate of half the true one.
    found = measured(tmp_path, {"funding/BTC": every(4, "2025-03-03", *[0.0001] * 42)})
    assert (
        found.gap("BTC.funding_apr") == "funding: 42 rows, more than the 21 expected between 2025-03-03 and 2025-03-09"
    )


def test_weighted_funding_is_a_mean_of_days_and_for_eight_hours(tmp_path: Path) -> None:
    rows = {"funding_oi_weighted/BTC": every(24, "2025-03-03", *[0.0001] * 6, 0.0008)}
    # mean 0.0014 / 7 = 0.0002; x 8760 / 8 = 0.219
    assert measured(tmp_path, rows)["BTC.funding_oi_weighted_apr"] == pytest.approx(0.219)


def test_weighted_funding_needs_every_day(tmp_path: Path) -> None:
    rows = {"funding_oi_weighted/BTC": every(24, "2025-03-03", *[0.0001] * 6)}
    assert "6 of 7 expected rows" in measured(tmp_path, rows).gap("BTC.funding_oi_weighted_apr")
