"""The lead asset's liquidation levels over the week, price against time, darker where more would be closed by force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby, pairwise

from reporter import units
from reporter.charts import days, plot, words
from reporter.charts.axis import Axis
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Box, Sheet
from reporter.charts.style import SMALL, Style
from reporter.model import Chart, Fact, LevelGrid, Period, Point, Unit

NAME = "liquidation_levels"
NEEDS: tuple[str, ...] = ()
# From which part of the largest size on a cell has its shade, and how the shade is mixed: the part of accent in paper,
# then the part of ink in accent. Each is darker than the one before, so that the order stays without colour.
STEPS = (0.04, 0.15, 0.3, 0.5, 0.75)
SHADES = tuple(f"level_{number}" for number in range(1, len(STEPS) + 1))
ACCENT, INK = (0.13, 0.34, 0.57, 0.82, 1.0), (0.0, 0.0, 0.0, 0.0, 0.6)
OVERLAP = 0.15  # points by which neighbours run into each other, lest a hair of paper shows between them
SWATCH = 14.0
CLEAR = 9.0  # points between the middles of two texts, one over the other
SIDES = ("below", "above")
FACTS = tuple(f"liquidation_cluster_{side}_{what}" for side in SIDES for what in ("usd", "distance", "sigmas"))


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the note has no levels."""
    grid = scene.levels
    if grid is None or not any(map(any, grid.sizes)):
        return None
    sheet = Sheet(shaded(scene.style))
    _paint(sheet, scene, grid)
    chart = finish(scene, sheet, _caption(scene, grid))
    return replace(chart, source_line=f"{chart.source_line}{'; ' if chart.source_line else ''}{_nature(grid)}")


def shaded(style: Style) -> Style:
    """The style with a colour for each shade, from paper over accent towards ink."""
    colours = style.colours
    mixed = {
        name: mix(mix(colours["paper"], colours["accent"], accent), colours["ink"], ink)
        for name, accent, ink in zip(SHADES, ACCENT, INK, strict=True)
    }
    return replace(style, colours={**colours, **mixed})


def mix(one: str, other: str, part: float) -> str:
    """The colour that is so far on the way from one to the other, as `#rrggbb`."""
    pairs = zip(*([int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in (one, other)), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)


def shade(size: float) -> int:
    """How many of the steps a size reaches."""
    return sum(size >= step for step in STEPS)


def _paint(sheet: Sheet, scene: Scene, grid: LevelGrid) -> None:
    scale = plot.scale(Axis(grid.edges[0], grid.edges[-1], plot.BOTTOM, plot.TOP), Unit.PRICE)
    marks = apart(_marks(scene, grid, scale.axis))
    room = max((sheet.width(text, bold=True) + 9 for _, text in marks), default=6.0)
    area = Plot(Period(scene.week.start, scene.week.end), scale.width(sheet) + 2, sheet.right - room)
    plot.grid(sheet, area, scale)
    for number, name in enumerate(SHADES, 1):
        sheet.boxes(boxes(grid, area, scale.axis, number), name)
    runs = [area.path(run, scale.axis) for run in days.runs(path(grid), 3 * days.spacing(grid.path))]
    sheet.line(runs, "paper", width=3.6)
    sheet.line(runs, "price", width=1.4)
    _dates(sheet, scene, area)
    _key(sheet, area, grid)
    for y, text in marks:
        sheet.line([[(area.right + 1, y), (area.right + 5.5, y)]], "ink", width=1.6)
        sheet.words((area.right + 8, y - SMALL * 0.36), text, "ink", bold=True)


def boxes(grid: LevelGrid, area: Plot, axis: Axis, number: int) -> list[Box]:
    """A box for each stretch of a band whose sizes reach so many steps; darker ones are drawn over lighter ones."""
    ends = [*map(area.x, grid.starts), area.x(grid.end)]
    found = []
    for (low, high), row in zip(pairwise(grid.edges), grid.sizes, strict=True):
        place = 0
        for reached, cells in groupby(row, lambda size: shade(size) >= number):
            first, place = place, place + len(list(cells))
            if reached:
                found.append((ends[first], axis.at(low) - OVERLAP, ends[place], axis.at(high) + OVERLAP))
    return found


def path(grid: LevelGrid) -> tuple[Point, ...]:
    """The points of the price that lie on the map."""
    return tuple(point for point in grid.path if grid.edges[0] <= point.value <= grid.edges[-1])


def _marks(scene: Scene, grid: LevelGrid, axis: Axis) -> list[tuple[float, str]]:
    """The height and the price of each cluster that the note states, the lower one first."""
    found = [fact for side in SIDES if (fact := _stated(scene, f"liquidation_cluster_{side}_usd"))]
    shown = [(float(one.value), units.price(float(one.value))) for one in found if not isinstance(one.value, date)]
    return [(axis.at(value), text) for value, text in shown if grid.edges[0] <= value <= grid.edges[-1]]


def apart(marks: list[tuple[float, str]]) -> list[tuple[float, str]]:
    """The same with room between two that would touch."""
    if len(marks) < 2 or (near := CLEAR - abs(marks[1][0] - marks[0][0])) <= 0:
        return marks
    (low, below), (high, above) = marks
    return [(low - near / 2, below), (high + near / 2, above)]


def _stated(scene: Scene, name: str) -> Fact | None:
    return scene.frame.get("lead", name)


def _dates(sheet: Sheet, scene: Scene, area: Plot) -> None:
    """Each day of the week under its middle, and a tick where it begins."""
    for number in range(7):
        at = scene.week.start + number * days.DAY
        sheet.line([[(area.x(at), plot.BOTTOM - 3), (area.x(at), plot.BOTTOM)]], "rule", width=0.6)
        sheet.words((area.x(at + days.DAY / 2), plot.FOOT), plot.short(at), align="center")
    sheet.line([[(area.left, plot.BOTTOM), (area.right, plot.BOTTOM)]], "rule", width=0.6)


def _key(sheet: Sheet, area: Plot, grid: LevelGrid) -> None:
    """The price's line on the left, the shades from weak to strong on the right."""
    plot.key(sheet, area.left, plot.HEAD, [("solid", "price", f"{grid.asset} price")])
    name = "estimated levels, weaker" if grid.is_estimate else "modelled levels, weaker"
    right = area.right - sheet.width("stronger") - 4
    left = right - SWATCH * len(SHADES)
    sheet.words((left - 4, plot.HEAD), name, align="right")
    for number, shade_name in enumerate(SHADES):
        x = left + number * SWATCH
        sheet.boxes([(x, plot.HEAD - 0.6, x + SWATCH, plot.HEAD + 5.8)], shade_name)
    sheet.words((right + 4, plot.HEAD), "stronger")


def _nature(grid: LevelGrid) -> str:
    """What stands behind the sources: how the levels came about."""
    if grid.is_estimate:
        return "the levels are an estimate from open interest and price, not observed orders"
    return "the levels are the provider's model, an estimate and not observed orders"


def _caption(scene: Scene, grid: LevelGrid) -> Caption:
    whose = "estimated from open interest" if grid.is_estimate else "a provider's model estimates them"
    return Caption(
        key=NAME,
        title=f"Liquidation levels of {grid.asset} as {whose}, against its price over the week",
        alt=_alt(scene, grid),
        facts=[("lead", name) for name in (*FACTS, "liquidation_levels_estimated")],
        tracks=grid.tracks,
    )


def _alt(scene: Scene, grid: LevelGrid) -> str:
    whose = "from open interest and price" if grid.is_estimate else "by a provider's model"
    text = (
        f"A map of liquidation levels of {grid.asset} as estimated {whose}, by price and time, from "
        f"{words.span(scene.week.start.date(), scene.week.last_day)}: darker where more would be closed by force."
    )
    if points := path(grid):
        moved = [Point(point.at - timedelta(seconds=1), point.value) for point in points]  # an hour by the day it ends
        text += f" A line over it is the price, {words.spread(moved, Unit.PRICE)}."
    return text + _clusters(scene)


def _clusters(scene: Scene) -> str:
    """The strongest bands, where they are facts of the note too."""
    found = {side: fact for side in SIDES if (fact := _stated(scene, f"liquidation_cluster_{side}_usd"))}
    parts = [f"{units.text(fact.value, fact.unit)} {side} it" for side, fact in found.items()]
    return f" Against the week's close, levels cluster most around {units.listing(parts)}." if parts else ""
