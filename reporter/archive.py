"""Payloads on disk, as they came: bodies gzip-compressed by content hash, each with a small record of how it was asked.

`data/raw/<source>/<sha256>.gz` holds a body and is never edited; `<sha256>.<request>.json` beside it holds the request
(its secrets by name only), the time, the status and the media type. Both are written whole or not at all.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from reporter import clock
from reporter.errors import StoreError
from reporter.model import Payload, Period, Request


class Archive:
    """The folder `raw` of a newsletter's data."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, request: Request, body: bytes, fetched_at: datetime, status: int, media_type: str) -> Payload:
        """The payload, on disk before anyone looks inside. The same answer to the same question is kept once.

        Raises StoreError where the disk is full or the folder cannot be written.
        """
        payload = Payload(hashlib.sha256(body).hexdigest(), _public(request), fetched_at, status, media_type, body)
        record = self._record(payload)
        packed = record.parent / f"{payload.id}.gz"
        if packed.exists() and (earlier := _read_record(record, body)):
            return earlier
        try:
            record.parent.mkdir(parents=True, exist_ok=True)
            if not packed.exists():
                write_whole(packed, gzip.compress(body, mtime=0))
            write_whole(record, json.dumps(_describe(payload), indent=1, sort_keys=True).encode())
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
        except (OSError, EOFError, gzip.BadGzipFile):
            raise StoreError(f"{path}: cannot be read; restore the archive from a backup") from None
        if hashlib.sha256(body).hexdigest() != payload_id:
            raise StoreError(f"{path}: its content is not what was fetched; restore the archive from a backup")
        return body

    def payloads(self, source: str) -> Iterator[Payload]:
        """Every kept payload of a source, the oldest first."""
        records = [json.loads(path.read_text()) for path in sorted((self.folder / source).glob("*.json"))]
        for record in sorted(records, key=lambda r: (r["fetched_at"], r["key"], r["id"])):
            yield _payload(record, self.body(source, record["id"]))

    def _record(self, payload: Payload) -> Path:
        asked = hashlib.sha256(json.dumps(_asked(payload.request), sort_keys=True).encode()).hexdigest()[:12]
        return self.folder / payload.request.source / f"{payload.id}.{asked}.json"


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


def _public(request: Request) -> Request:
    """The request without headers and parameters that `secrets` fills in."""
    hidden = set(request.secrets)
    keep = {k: v for k, v in request.params.items() if k not in hidden}
    return replace(request, params=keep, headers={k: v for k, v in request.headers.items() if k not in hidden})


def _asked(request: Request) -> dict[str, object]:
    period = [request.period.start.isoformat(), request.period.end.isoformat()] if request.period else None
    return {"key": request.key, "method": request.method, "url": request.url, "params": dict(request.params), "period": period,
            "json": request.json, "secrets": sorted(request.secrets.values())}  # fmt: skip


def _describe(payload: Payload) -> dict[str, object]:
    asked = _asked(payload.request) | {"source": payload.request.source}
    return asked | {"id": payload.id, "fetched_at": payload.fetched_at.isoformat(), "status": payload.status,
                    "media_type": payload.media_type, "bytes": len(payload.body)}  # fmt: skip


def _payload(record: dict[str, object], body: bytes) -> Payload:
    period = record["period"]
    span = Period(*(datetime.fromisoformat(t) for t in period)) if isinstance(period, list) else None
    params = {str(k): str(v) for k, v in dict(record["params"]).items()}  # type: ignore[call-overload]
    request = Request(str(record["source"]), str(record["key"]), str(record["url"]), str(record["method"]), params=params,
                      json=record["json"], period=span)  # fmt: skip
    at = clock.parse_moment(str(record["fetched_at"]))
    return Payload(str(record["id"]), request, at, int(str(record["status"])), str(record["media_type"]), body)


def _read_record(path: Path, body: bytes) -> Payload | None:
    """The payload already kept for this request, unless its record cannot be read."""
    try:
        return _payload(json.loads(path.read_text()), body)
    except (OSError, ValueError, KeyError):
        return None
