"""Payloads on disk, as they came: bodies gzip-compressed by content hash, each with a small record of how it was asked.

`data/raw/<source>/<sha256>.gz` holds a body and is never edited; `<sha256>.<question>.json` beside it holds the request
(its secrets by name only), the time, the status and the media type. A body that comes back after another one gets a
record of its own, so that the order of answers is known. Both are written whole or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from reporter import clock
from reporter.errors import ReporterError, StoreError
from reporter.model import Payload, Period, Request

SHORTEST_SECRET = 4  # what is shorter would take ordinary words out of a record
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Archive:
    """The folder `raw` of a newsletter's data."""

    folder: Path

    def keep(self, request: Request, body: bytes, fetched_at: datetime, status: int, media_type: str) -> Payload:
        """The payload, on disk before anyone looks inside. The same answer to the same question is kept once.

        What is kept now is later than what was: a clock that was set back does not change the order of answers. Raises
        StoreError where the disk is full or the folder cannot be written.
        """
        asked = _public(request)
        last = self._last(asked)
        payload = Payload(hashlib.sha256(body).hexdigest(), asked, fetched_at, status, media_type, body)
        packed = self.folder / asked.source / f"{payload.id}.gz"
        again = last is not None and last.id == payload.id
        if last and again:
            payload = replace(last, body=body)
        elif last:
            payload = replace(payload, fetched_at=max(fetched_at, last.fetched_at + SECOND))
        try:
            packed.parent.mkdir(parents=True, exist_ok=True)
            if not _holds(packed, payload.id):
                write_whole(packed, gzip.compress(body, mtime=0))
            if not again:
                write_whole(self._record(payload), _describe(payload))
        except OSError as problem:
            raise StoreError(
                f"{self.folder}: {problem.strerror}; the archive must be writable and the disk not full"
            ) from None
        return payload

    def body(self, source: str, payload_id: str) -> bytes:
        """The bytes as the provider sent them. Raises StoreError where they are gone or no longer what was kept."""
        path = self.folder / source / f"{payload_id}.gz"
        try:
            body = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, zlib.error):
            raise StoreError(f"{path}: cannot be read; restore the archive from a backup") from None
        if hashlib.sha256(body).hexdigest() != payload_id:
            raise StoreError(f"{path}: its content is not what was fetched; restore the archive from a backup")
        return body

    def payloads(self, source: str) -> Iterator[Payload]:
        """Every kept payload of a source, the oldest first. Raises StoreError for a record or body that is damaged."""
        kept = []
        for path in sorted((self.folder / source).glob("*.json")):
            if (payload := _read_record(path)) is None:
                raise StoreError(f"{path}: cannot be read; restore the archive from a backup")
            kept.append(payload)
        for payload in sorted(kept, key=lambda p: (p.fetched_at, p.request.key, p.id)):
            yield replace(payload, body=self.body(source, payload.id))

    def _last(self, asked: Request) -> Payload | None:
        """The last answer to a question, without its body."""
        paths = sorted((self.folder / asked.source).glob(f"*.{_question(asked)}*.json"))
        kept = [payload for path in paths if (payload := _read_record(path))]
        return max(kept, key=lambda payload: payload.fetched_at, default=None)

    def _record(self, payload: Payload) -> Path:
        name = f"{payload.id}.{_question(payload.request)}"
        first = self.folder / payload.request.source / f"{name}.json"
        if _read_record(first) is None:
            return first
        return first.with_name(f"{name}-{clock.seconds(payload.fetched_at)}.json")


def write_whole(path: Path, body: bytes) -> None:
    """The file with all of `body` in it, or no change at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _holds(packed: Path, payload_id: str) -> bool:
    """Whether the file is there and holds the body it should; one that is damaged is mended by writing it again."""
    try:
        return hashlib.sha256(gzip.decompress(packed.read_bytes())).hexdigest() == payload_id
    except (OSError, EOFError, zlib.error):
        return False


# ---- secrets ---------------------------------------------------------------------------------------------------------


def _public(request: Request) -> Request:
    """The request as it may be written down: without headers, without what `secrets` fills in, wherever that stands."""
    names = {name.casefold() for name in request.secrets}
    filled = [value for part in (request.params, request.headers) for name, value in part.items()
              if name.casefold() in names]  # fmt: skip
    known = [value for name in request.secrets.values() if (value := os.environ.get(name, ""))]
    hidden = sorted({text for value in (*filled, *known) for text in _spellings(value)}, key=len, reverse=True)
    params = {k: _without(v, hidden) for k, v in request.params.items() if k.casefold() not in names}
    address = _without(_address(request.url, names), hidden)
    key = _without(request.key, hidden)
    return replace(request, key=key, url=address, params=params, headers={}, json=_without(request.json, hidden))


def _spellings(value: str) -> tuple[str, ...]:
    return (value, quote(value, safe=""), quote_plus(value)) if len(value) >= SHORTEST_SECRET else ()


def _address(url: str, names: set[str]) -> str:
    """The address without user, password and secret parameters; unchanged where it has none."""
    parts = urlsplit(url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in query if name.casefold() not in names]
    if len(kept) == len(query) and "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=urlencode(kept)))


def _without(value: Any, hidden: list[str]) -> Any:
    """The value with every secret in its texts replaced by dots."""
    if isinstance(value, str):
        for secret in hidden:
            value = value.replace(secret, "...")
        return value
    if isinstance(value, Mapping):
        return {_without(k, hidden): _without(v, hidden) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, hidden) for item in value]
    return value


# ---- records ---------------------------------------------------------------------------------------------------------


def _asked(request: Request) -> dict[str, object]:
    period = [request.period.start.isoformat(), request.period.end.isoformat()] if request.period else None
    return {"key": request.key, "method": request.method, "url": request.url, "params": dict(request.params),
            "period": period, "json": request.json, "secrets": dict(request.secrets)}  # fmt: skip


def _question(asked: Request) -> str:
    """A short name for what was asked."""
    return hashlib.sha256(json.dumps(_asked(asked), sort_keys=True).encode()).hexdigest()[:12]


def _describe(payload: Payload) -> bytes:
    record = _asked(payload.request) | {"source": payload.request.source}
    record |= {"id": payload.id, "fetched_at": payload.fetched_at.isoformat(), "status": payload.status,
               "media_type": payload.media_type, "bytes": len(payload.body)}  # fmt: skip
    return json.dumps(record, indent=1, sort_keys=True).encode()


def _read_record(path: Path) -> Payload | None:
    """The payload of a record, without its body; None where there is no record or it cannot be read."""
    try:
        return _payload(json.loads(path.read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ReporterError):
        return None


def _payload(record: Any) -> Payload:
    span = Period(*map(datetime.fromisoformat, record["period"])) if record["period"] else None
    request = Request(record["source"], record["key"], record["url"], record["method"], dict(record["params"]),
                      json=record["json"], secrets=dict(record["secrets"]), period=span)  # fmt: skip
    at = clock.parse_moment(record["fetched_at"])
    return Payload(record["id"], request, at, int(record["status"]), record["media_type"], b"")
