"""Futures against spot."""

from __future__ import annotations

from pathlib import Path

import pytest

from reporter.model import Unit
from tests.desk import days, measured


def test_the_basis_is_the_mean_of_the_week_s_closes(tmp_path: Path) -> None:
    rows = {"basis/BTC": days("2025-03-03", 0.01, 0.02, 0.03, -0.01, 0.02, None, None)}
    found = measured(tmp_path, rows).fact("BTC.basis")
    assert found.value == pytest.approx(0.014)  # 0.07 / 5
    assert (found.unit, found.inputs[0].rows) == (Unit.FRACTION, 5)


def test_the_five_days_of_a_trading_week_are_enough_and_four_are_not(tmp_path: Path) -> None:
    rows = {"basis/BTC": days("2025-03-03", 0.01, 0.02, None, -0.01, 0.02, None, None)}
    expected = "basis: 4 of 7 expected rows between 2025-03-03 and 2025-03-09"
    assert measured(tmp_path, rows).gap("BTC.basis") == expected


def test_the_yearly_basis_is_sunday_s(tmp_path: Path) -> None:
    rows = {"basis_apr/BTC": days("2025-03-03", *[0.05] * 6, 0.07, 0.09)}
    assert measured(tmp_path, rows)["BTC.basis_apr"] == 0.07


def test_without_sunday_there_is_no_yearly_basis(tmp_path: Path) -> None:
    rows = {"basis_apr/BTC": days("2025-03-03", *[0.05] * 6)}
    assert measured(tmp_path, rows).gap("BTC.basis_apr") == "basis_apr: no value for the last interval of the week"
