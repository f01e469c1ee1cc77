"""What facts are measured on and which sources give it: read off the code, and true of measured weeks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

import pytest

from reporter import collect, inside, newsletter, pipeline
from reporter.facts import base_rates, grounds
from reporter.facts.catalogue import BOTH, CATALOGUE, fact
from reporter.facts.reader import Reader
from reporter.model import Fact, OptionQuote, Unit
from reporter.series import FORMS, LISTS
from tests import live_desk
from tests.desk_run import simulated
from tests.providers.server import Providers


@pytest.mark.parametrize(
    ("name", "measures"),
    [
        ("price_usd", {"price_close"}),
        ("liquidations_long_share", {"liquidations_long", "liquidations_short"}),
        ("perp_to_spot_volume", {"perp_volume", "spot_volume"}),
        ("basis_minus_funding_apr", {"basis_apr", "funding", "future_quotes"}),  # what its helper asks for, too
        ("put_call_volume_7d", {"option_call_volume_7d", "option_put_volume_7d"}),  # constants of the module
        ("skew_25d", {"option_quotes", "skew_25d"}),
        ("max_pain_usd", {"option_expiries", "option_quotes"}),
        ("liquidation_levels_estimated", {"liquidation_levels", "open_interest", "perp_close_hourly", "price_close"}),
        ("liquidations_source_gap", {"liquidations_long", "liquidations_short"}),
        ("fear_greed", {"fear_greed"}),
    ],
)
def test_a_fact_is_measured_on_what_its_functions_ask_for(name: str, measures: set[str]) -> None:
    assert set(grounds.measured_on(name)) == measures
    assert grounds.looks_back_on(name) == ()


def test_every_fact_has_grounds_and_sources() -> None:
    for name in CATALOGUE:
        found = grounds.measured_on(name)
        assert found == tuple(sorted(set(found)))
        assert found, name
        assert set(found) <= {*FORMS, *LISTS.values()}, name
        assert inside.sources_for(name), name


def test_what_looks_back_rests_on_facts_and_on_their_series() -> None:
    # a flush: liquidations and open interest in coins; its cases: those of which coins and price are known later
    name = "after_flush_price_rose_4w"
    assert grounds.looks_back_on(name) == ("liquidations_usd", "open_interest_coins", "price_usd")
    assert set(grounds.measured_on(name)) == {"liquidations_long", "liquidations_short", "open_interest",
                                              "open_interest_coins", "price_close"}  # fmt: skip
    assert grounds.looks_back_on("after_volatility_shock_etf_cases_1w") == ("dvol", "etf_net_flow_usd")
    back = {name for name in CATALOGUE if grounds.looks_back_on(name)}
    assert back == {name for name, one in CATALOGUE.items() if one.looks_back}
    rested_on = {one for name in back for one in grounds.looks_back_on(name)}
    assert rested_on == {name for _, name in base_rates.KEYS} <= set(CATALOGUE)


SIDE, VOLUMES = "liquidations_long", ("spot_volume",)


def _through_a_helper(read: Reader) -> float:
    return max(read.sum(measure) for measure in VOLUMES)


_through_a_helper.__module__ = f"{grounds.PACKAGE}.odd"  # as if it stood beside the facts


@pytest.fixture
def entered() -> Iterator[str]:
    """A fact that asks in every way that code has."""
    before = dict(CATALOGUE)

    @fact(unit=Unit.USD, each=BOTH)
    def oddity_usd(read: Reader) -> float:
        """A value that is odd and asks for etf_flow in its definition alone."""
        ask: Callable[[], float] = lambda: read.sum("perp_volume")  # noqa: E731
        funding, *_ = read.sums("funding", *("dvol", "basis"))
        return ask() + read.sum(SIDE) + funding + _through_a_helper(read) + len(read.items(OptionQuote))

    yield oddity_usd.__name__
    CATALOGUE.clear()
    CATALOGUE.update(before)


def test_lambdas_constants_and_lists_count_and_words_of_the_definition_do_not(entered: str) -> None:
    assert set(grounds.measured_on(entered)) == {
        "perp_volume",
        "spot_volume",
        "liquidations_long",
        "funding",
        "dvol",
        "basis",
        "option_quotes",
    }


def test_a_name_that_is_no_fact_s_has_no_grounds() -> None:
    with pytest.raises(KeyError):
        grounds.measured_on("price_usdd")


# ---- sources ---------------------------------------------------------------------------------------------------------


def test_lists_are_given_by_those_that_declare_them() -> None:
    assert collect.givers("option_quotes") == collect.givers("future_quotes") == ("deribit",)
    assert collect.givers("option_expiries") == collect.givers("liquidation_levels") == ("coinglass",)
    assert set(inside.sources_for("atm_iv_30d")) == {"deribit"}
    assert collect.givers("no_such_measure") == ()


def test_a_source_that_lists_venues_gives_no_past_of_them() -> None:
    """Hyperliquid's open interest is that of the moment of asking: it makes a list, and no week's figure."""
    assert "hyperliquid" not in inside.sources_for("open_interest_usd")
    assert "hyperliquid" in inside.sources_for("open_interest_venues")
    assert "binance" in inside.sources_for("open_interest_usd")
    assert "binance" not in inside.sources_for("open_interest_venues")
    assert {"coinglass"} <= {*collect.givers("open_interest"), *collect.givers("open_interest", by_venue=True)}


def test_sources_stand_in_the_order_of_the_registry() -> None:
    order = list(collect.SOURCES)
    for name in CATALOGUE:
        places = [order.index(use) for use in inside.sources_for(name)]
        assert places == sorted(set(places))


def test_a_file_may_give_any_measure_and_no_list() -> None:
    given = collect.gives("csv") | collect.gives("csv", by_venue=True)
    assert given == set(FORMS)


# ---- measured weeks --------------------------------------------------------------------------------------------------


def test_no_fact_of_the_sample_rests_on_anything_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("sample")
    (folder / "config.yaml").write_text(simulated())
    desk = pipeline.prepare(newsletter.load(folder / "config.yaml"))
    kept, week = pipeline.stores(desk), pipeline.chosen_week(desk, "2026-W07", None)
    pipeline.collect(desk.round, week, kept)
    frame = pipeline.measure(desk, kept.history, week, None)
    assert sum(name in CATALOGUE for _, name in frame.facts) > 50
    assert list(strangers(frame.facts.values())) == []


@pytest.mark.expects_warnings
def test_no_fact_of_a_collected_week_rests_on_anything_else(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Providers() as server:
        desk = live_desk.house(tmp_path_factory.mktemp("live"), live_desk.config(server))
        kept = pipeline.stores(desk)
        week = pipeline.chosen_week(desk, None, None)
        pipeline.collect(desk.round, week, kept)
    frame = pipeline.measure(desk, kept.history, week, None)
    assert {"skew_25d", "open_interest_venues", "basis_apr"} <= {name for _, name in frame.facts}
    assert list(strangers(frame.facts.values())) == []


def strangers(facts: Iterable[Fact]) -> Iterator[str]:
    """Facts that rest on a measure or a source that the catalogue does not name."""
    for one in facts:
        if one.name not in CATALOGUE:
            continue
        for used in one.inputs:
            measure, _, _, source = used.series.split("/")
            if measure not in grounds.measured_on(one.name) or source not in inside.sources_for(one.name):
                yield f"{one.key}: {used.series}"


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_catalogue_says_of_each_fact_what_it_is_and_who_gives_it() -> None:
    view = inside.catalogue()
    assert [one["name"] for one in view.data] == sorted(CATALOGUE)
    assert json.loads(json.dumps(view.data)) == view.data
    named = {one["name"]: one for one in view.data}
    assert named["dvol"] == {
        "name": "dvol",
        "subject": ["asset"],
        "unit": "points",
        "families": list(CATALOGUE["dvol"].measure.families),
        "definition": "Thirty-day implied volatility index at the week's close, in volatility points.",
        "measured_on": ["dvol"],
        "looks_back_on": [],
        "sources": ["csv", "sample", "deribit"],
    }
    assert named["after_flush_cases_1w"]["looks_back_on"] == ["liquidations_usd", "open_interest_coins", "price_usd"]


def test_the_catalogue_is_readable_on_a_terminal() -> None:
    lines = inside.catalogue().lines
    assert max(map(len, lines)) <= 100
    at = lines.index("dvol  (each asset; points)")
    assert lines[at + 1 : at + 4] == (
        "    Thirty-day implied volatility index at the week's close, in volatility points.",
        "    measured on: dvol",
        "    sources: csv, sample, deribit",
    )
    heads = [line.partition("  ")[0] for line in lines if not line.startswith(" ")]
    assert sorted(heads) == sorted(CATALOGUE)
    assert "    looks back on: dvol, open_interest_coins, price_usd" in lines
