"""The lead asset's open interest over thirteen weeks, in dollars and, on an axis of the same proportions, in coins."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from reporter.charts import axis, days, plot, words
from reporter.charts.axis import Axis
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Sheet
from reporter.model import Chart, Point, Track, Unit

NEEDS = ("open_interest", "open_interest_coins", "price_close")
WEEKS = 13
FEWEST = 8
FACTS = (
    "open_interest_usd",
    "open_interest_opening_usd",
    "open_interest_usd_growth",
    "open_interest_coins",
    "open_interest_coins_growth",
    "open_interest_position_effect_usd",
    "open_interest_price_effect_usd",
)


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the week has too few values."""
    track = scene.track("open_interest")
    dollars = days.openings(days.within(track, scene.weeks(WEEKS), closed=True))
    if len(dollars) < FEWEST or dollars[-1].at < scene.week.start or not any(point.value for point in dollars):
        return None
    coins, origin = in_coins(scene, dollars)
    sheet = Sheet(scene.style)
    _paint(sheet, scene, dollars, coins)
    return finish(scene, sheet, _caption(scene, dollars, coins, (track, origin)))


def in_coins(scene: Scene, dollars: Sequence[Point]) -> tuple[tuple[Point, ...], Track | None]:
    """Open interest in coins and the track it comes from: as reported by the same venue, else dollars over price.

    Nothing where neither reaches to the last value in dollars, or where it would contradict the note's own fact.
    """
    reported, price = scene.track("open_interest_coins"), scene.track("price_close")
    if _venue(reported) != _venue(scene.track("open_interest")):
        reported = None
    given = days.openings(days.within(reported, scene.weeks(WEEKS), closed=True))
    for coins, origin in ((given, reported), (_converted(scene, dollars, price), price)):
        if len(coins) >= FEWEST and coins[-1].at == dollars[-1].at and coins[0].value > 0 and dollars[0].value > 0:
            return ((), None) if scene.contradicts("lead", "open_interest_coins", coins[-1].value) else (coins, origin)
    return (), None


def _converted(scene: Scene, dollars: Sequence[Point], price: Track | None) -> tuple[Point, ...]:
    """Dollars over the close of the day that ends at that moment, within the hour; other moments yield nothing."""
    known = days.within(price, scene.weeks(WEEKS + 1))
    closes = {point.at + days.DAY: point.value for point in known if point.value > 0}
    pairs = ((point, closes.get(near)) for point in dollars if (near := _midnight(point)))
    return tuple(Point(point.at, point.value / close) for point, close in pairs if close)


def _midnight(point: Point) -> datetime | None:
    near = (point.at + days.DAY / 2).replace(hour=0, minute=0, second=0, microsecond=0)
    return near if abs(point.at - near) <= timedelta(hours=1) else None


def _venue(track: Track | None) -> str | None:
    return track.input.series.split("/")[2] if track and track.input else None


def _paint(sheet: Sheet, scene: Scene, dollars: Sequence[Point], coins: Sequence[Point]) -> None:
    a_coin = _dollars_a_coin(dollars, coins)
    shown = [point.value for point in dollars] + [point.value * a_coin for point in coins]
    left = plot.scale(axis.around(shown, plot.BOTTOM, plot.TOP), Unit.USD)
    right = plot.scale(_proportional(left.axis, a_coin), Unit.COIN) if coins else None
    area = Plot(scene.weeks(WEEKS), left.width(sheet) + 2, sheet.right - (right.width(sheet) if right else 6))
    plot.shade(sheet, area, scene.week)
    plot.grid(sheet, area, left)
    plot.dates(sheet, area, scene.week, every=2)
    entries = [("solid", "open_interest", f"{scene.lead} open interest in dollars{' (left)' if right else ''}")]
    if right:
        plot.numbers(sheet, area, right, "muted")
        sheet.line([area.path(run, right.axis) for run in days.runs(coins)], "muted", dash="dashed")
        entries.append(("dashed", "muted", "in coins (right)"))
    sheet.line([area.path(run, left.axis) for run in days.runs(dollars)], "open_interest", width=1.6)
    plot.key(sheet, area.left, plot.HEAD, entries)


def _dollars_a_coin(dollars: Sequence[Point], coins: Sequence[Point]) -> float:
    """What lays the first value in coins upon the dollars of the same moment, so that only changes part the lines."""
    at = {point.at: point.value for point in dollars}
    return next((at[point.at] / point.value for point in coins if at.get(point.at)), 1.0)


def _proportional(dollars: Axis, a_coin: float) -> Axis:
    return Axis(dollars.low / a_coin, dollars.high / a_coin, dollars.bottom, dollars.top)


def _caption(scene: Scene, dollars: Sequence[Point], coins: Sequence[Point], tracks: Sequence[Track | None]) -> Caption:
    in_both = " and in coins" if coins else ""
    return Caption(
        key="open_interest",
        title=f"{scene.lead} open interest in US dollars{in_both}",
        alt=_alt(scene, dollars, coins),
        facts=[("lead", name) for name in FACTS if coins or "coins" not in name],
        tracks=tracks,
    )


def _alt(scene: Scene, dollars: Sequence[Point], coins: Sequence[Point]) -> str:
    text = (
        f"A line of {scene.lead} open interest in dollars, a value a day, from "
        f"{words.span(dollars[0].at.date(), dollars[-1].at.date())}: {words.spread(dollars, Unit.USD)}."
    )
    if coins:
        text += (
            f" A dashed line shows it in coins, {words.spread(coins, Unit.COIN)}; both axes have the same proportions."
        )
    return text
