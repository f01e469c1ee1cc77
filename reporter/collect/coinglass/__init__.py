"""Coinglass: its v4 answers in; liquidations, open interest, funding, ratios, volumes, fund flows and options out.

API: docs.coinglass.com (v4), GET with the header CG-API-KEY, no free plan. Terms: Coinglass's own. Times are UTC. A day
is final at midnight, a fund's flow about 13 hours after the end of its day. Limits: 30, 80, 300 or 1,200 questions a
minute by plan, 1,000 rows an answer. A Hobbyist key is enough for all but the liquidation heatmap and map.

Traps, and what is done: an error comes with HTTP 200, so the envelope is asked (`fault`). A wrong form of symbol gives
no rows and no error: coins for totals, pairs for one exchange. Numbers are text and numbers in one row. The last bar is
in progress. Funding and premium are per cent. Times are in milliseconds, but the heatmap's in seconds. Open interest in
stablecoin contracts comes in coins: not asked. Days are asked for by time *and* by limit: some keys were seen to get
the newest rows whatever the time. Then a week older than these stays empty, and a flaw says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from reporter.collect import live, reading
from reporter.collect.coinglass.endpoints import ENDPOINTS, Endpoint
from reporter.collect.coinglass.readers import FLOWS_FINAL, Asked
from reporter.collect.coinglass.settings import PLANS, Settings
from reporter.collect.live import DAY, Given
from reporter.model import MARKET, Fault, Flaw, Item, Kind, Observation, Payload, Period, Request, Week

LABEL, TERMS = "Coinglass", "Coinglass API terms of use"
SECRETS = {"CG-API-KEY": "COINGLASS_API_KEY"}
LIMIT = 60  # rows: the days asked for, and some
SNAPSHOT_REACH = timedelta(days=9)
GIVES: Mapping[str, Given] = {
    **{measure: Given(DAY) for one in ENDPOINTS.values() for measure in one.gives},
    "open_interest": Given(DAY, kind=Kind.SNAPSHOT),  # by venue it is the list of the moment
    "open_interest/all": Given(DAY),
    "open_interest_coins": Given(DAY, kind=Kind.SNAPSHOT),
    "etf_flow": Given(DAY, FLOWS_FINAL),
    # A bar of ratios holds the last one of its day: it is stamped at its start, and not known before its end.
    **{m: Given(DAY, kind=Kind.INTERVAL) for m in ("long_short_ratio", "top_account_ratio", "top_position_ratio")},
}
LISTS = ("liquidation_levels", "option_expiries")
PLAN_TOO_LOW = Fault("plan", "the plan is too low for this endpoint")
FAULTS: Mapping[str, Fault] = {
    "30001": Fault("key", "the key is missing or was refused"),
    "401": Fault("key", "the key is missing or was refused"),
    "429": Fault("limited", "asked too often", retry=True),
    "408": Fault("down", "took too long to answer", retry=True),
    "500": Fault("down", "out of order", retry=True),
}


# ---- questions -------------------------------------------------------------------------------------------------------


def requests(week: Week, settings: Settings) -> list[Request]:
    """Five weeks of days, and what holds now, as far as the plan goes."""
    return [_question(week, settings, one, asset) for one, asset in _asked(settings)]


def _asked(settings: Settings) -> Iterator[tuple[Endpoint, str]]:
    """Each endpoint of the plan with each asset it is asked for; with none where one answer speaks of all."""
    for one in ENDPOINTS.values():
        if PLANS.index(one.plan) > PLANS.index(settings.plan):
            continue
        if one.coins is None:
            yield one, ""
        else:
            yield from ((one, asset) for asset in settings.assets if asset in one.coins or not one.coins)


def _question(week: Week, settings: Settings, one: Endpoint, asset: str) -> Request:
    words, period = settings.words(asset), live.span(week)
    params: dict[str, object] = {name: text.format(**words) for name, text in one.params.items()}
    if one.form == "bars":
        params |= _times(period)
    now = one.form == "now"
    key = f"{one.name}/{asset}" if asset else one.name
    request = live.ask(settings, key, one.path.format(**words), params, None if now else period)
    return replace(request, secrets=SECRETS, reach=SNAPSHOT_REACH if now else None)


def _times(period: Period) -> dict[str, int]:
    """The bar that begins at the period's very end is asked for too: open interest is its open."""
    return {
        "start_time": live.milliseconds(period.start),
        "end_time": live.milliseconds(period.end),
        "limit": LIMIT,
    }


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for; the other exchanges of a list come as they are."""
    for one, asset in _asked(settings):
        venue = one.venue.format(**settings.words(asset))
        everyone = (MARKET,) if one.name == "fear-greed" else settings.assets
        for measure in one.gives:
            yield from (f"{measure}/{who}/{venue}/{settings.name}" for who in ((asset,) if asset else everyone))


# ---- answers ---------------------------------------------------------------------------------------------------------


def fault(status: int, body: bytes) -> Fault | None:
    """What the envelope says, where there is one: errors come with HTTP 200 as well as with their own status."""
    envelope = reading.envelope(body)
    code = str(envelope.get("code", "0"))
    if status == 451 or code == "0":
        return reading.http_fault(status, body)
    message = str(envelope.get("msg") or envelope.get("message") or "")
    return _said(code, message, envelope.get("details")) or reading.http_fault(status, body) or _refused(code, message)


def _said(code: str, message: str, details: object) -> Fault | None:
    """A fault that the code or the words are known for; none of the provider's words about a key is repeated."""
    words = message.lower()
    if "upgrade" in words or (isinstance(details, dict) and details.get("upgrade_required")):
        return PLAN_TOO_LOW
    if "too many requests" in words:
        return FAULTS["429"]
    return FAULTS["401"] if "api key" in words else FAULTS.get(code)


def _refused(code: str, message: str) -> Fault:
    what = f": {reading.plain(message)}" if message else ""
    return Fault("refused", f"refused the question (code {reading.plain(code)}{what})")


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw | Item]:
    """The cells of each row in base units, or its items; what each endpoint's are stands in `readers`."""
    name, _, asset = payload.request.key.partition("/")
    if name not in ENDPOINTS:
        raise reading.misread(payload, "a question that is no longer asked")
    if problem := fault(payload.status, payload.body):
        raise reading.misread(payload, problem.what)
    one = ENDPOINTS[name]
    asked = Asked(payload, settings, asset, one.venue.format(**settings.words(asset)))
    rows = list(one.rows(asked))
    if one.form == "bars" and (flaw := _elsewhere(payload, rows)):
        yield flaw
    if one.gives:
        yield from reading.observations(payload, rows, lambda row: one.read(asked, row), GIVES)
    else:
        yield from _items(payload, rows, lambda row: one.read(asked, row))


def _elsewhere(payload: Payload, rows: list[Any]) -> Flaw | None:
    """A flaw where an answer has days, but none that was asked for: silence must not look like a quiet market."""
    period = payload.request.period
    times = [at for row in rows if (at := _time(row))]
    if period is None or not times or any(reading.within(period, at, Kind.INSTANT) for at in times):
        return None
    where = f"{payload.request.source}: {payload.request.key}"
    return Flaw(where, f"none of the {len(times)} days in the answer was asked for; they end on {max(times):%Y-%m-%d}")


def _time(row: Any) -> datetime | None:
    try:
        return reading.milliseconds(row["time"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None


def _items(payload: Payload, rows: Iterable[Any], read: Callable[[Any], Iterable[Item]]) -> Iterator[Item | Flaw]:
    """The items of each row; a row that cannot be used is a Flaw."""
    for index, row in enumerate(rows, 1):
        try:
            found = list(read(row))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError) as problem:
            yield reading.flaw(payload, index, problem)
        else:
            yield from found
