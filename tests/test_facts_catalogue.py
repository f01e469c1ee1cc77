"""The catalogue: names and definitions that a reader is shown, and the digest that kept values hang on."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

from reporter import sessions, units
from reporter.facts import SUFFIXES, catalogue, funding, measures, price, reader
from reporter.facts.catalogue import BOTH, CATALOGUE, fact
from reporter.facts.reader import Reader
from reporter.history import Rows
from reporter.model import MARKET, Unit

EACH = {name: CATALOGUE[name].measure for name in CATALOGUE}
# The names that configs, rulebooks and the JSON of `facts` rely on.
PROMISED = {
    "asset": "price_usd price_high_usd price_low_usd realised_volatility expected_move volatility_premium "
    "liquidations_usd liquidations_long_usd liquidations_short_usd liquidations_long_share liquidations_largest_day "
    "liquidations_largest_day_usd liquidations_to_open_interest open_interest_usd open_interest_opening_usd "
    "open_interest_coins open_interest_position_effect_usd open_interest_price_effect_usd funding_rate funding_apr "
    "funding_oi_weighted_apr funding_negative_share funding_cost basis basis_apr etf_net_flow_usd etf_last_session_usd "
    "etf_last_session etf_streak_sessions etf_sessions etf_positive_sessions etf_strongest_session_usd "
    "etf_weakest_session_usd etf_cumulative_usd long_short_ratio dvol skew_25d spot_volume_usd perp_volume_usd "
    "perp_to_spot_volume",
    "market": "liquidations_usd liquidations_long_usd liquidations_short_usd liquidations_long_share "
    "liquidations_largest_day liquidations_largest_day_usd liquidations_to_open_interest open_interest_usd "
    "open_interest_opening_usd etf_net_flow_usd etf_last_session_usd etf_last_session etf_streak_sessions etf_sessions "
    "etf_positive_sessions etf_strongest_session_usd etf_weakest_session_usd etf_cumulative_usd fear_greed "
    "spot_volume_usd perp_volume_usd perp_to_spot_volume price_growth_median etf_sessions_due",
}  # fmt: skip
OF_LISTS = """
atm_iv_30d atm_iv_7d basis_1m_apr basis_minus_funding_apr basis_quarter_apr basis_slope_apr etf_flow_to_assets
funding_dispersion_apr funding_flips funding_venues funding_venues_weighted_apr iv_term_slope
liquidation_cluster_above_distance liquidation_cluster_above_sigmas liquidation_cluster_above_usd
liquidation_cluster_below_distance liquidation_cluster_below_sigmas liquidation_cluster_below_usd
liquidation_levels_estimated max_pain_usd next_expiry_date next_expiry_usd open_interest_cme_share
open_interest_concentration open_interest_cross_effect_usd open_interest_to_market_cap open_interest_venues
option_open_interest_usd price_positions_quadrant put_call_open_interest put_call_volume_7d skew_25d_7d
"""
SOURCE_GAPS = (
    "price_source_gap open_interest_source_gap liquidations_source_gap funding_source_gap_apr etf_flow_source_gap_usd"
)
LIKE = "flush squeeze open_interest_surge funding_negative etf_outflow_streak volatility_shock"
HOURS = "liquidations_largest_hour_usd liquidations_largest_hour liquidations_largest_hour_day"
AFTER = "open_interest_fell price_rose etf_inflow cases etf_cases"
PROMISED["asset"] += f" {SOURCE_GAPS} {OF_LISTS} {HOURS}"
PROMISED["market"] += f" {HOURS}" + "".join(
    f" after_{a}_{b}_{n}w" for a in LIKE.split() for b in AFTER.split() for n in (1, 4)
)


@pytest.mark.parametrize("subject", ["asset", "market"])
def test_the_promised_facts_are_there(subject: str) -> None:
    assert {name for name, measure in EACH.items() if subject in measure.each} == set(PROMISED[subject].split())


def test_measures_are_listed_by_name_and_once() -> None:
    names = [measure.name for measure in measures()]
    assert names == sorted(set(names)) == sorted(CATALOGUE)


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_name_ends_like_no_family(name: str) -> None:
    assert not name.endswith(tuple(f"_{suffix}" for suffix in SUFFIXES))
    assert re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name)


def test_no_name_can_be_read_as_a_family_of_another() -> None:
    offered = [f"{m.name}_{family}" for m in measures() for family in m.families]
    assert not set(offered) & set(CATALOGUE)
    assert len(offered) == len(set(offered))


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_definition_is_prose_for_readers(name: str) -> None:
    text = EACH[name].definition
    assert re.fullmatch(r"[A-Z0-9].{20,1200}\.", text), text
    assert not re.search(r"[_`{}<>]|  |\b(None|NaN|float|param|oi|OI)\b", text), text
    assert len(text.split()) >= 5


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_a_unit_fits_its_name(name: str) -> None:
    endings = {"_usd": {Unit.USD, Unit.PRICE}, "_apr": {Unit.APR}, "_share": {Unit.SHARE}, "_rate": {Unit.RATE}}
    endings |= {"_coins": {Unit.COIN}, "_sessions": {Unit.COUNT}, "_ratio": {Unit.RATIO}, "_day": {Unit.DATE}}
    for ending, fitting in endings.items():
        if name.endswith(ending):
            assert EACH[name].unit in fitting


def test_a_share_a_rate_and_a_signed_value_have_no_growth() -> None:
    for measure in measures():
        if measure.unit in (Unit.SHARE, Unit.RATE, Unit.APR) or measure.streak_of == catalogue.OF_VALUE:
            assert "growth" not in measure.families, measure.name


def test_a_date_is_compared_with_nothing() -> None:
    dates = [measure for measure in measures() if measure.unit == Unit.DATE]
    assert {measure.families for measure in dates} == {()}
    assert {measure.name for measure in dates} == {
        "liquidations_largest_day",
        "liquidations_largest_hour_day",
        "etf_last_session",
        "next_expiry_date",
    }


# ---- entering a fact -------------------------------------------------------------------------------------------------


@pytest.fixture
def emptied() -> Iterator[None]:
    """The catalogue as it was, after a test has entered something."""
    before = dict(CATALOGUE)
    yield
    CATALOGUE.clear()
    CATALOGUE.update(before)


@pytest.mark.usefixtures("emptied")
def test_a_function_becomes_a_measure_of_its_name_and_docstring() -> None:
    @fact(unit=Unit.USD, each=BOTH, kind="signed")
    def oddity_usd(read: Reader) -> float:
        """A value that
        is odd."""
        return 1.0

    entered = CATALOGUE["oddity_usd"]
    assert entered.function is oddity_usd
    assert (entered.measure.definition, entered.measure.each) == ("A value that is odd.", ("asset", MARKET))


@pytest.mark.usefixtures("emptied")
@pytest.mark.parametrize("name", ["price_usd", "oddity_growth", "oddity_high_since", "oddity_previous"])
def test_a_name_that_is_taken_or_ends_like_a_family_is_refused(name: str) -> None:
    def odd(read: Reader) -> float:
        """A value that is odd."""
        return 1.0

    odd.__name__ = name
    with pytest.raises(ValueError, match=name):
        fact(unit=Unit.USD)(odd)


# ---- the digest ------------------------------------------------------------------------------------------------------


def test_the_digest_is_the_same_each_time() -> None:
    assert catalogue.digest() == catalogue.digest()
    assert re.fullmatch("[0-9a-f]{64}", catalogue.digest())


@pytest.mark.parametrize(
    "module", [price.__name__, funding.__name__, reader.__name__, sessions.__name__, units.__name__, Rows.__module__]
)
def test_the_digest_follows_the_modules_that_make_values(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before, getsource = catalogue.digest(), inspect.getsource

    def changed(what: ModuleType) -> str:
        return getsource(what) + "#" * (what.__name__ == module)

    monkeypatch.setattr(inspect, "getsource", changed)
    assert catalogue.digest() != before
