"""What a sentence weighs: more for what is unusual and new, within the bounds of the outline."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.model import MARKET, Said
from reporter.rules.context import View
from reporter.rules.vary import remembered
from reporter.rules.weight import Weights, materiality, novelty, weight
from tests.test_rules_sample import WEEK, frame

NAME = "market.liquidations_usd"
SHARES = st.floats(0, 1)


def view(**facts: float) -> View:
    return View(frame({f"market.{name}": value for name, value in facts.items()}), MARKET, MARKET)


@pytest.mark.parametrize(("percentile", "expected"), [(0.5, 0.0), (1.0, 1.0), (0.0, 1.0), (0.9, 0.8), (0.1, 0.8)])
def test_materiality_is_the_distance_from_the_middle_of_the_year(percentile: float, expected: float) -> None:
    seen = view(liquidations_usd=1.9e9, liquidations_usd_percentile=percentile)
    assert materiality(seen, [NAME]) == pytest.approx(expected)
    assert materiality(seen, [f"{NAME}_growth"]) == pytest.approx(expected)  # of the measure, whichever family is used


def test_a_large_move_makes_an_ordinary_level_material() -> None:
    seen = view(liquidations_usd=1.9e9, liquidations_usd_percentile=0.5, liquidations_usd_swing=0.97)
    assert materiality(seen, [NAME]) == 0.97


def test_without_a_year_of_weeks_a_sentence_is_in_the_middle() -> None:
    assert materiality(view(liquidations_usd=1.9e9), [NAME]) == 0.5
    assert weight(0.7, 0.5, 0.5, Weights()) == 0.7


def test_what_was_said_last_week_is_less_new() -> None:
    seen = view(liquidations_usd=1.9e9, liquidations_usd_swing=0.6)
    before = Said(WEEK.start.date() - timedelta(weeks=1), "a", MARKET, 0, False, "liquidations", "", "One.")
    new, old = (novelty(seen, [NAME], "a", remembered(past, WEEK)) for past in ([], [before]))
    assert new == pytest.approx((0.6 + 1) / 2)
    assert old < new
    assert novelty(seen, [NAME], "b", remembered([before], WEEK)) == new


@given(rank=SHARES, material=SHARES, new=SHARES, bound=SHARES)
def test_a_weight_stays_within_its_bounds(rank: float, material: float, new: float, bound: float) -> None:
    weights = Weights(bound, bound)
    assert abs(weight(rank, material, new, weights) - rank) <= bound + 1e-12
    assert weight(rank, material, new, Weights(0.0, 0.0)) == rank
