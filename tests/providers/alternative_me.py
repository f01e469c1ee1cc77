"""Alternative.me as documented: the index by number of days, newest first, numbers as text, the day in progress too."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.providers import market
from tests.providers.server import Answer, Question, said

FIRST = datetime(2018, 2, 1, tzinfo=UTC).timestamp()  # the index begins here: `limit=0` gives all of it
NAMES = ((25, "Extreme Fear"), (47, "Fear"), (54, "Neutral"), (75, "Greed"), (101, "Extreme Greed"))


def answer(question: Question) -> Answer:
    if question.path.rstrip("/") != "/fng":
        return Answer(b"<!DOCTYPE html><html><title>404</title></html>", 404, "text/html")
    limit = question.query.get("limit", "1")
    if not limit.isdigit():
        return said({"name": "Fear and Greed Index", "data": None, "metadata": {"error": "limit is no number"}})
    times = list(market.stamps(FIRST, market.now(), market.DAY))[::-1]
    rows = [row(at) for at in (times[: int(limit)] if int(limit) else times)]
    rows[0]["time_until_update"] = str(int(times[0] + market.DAY - market.now()))
    if style := question.query.get("date_format"):
        rows = [{**one, "timestamp": date(one["timestamp"], style)} for one in rows]
    return said({"name": "Fear and Greed Index", "data": rows, "metadata": {"error": None}})


def row(at: float) -> dict[str, str]:
    value = market.fear(at)
    name = next(name for below, name in NAMES if value < below)
    return {"value": str(value), "value_classification": name, "timestamp": str(int(at))}


def date(stamp: str, style: str) -> str:
    form = {"us": "%m-%d-%Y", "kr": "%Y-%m-%d", "cn": "%Y-%m-%d"}.get(style, "%d-%m-%Y")
    return datetime.fromtimestamp(int(stamp), UTC).strftime(form)
