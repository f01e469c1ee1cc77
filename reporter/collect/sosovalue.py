"""SoSoValue: the daily totals of US spot funds in; their net flows and assets in dollars out.

Two forms. `legacy` (the usual one): POST /openapi/v2/etf/historicalInflowChart at api.sosovalue.xyz, without a key; no
page promises that it stays. `v1`: GET /openapi/v1/etfs/summary-history at openapi.sosovalue.com, with a free key in
SOSOVALUE_API_KEY, 20 questions a minute, about a month back. Terms: SoSoValue's own. Days are trading days of US
exchanges; a day is final 13 hours after its end in UTC.

- Success is `code` 0, a number or a text; anything else is refused, whatever the HTTP status. A GET of the legacy form
  is refused with 405.
- The rows are `data` or `data.list`; keys are totalNetInflow and totalNetAssets (legacy) or total_net_inflow and
  total_net_assets (v1). null is not reported, and assets may be missing: no answer with them was seen.
- The newest day stands as 0 before its flows are known, and days without a session may: neither is read, nor are
  their assets.
- Assets without a US spot fund are not asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from reporter.collect import flows, live, reading
from reporter.collect.live import Address, Live
from reporter.model import Fault, FaultKind, Flaw, Observation, Payload, Request, Week

LABEL, TERMS = "SoSoValue", "SoSoValue API terms of use"
VENUE = flows.VENUE
GIVES = {**flows.GIVES, "etf_assets": flows.GIVES["etf_flow"]}
HOSTS: Mapping[object, str] = {"legacy": "https://api.sosovalue.xyz", "v1": "https://openapi.sosovalue.com"}
LIMIT = 300
MONTH = timedelta(days=30)  # how far back v1 goes with a free key; it is asked for less, so that it has all of it
BACK = timedelta(days=21)
NET = ("total_net_inflow", "totalNetInflow")
ASSETS = ("total_net_assets", "totalNetAssets")
WORDS: tuple[tuple[FaultKind, tuple[str, ...]], ...] = (
    ("limited", ("too many", "frequen", "rate limit")),
    ("key", ("api key", "apikey", "api-key", "unauthor")),
)


class Settings(Live):
    """`form` is the way SoSoValue is asked; each has its own address."""

    form: Literal["legacy", "v1"] = "legacy"
    base_url: Address = HOSTS["legacy"]
    pace_seconds: float = Field(default=3.0, ge=0, le=60)

    @model_validator(mode="before")
    @classmethod
    def _own_address(cls, values: Any) -> Any:
        if isinstance(values, dict) and "base_url" not in values and values.get("form") == "v1":
            return {**values, "base_url": HOSTS["v1"]}
        return values


def requests(week: Week, settings: Settings) -> list[Request]:
    """One question for each asset that has funds in the stretch."""
    back, ask = (BACK, _v1) if settings.form == "v1" else (live.LOOK_BACK, _legacy)
    return [ask(asset, week, settings) for asset in settings.assets if flows.expected(asset, week, back)]


def _legacy(asset: str, week: Week, settings: Settings) -> Request:
    path = "/openapi/v2/etf/historicalInflowChart"
    one = live.ask(settings, f"flows/{asset}", path, {}, live.span(week))
    return replace(one, method="POST", json={"type": f"us-{asset.lower()}-spot"})


def _v1(asset: str, week: Week, settings: Settings) -> Request:
    params = {"symbol": asset, "country_code": "US", "limit": LIMIT}
    one = live.ask(settings, f"flows/{asset}", "/openapi/v1/etfs/summary-history", params, live.span(week, BACK))
    return replace(one, secrets={"x-soso-api-key": "SOSOVALUE_API_KEY"}, reach=MONTH)


def fault(status: int, body: bytes) -> Fault | None:
    """What the HTTP status or the envelope says; only asking too often may pass."""
    if found := reading.http_fault(status, body):
        return found
    said = reading.envelope(body)  # of what is none, `parse` says what is wrong with it
    code = said.get("code", 0)
    return _refusal(code, said.get("message") or said.get("msg")) if str(code) != "0" else None


def _refusal(code: object, message: object) -> Fault:
    shown = reading.plain(f"{code if isinstance(code, int | str) else '?'}: {message}")
    kind: FaultKind = "refused"
    for candidate, words in WORDS:
        if any(word in shown.lower() for word in words):
            kind = candidate
            break
    return Fault(kind, f"refused the question (code {shown})", retry=kind == "limited")


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw]:
    """The net flow of each final session and the assets at its end, in dollars."""
    asset = payload.request.key.partition("/")[2]

    def read(row: Any) -> Iterable[reading.Cell]:
        net = next((name for name in NET if name in row), NET[0])
        held = next((row[name] for name in ASSETS if name in row), None)
        day = date.fromisoformat(row["date"])
        yield from flows.cells(payload, asset, day, reading.optional(row[net]))
        yield from flows.assets(payload, asset, day, reading.optional(held))

    return reading.observations(payload, _rows(payload), read, GIVES)


def _rows(payload: Payload) -> list[Any]:
    """The rows, wherever this form of the answer has them. Raises ParseError where it has none."""
    data = reading.inside(payload, reading.document(payload), "data")
    rows = data.get("list") if isinstance(data, dict) else data
    if not isinstance(rows, list):
        raise reading.misread(payload, "neither 'data' nor 'data.list' is a list; did the provider change its form?")
    return rows


def provides(settings: Settings) -> Iterator[str]:
    """A series for each asset that has US spot funds."""
    for name in live.provided(settings, VENUE, GIVES):
        if name.split("/")[1] in flows.HAVE_FUNDS:
            yield name
