"""Payloads on disk, as they came: bodies gzip-compressed by content hash, each with a small record of how it was asked.

`data/raw/<source>/<sha256>.gz` holds a body and is never edited; `<sha256>.<question>.json` beside it holds the request
(its secrets by name only), the time, the status, the media type, the headers that matter later, and why the answer
holds no data where it does not. A body that comes back after another one gets a record of its own, so that the order of
answers is known. Both are written whole or not at all. Only one run at a time writes to an archive.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, urlencode, urlsplit, urlunsplit

from reporter import clock
from reporter.errors import ReporterError, StoreError
from reporter.model import Payload, Period, Request

SHORTEST_SECRET = 4  # what is shorter would take ordinary words out of a record
IN_ADDRESSES = "!#$%&'()*+,/:;=?@[]~"  # what an HTTP library leaves as it is in an address
QUESTION = 12  # letters of a question's name
SECOND = timedelta(seconds=1)
FAULT_LASTS = timedelta(hours=12)


class Pruned(NamedTuple):
    """What was removed: answers, and bytes on disk."""

    payloads: int
    bytes: int


class Size(NamedTuple):
    """How much there is: answers, bytes on disk, and when the first of the answers came."""

    records: int
    bytes: int
    oldest: datetime | None


class Listing(NamedTuple):
    """The records of a source by question, and when its folder had changed last."""

    changed: int
    records: dict[str, list[Path]]


@dataclass(frozen=True)
class Archive:
    """The folder `raw` of a newsletter's data."""

    folder: Path
    _listings: dict[str, Listing] = field(default_factory=dict, init=False, repr=False, compare=False)

    def keep(  # noqa: PLR0913, PLR0917 - an answer has as many parts
        self,
        request: Request,
        body: bytes,
        fetched_at: datetime,
        status: int,
        media_type: str,
        headers: Mapping[str, str] = {},
        fault: str = "",
    ) -> Payload:
        """The payload, on disk before anyone looks inside. The same answer to the same question is kept once: also one
        without data, where the same `fault` says why.

        What is kept now is later than what was: a clock that was set back does not change the order of answers. Raises
        StoreError where the disk is full or the folder cannot be written.
        """
        hidden = _hidden(request)
        asked = _public(request, hidden)
        last = max(self._answers(asked), key=lambda one: one.fetched_at, default=None)
        payload = Payload(hashlib.sha256(body).hexdigest(), asked, fetched_at, status, media_type, body,
                          _public_headers(headers, request, hidden), _without(fault, hidden))  # fmt: skip
        packed = self.folder / asked.source / f"{payload.id}.gz"
        again = last is not None and (last.id, last.fault) == (payload.id, payload.fault)
        if last and payload.fault and fetched_at - last.fetched_at > FAULT_LASTS:
            again = False  # asked anew, it was refused anew: a note of another week must be able to say so
        if last and again:
            payload = replace(last, body=body)
        elif last:
            payload = replace(payload, fetched_at=max(fetched_at, last.fetched_at + SECOND))
        try:
            packed.parent.mkdir(parents=True, exist_ok=True)
            records = self._listed(asked.source).records
            if not _holds(packed, payload.id):
                write_whole(packed, gzip.compress(body, mtime=0))
            if not again:
                _write_record(payload, packed.parent, records)
            self._listings[asked.source] = Listing(_changed(packed.parent), records)
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

    def found(self, request: Request) -> Payload | None:
        """The last answer with data to exactly this question; None where there is none, or where its body is damaged:
        then it must be asked again."""
        asked = _public(request, _hidden(request))
        good = [one for one in self._answers(asked) if not one.fault]
        if not good:
            return None
        last = max(good, key=lambda one: one.fetched_at)
        try:
            return replace(last, body=self.body(asked.source, last.id))
        except StoreError:
            return None

    # ---- how much there is -------------------------------------------------------------------------------------------

    def size(self) -> Size:
        """How much lies in the archive. Raises StoreError where a folder cannot be read."""
        try:
            files = [path for folder in self._folders() for path in folder.iterdir()]
            size = sum(path.stat().st_size for path in files)
        except OSError as problem:
            raise self._broken(problem) from None
        kept = [payload for path in files if path.suffix == ".json" and (payload := _read_record(path))]
        return Size(len(kept), size, min((payload.fetched_at for payload in kept), default=None))

    def prune(self, before: datetime, keep: Collection[str]) -> Pruned:
        """What was removed: the answers fetched before a moment, except those whose ids are in `keep`.

        A body goes with the last record that names it, and after it: a run that is killed leaves no record without its
        body, and the next one removes the bodies that were left. A record that cannot be read is left alone. Raises
        StoreError where a file cannot be removed.
        """
        wanted, records, size = frozenset(keep), 0, 0
        try:
            for folder in self._folders():
                for path in sorted(folder.glob("*.json")):
                    payload = _read_record(path)
                    if payload and payload.fetched_at < before and payload.id not in wanted:
                        size += _remove(path)
                        records += 1
                size += sum(map(_remove, _unnamed(folder, wanted)))
        except OSError as problem:
            raise self._broken(problem) from None
        return Pruned(records, size)

    # ---- records -----------------------------------------------------------------------------------------------------

    def _answers(self, asked: Request) -> list[Payload]:
        """All answers to a question, without their bodies; records that cannot be read are left out."""
        paths = self._listed(asked.source).records.get(_question(asked), [])
        return [payload for path in paths if (payload := _read_record(path))]

    def _listed(self, source: str) -> Listing:
        """The records of a source, listed again only where its folder has changed: a backfill asks thousands of
        times."""
        folder = self.folder / source
        changed = _changed(folder)
        listing = self._listings.get(source)
        if listing is None or listing.changed != changed:
            listing = self._listings[source] = Listing(changed, _by_question(folder))
        return listing

    def _folders(self) -> list[Path]:
        return sorted(path for path in self.folder.iterdir() if path.is_dir()) if self.folder.is_dir() else []

    def _broken(self, problem: OSError) -> StoreError:
        return StoreError(f"{self.folder}: {problem.strerror}; the archive must be readable and writable")


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


def _write_record(payload: Payload, folder: Path, records: dict[str, list[Path]]) -> None:
    """Puts a record on disk, and into `records`."""
    question = _question(payload.request)
    path = folder / f"{payload.id}.{question}.json"
    if _read_record(path) is not None:
        path = path.with_name(f"{payload.id}.{question}-{clock.seconds(payload.fetched_at)}.json")
    write_whole(path, _describe(payload))
    if path not in (paths := records.setdefault(question, [])):
        paths.append(path)


def _changed(folder: Path) -> int:
    """When the folder had changed last, in nanoseconds; 0 where there is none."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _by_question(folder: Path) -> dict[str, list[Path]]:
    """The records in a folder, by the question that stands in their names."""
    result: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.json")):
        _, _, rest = path.name.partition(".")
        result.setdefault(rest[:QUESTION], []).append(path)
    return result


def _unnamed(folder: Path, wanted: Collection[str]) -> list[Path]:
    """The bodies that no record names. A record that cannot be read still names one: the id is in its name."""
    named = {path.name.partition(".")[0] for path in folder.glob("*.json")}
    return sorted(path for path in folder.glob("*.gz") if path.stem not in named and path.stem not in wanted)


def _remove(path: Path) -> int:
    """The size of the file that is gone now."""
    size = path.stat().st_size
    path.unlink()
    return size


# ---- secrets ---------------------------------------------------------------------------------------------------------


def _names(request: Request) -> set[str]:
    """The headers and parameters that hold a secret, in small letters."""
    return {name.casefold() for name in request.secrets}


def _hidden(request: Request) -> list[str]:
    """What `secrets` fills in, in all its spellings, the longest first."""
    names = _names(request)
    filled = [value for part in (request.params, request.headers) for name, value in part.items()
              if name.casefold() in names]  # fmt: skip
    known = [value for name in request.secrets.values() if (value := os.environ.get(name, ""))]
    return sorted({text for value in (*filled, *known) for text in _spellings(value)}, key=len, reverse=True)


def _public(request: Request, hidden: list[str]) -> Request:
    """The request as it may be written down: without headers, without secrets wherever they stand; how far back the
    provider's data go is no part of the question."""
    names = _names(request)
    params = {k: _without(v, hidden) for k, v in request.params.items() if k.casefold() not in names}
    address = _without(_address(request.url, names), hidden)
    key = _without(request.key, hidden)
    body = _without(request.json, hidden)
    return replace(request, key=key, url=address, params=params, headers={}, json=body, reach=None)


def _public_headers(headers: Mapping[str, str], request: Request, hidden: list[str]) -> dict[str, str]:
    """The headers of an answer as they may be written down: some providers send back what they were sent."""
    names = _names(request)
    return {_without(k, hidden): _without(v, hidden) for k, v in headers.items() if k.casefold() not in names}


def _spellings(value: str) -> tuple[str, ...]:
    if len(value) < SHORTEST_SECRET:
        return ()
    return value, quote(value, safe=""), quote_plus(value), quote(value, safe=IN_ADDRESSES), json.dumps(value)[1:-1]


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
    return hashlib.sha256(json.dumps(_asked(asked), sort_keys=True).encode()).hexdigest()[:QUESTION]


def _describe(payload: Payload) -> bytes:
    record = _asked(payload.request) | {"source": payload.request.source}
    record |= {"id": payload.id, "fetched_at": payload.fetched_at.isoformat(), "status": payload.status,
               "media_type": payload.media_type, "bytes": len(payload.body), "headers": dict(payload.headers),
               "fault": payload.fault}  # fmt: skip
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
    headers, fault = dict(record.get("headers", {})), str(record.get("fault", ""))  # older records have neither
    return Payload(record["id"], request, at, int(record["status"]), record["media_type"], b"", headers, fault)
