"""Live sources in tests: settings, payloads written by hand, and what a source makes of them.

rows = live.parse("binance-spot", "candles/BTC", [[...]])
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from reporter import clock
from reporter.collect import source
from reporter.model import Flaw, Item, Observation, Payload, Request
from tests.providers.server import Question

SECRET = "made-up-professional"
WEEK = clock.parse_week("2026-W46")
FETCHED = datetime(2026, 11, 16, 14, 17, tzinfo=UTC)  # the Monday after it


def settings(use: str, **changes: Any) -> Any:
    """A source's settings as a config with `use` alone would give them."""
    usual = {"name": use, "use": use, "assets": ("BTC", "ETH", "SOL")}
    return source(use).Settings.model_validate({**usual, **changes})


def asked(use: str, key: str, **changes: Any) -> Request:
    """The source's question of this key in the week."""
    found = source(use).requests(WEEK, settings(use, **changes))
    return next(request for request in found if request.key == key)


def payload(use: str, key: str, body: object, fetched: datetime = FETCHED, **changes: Any) -> Payload:
    """An answer to the question of this key; a body that is no bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = asked(use, key, **changes)
    return Payload(hashlib.sha256(raw).hexdigest(), request, fetched, 200, "application/json", raw)


def parse(
    use: str, key: str, body: object, fetched: datetime = FETCHED, **changes: Any
) -> list[Observation | Flaw | Item]:
    """Everything the source reads in an answer."""
    return list(source(use).parse(payload(use, key, body, fetched, **changes), settings(use, **changes)))


def values(use: str, key: str, body: object, **changes: Any) -> dict[tuple[str, str], float]:
    """The observations as `{("price_close/BTC/binance", "2026-11-09 00:00"): 90_000.0}`; a Flaw fails."""
    found = parse(use, key, body, **changes)
    assert [str(one) for one in found if isinstance(one, Flaw)] == []
    rows = [one for one in found if isinstance(one, Observation)]
    return {(one.series.rpartition("/")[0], f"{one.at:%Y-%m-%d %H:%M}"): one.value for one in rows}


def flaws(use: str, key: str, body: object, **changes: Any) -> list[str]:
    return [str(one) for one in parse(use, key, body, **changes) if isinstance(one, Flaw)]


def ms(text: str) -> int:
    """Milliseconds of `2026-11-09` or `2026-11-09 08:00`, UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def recorded(real_data: Path, name: str) -> Any:
    """A provider's answer as it was recorded: `coinglass_v4_recorded/api_option_info_BTC`, without our notes on it."""
    found = json.loads((real_data / "payloads" / f"{name}.json").read_text("utf-8"))
    return found["payload"] if isinstance(found, dict) and "payload" in found else found


def at_any_time(one: Payload) -> Payload:
    """The payload without a period, for recorded answers of other weeks; fetched after all of them."""
    return replace(one, request=replace(one.request, period=None), fetched_at=FETCHED + timedelta(days=365))


def names(found: Sequence[object]) -> set[str]:
    """The series of some observations, without their source."""
    return {one.series.rpartition("/")[0] for one in found if isinstance(one, Observation)}


def question(use: str, request: Request, chosen: Any = None) -> Question:
    """The question as the provider on this machine would get it."""
    parts = urlsplit(request.url)
    body = b"" if request.json is None else json.dumps(request.json).encode()
    query = {**dict(parse_qsl(parts.query)), **{key: str(value) for key, value in request.params.items()}}
    headers = {key.lower(): value for key, value in request.headers.items()}
    headers |= {key.lower(): SECRET for key in request.secrets}
    base = urlsplit(str((chosen or settings(use)).base_url)).path.rstrip("/")
    return Question(use, request.method, parts.path.removeprefix(base) or "/", query, headers, body)


def provider_says(use: str, request: Request, chosen: Any = None) -> bytes:
    """What the provider on this machine answers, which must be data."""
    module = importlib.import_module(f"tests.providers.{use.replace('-', '_')}")
    answer = module.answer(question(use, request, chosen))
    assert answer.status == 200, (answer.status, answer.body[:200])
    return bytes(answer.body)
