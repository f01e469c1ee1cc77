"""The map of liquidation levels: what it draws, what it says, and that it says estimate."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from reporter import charts
from reporter.charts import heatmap, style
from reporter.charts.axis import Axis
from reporter.charts.plot import Plot
from reporter.model import Chart, Fact, Input, LevelGrid, Period, Point, Track, Unit
from tests.test_charts_draw import TEMPLATES, WEEK, a_stormy_week, fact, frame

HOUR = timedelta(hours=1)
EDGES = (60_000.0, 66_000.0, 69_000.0, 72_000.0, 78_000.0)
BELOW = fact("BTC", "liquidation_cluster_below_usd", 67_500.0, Unit.PRICE)
ABOVE = fact("BTC", "liquidation_cluster_above_usd", 75_000.0, Unit.PRICE)


def rests_on(measure: str) -> Track:
    source = Input(f"{measure}/BTC/binance/binance", WEEK.start, WEEK.end, 169, ("payload",))
    return Track("Binance USD-M futures", Unit.USD, (), source)


def hours(count: int) -> tuple[datetime, ...]:
    return tuple(WEEK.start + number * HOUR for number in range(count))


def grid(**changes: object) -> LevelGrid:
    """Four bands over a week; the price falls from 70,000 to 69,200 in its last hour."""
    prices = [70_000.0] * 167 + [69_200.0]
    usual = LevelGrid(
        asset="BTC",
        is_estimate=True,
        edges=EDGES,
        starts=hours(168),
        end=WEEK.end,
        sizes=((0.2,) * 168, (0.0,) * 100 + (1.0,) * 68, (0.0,) * 168, (0.5,) * 168),
        path=tuple(Point(at + HOUR, price) for at, price in zip(hours(168), prices, strict=True)),
        tracks=(rests_on("open_interest"), rests_on("perp_close_hourly")),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def drawn(levels: LevelGrid | None, *facts: Fact) -> Chart | None:
    found = charts.draw(frame(*facts), {}, TEMPLATES, levels)
    return found[0] if found else None


def chart(levels: LevelGrid, *facts: Fact) -> Chart:
    found = drawn(levels, *facts)
    assert found is not None
    return found


def test_the_chart_says_what_it_shows_and_that_it_is_an_estimate() -> None:
    found = chart(grid(), BELOW, ABOVE)
    assert (found.key, found.path) == ("liquidation_levels", "charts/liquidation_levels.svg")
    assert found.title == ("Liquidation levels of BTC as estimated from open interest, against its price over the week")
    assert found.alt == (
        "A map of liquidation levels of BTC as estimated from open interest and price, by price and time, from "
        "February 9 to February 15, 2026: darker where more would be closed by force. A line over it is the price, "
        "between $69,200 (February 15, the last value) and $70,000 (February 15). Against the week's close, levels "
        "cluster most around $67,500 below it and $75,000 above it."
    )
    assert found.source_line == (
        "Source: Binance USD-M futures (binance); the levels are an estimate from open interest and price, not "
        "observed orders"
    )
    assert [one.series.split("/")[0] for one in found.inputs] == ["open_interest", "perp_close_hourly"]
    assert found.facts == ("BTC.liquidation_cluster_below_usd", "BTC.liquidation_cluster_above_usd")


def test_a_providers_model_is_called_one_and_an_estimate_too() -> None:
    found = chart(grid(is_estimate=False))
    assert "as a provider's model estimates them" in found.title and "by a provider's model" in found.alt
    assert found.source_line.endswith("the levels are the provider's model, an estimate and not observed orders")
    assert "cluster most" not in found.alt


def test_no_amount_of_dollars_is_printed_only_prices() -> None:
    found = chart(grid(), BELOW)
    assert not re.search(r"million|billion", found.alt + found.title + found.source_line)


def test_a_note_without_levels_has_no_such_chart() -> None:
    assert drawn(None) is None
    assert drawn(grid(sizes=((0.0,) * 168,) * 4)) is None
    others = charts.draw(frame(), a_stormy_week(), TEMPLATES, None)
    assert "liquidation_levels" not in {one.key for one in others}


def test_it_stands_after_the_options_among_the_others() -> None:
    keys = [one.key for one in charts.draw(frame(), a_stormy_week(), TEMPLATES, grid())]
    assert keys == list(charts.KEYS)
    assert keys[keys.index("options") + 1] == "liquidation_levels"


def test_the_picture_is_small_accessible_and_the_same_each_time() -> None:
    found = chart(grid(), BELOW, ABOVE)
    root = ET.fromstring(found.body)
    assert (root.findtext("{*}title"), root.findtext("{*}desc")) == (found.title, found.alt)
    assert len(found.body) < 60_000
    assert found.body == chart(grid(), BELOW, ABOVE).body


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_each_shade_is_darker_than_the_one_before_so_that_grey_will_do() -> None:
    colours = heatmap.shaded(style.load(TEMPLATES)).colours
    found = [luminance(colours[name]) for name in ("paper", *heatmap.SHADES)]
    assert all(lighter - darker > 24 for lighter, darker in pairwise(found)), found


def test_the_shades_come_from_the_house_s_own_colours() -> None:
    own = style.load(TEMPLATES)
    red = replace(own, colours={**own.colours, "accent": "#aa0000"})
    assert heatmap.shaded(red).colours[heatmap.SHADES[0]] == heatmap.mix("#ffffff", "#aa0000", 0.13)
    assert heatmap.mix("#000000", "#ffffff", 0.5) == "#808080"


@pytest.mark.parametrize(("size", "steps"), [(0.0, 0), (0.039, 0), (0.04, 1), (0.3, 3), (0.74, 4), (1.0, 5)])
def test_a_size_has_as_many_steps_as_it_reaches(size: float, steps: int) -> None:
    assert heatmap.shade(size) == steps


def test_a_level_is_drawn_from_its_opening_to_the_end_of_its_last_hour() -> None:
    area = Plot(Period(WEEK.start, WEEK.end), 0.0, 168.0)
    axis = Axis(60_000.0, 78_000.0, 0.0, 18.0)
    some = grid(sizes=((0.0,) * 168, (0.0,) * 10 + (1.0,) * 20 + (0.0,) * 138, (0.0,) * 168, (0.0,) * 168))
    (box,) = heatmap.boxes(some, area, axis, 5)
    assert (box[0], box[2]) == pytest.approx((10.0, 30.0))
    assert (box[1], box[3]) == pytest.approx((6.0, 9.0), abs=heatmap.OVERLAP + 1e-9)


def test_texts_that_would_touch_are_moved_apart_and_others_stay() -> None:
    assert heatmap.apart([(50.0, "a"), (53.0, "b")]) == [(47.0, "a"), (56.0, "b")]
    assert heatmap.apart([(50.0, "a"), (90.0, "b")]) == [(50.0, "a"), (90.0, "b")]


def test_a_price_far_off_the_map_is_not_drawn_outside_it() -> None:
    wild = (*grid().path[:-1], Point(WEEK.end, 9e6))
    assert heatmap.path(grid(path=wild)) == wild[:-1]
    assert "9,000,000" not in chart(grid(path=wild)).alt
