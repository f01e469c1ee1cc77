"""Liquidations by UTC day over four weeks, shorts above and longs below zero, under the lead asset's price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from reporter import units
from reporter.charts import axis, days, plot, words
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Sheet
from reporter.charts.totals import Totals, over_assets
from reporter.model import MARKET, Chart, Period, Point, Unit

NEEDS = ("liquidations_long", "liquidations_short", "price_close")
LONG, SHORT = NEEDS[:2]
WEEKS = 4
FEWEST = 5  # days of the note's week
MIDDLE = 128.0  # where the zone of the price begins
KEY = (
    ("bar", "short", "Shorts liquidated (up)"),
    ("bar", "long", "Longs liquidated (down)"),
    ("", "muted", "in a UTC day"),
)
FACTS = (
    "liquidations_usd",
    "liquidations_long_usd",
    "liquidations_short_usd",
    "liquidations_long_share",
    "liquidations_largest_day_usd",
    "liquidations_largest_day",
)


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where most of the week's days are unknown or all are zero."""
    period = scene.weeks(WEEKS)
    totals = over_assets(scene, (LONG, SHORT), period)
    if totals is None or not any(map(any, (values.values() for values in totals.sums.values()))):
        return None
    if sum(day >= scene.week.start.date() for day in totals.sums[LONG]) < FEWEST:
        return None
    prices = closes(scene, period)
    sheet = Sheet(scene.style)
    _paint(sheet, scene, totals, prices)
    return finish(scene, sheet, _caption(scene, totals, prices))


def closes(scene: Scene, period: Period) -> tuple[Point, ...]:
    """The lead asset's daily closes, each at the end of its day, from the one before the first bar; or none."""
    before = Period(period.start - timedelta(days=1), period.end)
    found = days.lasts(days.within(scene.track("price_close"), before))
    points = days.stamped(found, days.DAY)
    return points if len(points) >= FEWEST and min(found.values()) > 0 else ()


def _paint(sheet: Sheet, scene: Scene, totals: Totals, prices: Sequence[Point]) -> None:
    longs, shorts = totals.sums[LONG], totals.sums[SHORT]
    top = MIDDLE - 14 if prices else plot.TOP
    bars = plot.scale(
        axis.from_zero([*shorts.values(), *(-value for value in longs.values())], plot.BOTTOM + 2, top),
        Unit.USD,
        mirrored=True,
    )
    line = plot.scale(axis.around([p.value for p in prices], MIDDLE, plot.TOP), Unit.PRICE, 2) if prices else None
    right = line.width(sheet) if line else 6.0
    area = Plot(scene.weeks(WEEKS), bars.width(sheet) + 2, sheet.right - right)
    plot.shade(sheet, area, scene.week)
    plot.grid(sheet, area, bars)
    sheet.boxes([area.bar(day, bars.axis, 0, value) for day, value in shorts.items() if value], "short")
    sheet.boxes([area.bar(day, bars.axis, -value, 0) for day, value in longs.items() if value], "long")
    plot.zero(sheet, area, bars.axis)
    plot.dates(sheet, area, scene.week, shift=days.DAY / 2)
    plot.key(sheet, area.left, MIDDLE - 9 if prices else plot.HEAD, KEY)
    if line:
        plot.numbers(sheet, area, line, "price")
        sheet.line([area.path(run, line.axis) for run in days.runs(prices)], "price")
        plot.key(sheet, area.left, plot.HEAD, [("solid", "price", f"{scene.lead} price")])


def _caption(scene: Scene, totals: Totals, prices: Sequence[Point]) -> Caption:
    names = words.assets(totals.assets)
    with_price = f", with the {scene.lead} price" if prices else ""
    facts = [(MARKET, name) for name in FACTS] + [(asset, name) for asset in totals.assets for name in FACTS]
    return Caption(
        key="liquidations",
        title=f"Liquidations of {names} by day, in US dollars{with_price}",
        alt=_alt(scene, totals, prices),
        facts=facts + [("lead", name) for name in ("price_usd", "price_usd_growth") if prices],
        tracks=[*totals.tracks, scene.track("price_close") if prices else None],
    )


def _alt(scene: Scene, totals: Totals, prices: Sequence[Point]) -> str:
    longs, shorts = totals.sums[LONG], totals.sums[SHORT]
    summed = f", summed over {units.listing(totals.assets)}" if len(totals.assets) > 1 else f" of {totals.assets[0]}"
    text = (
        f"Bars for each UTC day from {words.span(min(longs), max(longs))}: liquidated shorts above the zero line and "
        f"liquidated longs below it{summed}. {_largest(longs, shorts)}{_week(scene, longs, shorts)}."
    )
    if prices:
        text += f" A line above them is the {scene.lead} price at each day's close, {_range(prices)}."
    return text


def _largest(longs: Mapping[date, float], shorts: Mapping[date, float]) -> str:
    day = max(longs, key=lambda each: (longs[each] + shorts[each], each))
    total, long, short = (units.usd(value) for value in (longs[day] + shorts[day], longs[day], shorts[day]))
    return f"The largest day is {units.day(day)} with {total}, {long} of it longs and {short} shorts"


def _week(scene: Scene, longs: Mapping[date, float], shorts: Mapping[date, float]) -> str:
    """The week's total, where it is a fact of the note too."""
    inside = [day for day in longs if day >= scene.week.start.date()]
    total = sum(longs[day] + shorts[day] for day in inside)
    fact = scene.stated(MARKET, "liquidations_usd", total)
    return f"; the shaded week adds up to {units.usd(total)}" if fact else ""


def _range(prices: Sequence[Point]) -> str:
    """The range by the days whose closes they are."""
    return words.spread([Point(point.at - days.DAY, point.value) for point in prices], Unit.PRICE)
