"""Net flow into spot ETFs by session over six weeks, inflows above and outflows below zero, with each week's sum."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from reporter import units
from reporter.charts import axis, days, plot, words
from reporter.charts.plot import Plot
from reporter.charts.scene import Caption, Scene, finish
from reporter.charts.sheet import Sheet
from reporter.charts.totals import Totals, over_assets
from reporter.clock import midnight
from reporter.model import MARKET, Chart, Point, Unit

NEEDS = ("etf_flow",)
WEEKS = 6
FEWEST = 3
SESSIONS = 5
FACTS = (
    "etf_net_flow_usd",
    "etf_last_session_usd",
    "etf_streak_sessions",
    "etf_positive_sessions",
    "etf_strongest_session_usd",
    "etf_weakest_session_usd",
)


def draw(scene: Scene) -> Chart | None:
    """The chart, or nothing where the week has no session yet."""
    totals = over_assets(scene, NEEDS, scene.weeks(WEEKS))
    flows = totals.sums["etf_flow"] if totals else {}
    if totals is None or len(flows) < FEWEST or not any(flows.values()) or max(flows) < scene.week.start.date():
        return None
    sheet = Sheet(scene.style)
    _paint(sheet, scene, totals)
    return finish(scene, sheet, _caption(scene, totals))


def _paint(sheet: Sheet, scene: Scene, totals: Totals) -> None:
    flows = totals.sums["etf_flow"]
    left = plot.scale(axis.from_zero(flows.values(), plot.BOTTOM, plot.TOP - 13), Unit.USD)
    area = Plot(scene.weeks(WEEKS), left.width(sheet) + 2, sheet.right - 6)
    plot.shade(sheet, area, scene.week)
    plot.grid(sheet, area, left)
    sheet.boxes([area.bar(day, left.axis, 0, flow) for day, flow in flows.items() if flow > 0], "inflow")
    sheet.boxes([area.bar(day, left.axis, flow, 0) for day, flow in flows.items() if flow < 0], "outflow")
    plot.zero(sheet, area, left.axis)
    plot.dates(sheet, area, scene.week, shift=days.DAY / 2)
    entries = [("bar", "inflow", "Net inflow"), ("bar", "outflow", "Net outflow"), ("", "muted", "in a session")]
    sums = weekly(scene, totals)
    for monday, total in sums.items():
        middle = area.x(midnight(monday) + timedelta(days=2.5))
        sheet.words((middle, plot.TOP - 8), units.usd(total), "outflow" if total < 0 else "inflow", "center")
    plot.key(sheet, area.left, plot.HEAD, [*entries, *([("", "muted", "in figures: sum of the week")] if sums else [])])


def weekly(scene: Scene, totals: Totals) -> Mapping[date, float]:
    """The sum of each week by its Monday; for weeks of five sessions, and for the note's where the note states it so.

    A week of fewer may have had a holiday or may lack a session, and a chart cannot tell which.
    """
    found: dict[date, list[float]] = {}
    for day, flow in totals.sums["etf_flow"].items():
        found.setdefault(_monday(day), []).append(flow)
    sums = {monday: math.fsum(flows) for monday, flows in found.items()}
    return {monday: total for monday, total in sums.items() if _is_whole(scene, monday, total, len(found[monday]))}


def _is_whole(scene: Scene, monday: date, total: float, sessions: int) -> bool:
    if monday == scene.week.start.date() and scene.frame.get(MARKET, "etf_net_flow_usd"):
        return scene.stated(MARKET, "etf_net_flow_usd", total) is not None
    return sessions == SESSIONS


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _caption(scene: Scene, totals: Totals) -> Caption:
    return Caption(
        key="etf_flows",
        title=f"Net flow into {words.assets(totals.assets)} spot ETFs by session, in US dollars",
        alt=_alt(totals),
        facts=[(subject, name) for subject in (MARKET, *totals.assets) for name in FACTS],
        tracks=totals.tracks,
    )


def _alt(totals: Totals) -> str:
    points = days.stamped(totals.sums["etf_flow"])
    summed = f", summed over {units.listing(totals.assets)}" if len(totals.assets) > 1 else f" of {totals.assets[0]}"
    return (
        f"Bars for each trading session from {words.span(points[0].at.date(), points[-1].at.date())}: net flow into "
        f"spot ETFs{summed}, inflows above the zero line and outflows below it. {_extremes(points)}."
    )


def _extremes(points: Sequence[Point]) -> str:
    low, high = min(points, key=lambda point: point.value), max(points, key=lambda point: point.value)
    largest = f"The largest inflow is {words.dated(high, Unit.USD)}" if high.value > 0 else "No session has an inflow"
    lowest = f"the largest outflow {_amount(low)}" if low.value < 0 else "no session has an outflow"
    return f"{largest}, {lowest}, and the last session {words.dated(points[-1], Unit.USD)}"


def _amount(point: Point) -> str:
    return words.dated(Point(point.at, abs(point.value)), Unit.USD)
