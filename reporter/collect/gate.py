"""Gate perpetuals settled in USDT: hourly statistics in; dollars of positions closed by force and the ratio of accounts
out.

API: gate.com/docs/developers/apiv4, GET /api/v4/futures/usdt/contract_stats, without a key. Terms: Gate's own. Hours
are UTC, stamped in seconds at their start; an hour is final when it is over. Limits: 200 questions in ten seconds and
address. It is the one venue that gives the history of liquidations without a key: one venue's, for their direction and
shape, and no total of the market.

- The hour in progress is dropped whole. A row that does not stand at the start of an hour is of another interval (five
  minutes are the usual one) and is left out.
- At most 1000 rows come in one answer, from `from` on; five weeks are 840. Where fewer came, the next page is asked.
- `long_liq_usd` are longs closed by force. What `long_liq_usd_new` (since 2026) counts is not documented: not read.
- `lsr_account` is the ratio of accounts, by its name and by its values; older lists of fields have it and `lsr_taker`
  the wrong way round.
- Open interest is not used: whether it counts one side or both is not confirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import Field

from reporter.collect import live, reading
from reporter.collect.live import HOUR, Address, Given, Live
from reporter.config import Ticker
from reporter.errors import ParseError
from reporter.model import Fault, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "Gate futures", "Gate API terms of use"
VENUE = "gate"
FIELDS = {
    "liquidations_long": "long_liq_usd",
    "liquidations_short": "short_liq_usd",
    "long_short_ratio": "lsr_account",
}
GIVES = {measure: Given(HOUR) for measure in FIELDS}
LIMIT = 1000


class Settings(Live):
    """`contracts` names contracts that are not the ticker with _USDT behind it."""

    base_url: Address = "https://api.gateio.ws"
    pace_seconds: float = Field(default=0.1, ge=0, le=60)
    contracts: Mapping[Ticker, str] = Field(default_factory=dict)


def requests(week: Week, settings: Settings) -> list[Request]:
    """Five weeks of hours for each asset."""
    period = live.span(week)
    return [
        live.ask(
            settings,
            f"statistics/{asset}",
            "/api/v4/futures/usdt/contract_stats",
            {
                "contract": settings.contracts.get(asset, f"{asset}_USDT"),
                "interval": "1h",
                "from": live.seconds(period.start),
                "limit": LIMIT,
            },
            period,
        )
        for asset in settings.assets
    ]


def more(payload: Payload, settings: Settings) -> Request | None:
    """The hours after the last of this answer; None where that is the last of the period, or of those that are over."""
    request, last = payload.request, max(_hours(payload), default=None)
    if last is None or request.period is None:
        return None
    following, end = last + HOUR, min(request.period.end, payload.fetched_at)
    if following + HOUR > end or live.seconds(following) <= int(request.params["from"]):
        return None
    return replace(request, params={**request.params, "from": str(live.seconds(following))})


def _hours(payload: Payload) -> Iterator[datetime]:
    """The stamps that can be read; what cannot is `parse`'s to name."""
    try:
        rows = reading.listed(payload)
    except ParseError:
        return
    for row in rows:
        try:
            yield reading.seconds(row["time"])
        except (KeyError, TypeError, ValueError):
            continue


def fault(status: int, body: bytes) -> Fault | None:
    """Gate answers errors with their HTTP status and a label, such as CONTRACT_NOT_FOUND."""
    found, label = reading.http_fault(status, body), _label(body)
    if found is None and label:
        return Fault("refused", f"refused the question: {label}")
    if found is not None and found.kind == "refused" and label:
        return Fault("refused", f"refused the question (HTTP {status}: {label})")
    return found


def _label(body: bytes) -> str:
    found = reading.envelope(body) if body.lstrip()[:1] == b"{" else {}
    return reading.plain(str(found["label"])) if "label" in found else ""


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """Dollars of longs and of shorts closed by force, and the ratio of accounts, of each hour that is over."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        at = _hour(row["time"])
        if at + HOUR > payload.fetched_at:  # the ratio is an instant, but changes until the hour is over
            return
        for measure, field in FIELDS.items():
            value = reading.optional(row[field])
            if value is not None:
                yield (measure, asset, VENUE), at, value

    return reading.observations(payload, reading.listed(payload), read, GIVES)


def _hour(stamp: object) -> datetime:
    at = reading.seconds(stamp)
    if at.minute or at.second:
        raise ValueError(f"{at:%Y-%m-%d %H:%M:%S} is not the start of an hour")
    return at


def provides(settings: Settings) -> Iterator[str]:
    """The series that this source is there for."""
    return live.provided(settings, VENUE, GIVES)
