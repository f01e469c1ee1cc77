"""SoSoValue as it is seen to answer, in both its forms: newest day first, a zero where a day is not known yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reporter import sessions
from tests.providers import market
from tests.providers.server import Answer, Question, said

LEGACY, V1 = "/openapi/v2/etf/historicalInflowChart", "/openapi/v1/etfs/summary-history"
KNOWN_AFTER = timedelta(hours=37)  # from the start of its day on


def answer(question: Question) -> Answer:
    if question.path == LEGACY:
        return _legacy(question)
    if question.path == V1 and question.method == "GET":
        return _v1(question)
    return said({"code": 404, "message": "no such path"}, 404)


def _legacy(question: Question) -> Answer:
    if question.method != "POST":
        return said({"message": "Method Not Allowed"}, 405)
    asset = {f"us-{asset.lower()}-spot": asset for asset in sessions.LAUNCHES}.get(question.json().get("type"))
    if asset is None:
        return said({"code": 1, "msg": "type is not supported", "data": None})
    return said({"code": 0, "msg": None, "data": [legacy_row(asset, day) for day in days(asset)]})


def _v1(question: Question) -> Answer:
    if not question.headers.get("x-soso-api-key"):
        return said({"code": 401, "message": "invalid api key"}, 401)
    query = question.query
    if query.get("symbol") not in sessions.LAUNCHES or query.get("country_code") != "US":
        return said({"code": 400, "message": "symbol or country_code is not supported", "data": None})
    month = days(query["symbol"])[: min(int(query.get("limit", 50)), 21)]
    return said({"code": "0", "message": "success", "data": {"list": [v1_row(query["symbol"], day) for day in month]}})


def days(asset: str) -> list[datetime]:
    """The sessions since the first fund, newest first, 300 at most."""
    end = datetime.fromtimestamp(market.now(), UTC)
    found = market.sessions(end - timedelta(days=450), end)
    return [day for day in found if sessions.flow_sessions(asset, day.date(), day.date() + timedelta(days=1))][:-301:-1]


def flow(asset: str, day: datetime) -> float:
    return market.flow(asset, day) if day + KNOWN_AFTER <= datetime.fromtimestamp(market.now(), UTC) else 0.0


def legacy_row(asset: str, day: datetime) -> dict[str, object]:
    net = flow(asset, day)
    return {
        "date": f"{day:%Y-%m-%d}",
        "totalNetInflow": net,
        "totalValueTraded": 2.5e9,
        "totalNetAssets": 9.1e10,
        "cumNetInflow": 5.4e10 + net,
    }


def v1_row(asset: str, day: datetime) -> dict[str, object]:
    return {
        "date": f"{day:%Y-%m-%d}",
        "total_net_inflow": str(flow(asset, day)),
        "total_value_traded": "2500000000",
        "total_net_assets": "91000000000",
    }
