"""A body as bytes: read piece by piece, unpacked, and no longer than it may be."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any

from reporter.model import Fault
from reporter.web.terms import Limits
from reporter.web.trouble import BROKEN, Trouble, unanswered

PIECE = 65_536
PACKED = ("gzip", "x-gzip", "deflate")
EITHER = 47  # zlib's number for "gzip or zlib, whichever it is"
UNREADABLE = Fault("refused", "the answer is packed in a way that was not asked for")


def read(raw: Any, limits: Limits, until: float) -> bytes:
    """The whole body of a urllib3 response, unpacked. Raises Trouble where it is larger than it may be, packed in
    another way than gzip, cut short, or still coming at the moment `until`."""
    _fits(int(raw.length_remaining or 0), limits.largest)
    unpack = Unpacked(raw.headers.get("content-encoding", ""))
    body = bytearray()
    while data := raw.read1(PIECE, decode_content=False):
        for piece in unpack.pieces(data):
            body += piece
            _fits(len(body), limits.largest)
        if time.monotonic() > until:
            raise Trouble(unanswered(limits.whole))
    if not unpack.is_whole or _is_headless(raw, body):
        raise Trouble(BROKEN)
    return bytes(body)


def _is_headless(raw: Any, body: bytearray) -> bool:
    """Whether there is nothing, and no word that there should be nothing: the connection broke among the headers, which
    http.client takes for their end."""
    return not body and raw.length_remaining is None and not raw.chunked


def _fits(size: int, largest: int) -> None:
    if size > largest:
        raise Trouble(Fault("refused", f"the answer was larger than {largest / 1e6:g} MB"))


class Unpacked:
    """What a stream of pieces unpacks to; `is_whole` once its end has been seen. A gzip of 1 MB may hold 1 GB, so it is
    unpacked in small pieces too."""

    def __init__(self, encoding: str) -> None:
        kind = encoding.strip().lower()
        if kind not in ("", "identity", *PACKED):
            raise Trouble(UNREADABLE)
        self._inflate = zlib.decompressobj(EITHER) if kind in PACKED else None
        self._begun = False

    @property
    def is_whole(self) -> bool:
        return self._inflate is None or self._inflate.eof or not self._begun

    def pieces(self, data: bytes) -> Iterator[bytes]:
        if self._inflate is None:
            yield data
            return
        self._begun = True
        while True:
            if self._inflate.eof:  # one file after another is a gzip too
                self._inflate = zlib.decompressobj(EITHER)
            try:
                piece = self._inflate.decompress(data, PIECE)
            except zlib.error:
                raise Trouble(UNREADABLE) from None
            yield piece
            data = self._inflate.unconsumed_tail or self._inflate.unused_data
            if not data and (self._inflate.eof or len(piece) < PIECE):
                return
