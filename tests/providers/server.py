"""The servers: `http://127.0.0.1:PORT/<provider>/<path>` goes to the provider's own `answer`, unless a fault is set.

Each provider has a port of its own: to whoever asks, they are as many hosts.
"""

from __future__ import annotations

import importlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Question:
    """What a provider is asked; `path` begins after its name, header names are in small letters."""

    provider: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What it says. `delay` is in seconds; with `cut` the connection breaks after so many bytes of the body; an
    `endless` one repeats its body until the asker hangs up; a status of 0 hangs up without a word."""

    body: bytes
    status: int = 200
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    endless: bool = False


def said(value: object, status: int = 200, **headers: str) -> Answer:
    """A JSON answer."""
    return Answer(json.dumps(value).encode(), status, headers={k.replace("_", "-"): v for k, v in headers.items()})


Provider = Callable[[Question], Answer]


class Providers:
    """The servers as a context: `url('binance')` is the provider's address, `asked` every question so far.

    `faults['binance']` stands before the provider: it gets the question and may answer in its place, or return None.
    """

    def __init__(self) -> None:
        self.asked: list[Question] = []
        self.faults: dict[str, Callable[[Question], Answer | None]] = {}
        self.own: dict[str, Provider] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer._serve(self)

            def do_POST(self) -> None:
                outer._serve(self)

            def log_message(self, *_: object) -> None:
                pass

        self._handler = Handler
        self._servers: dict[str, ThreadingHTTPServer] = {}

    def __enter__(self) -> Providers:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def url(self, provider: str) -> str:
        """The provider's address; its server starts when it is first asked for."""
        if provider not in self._servers:
            server = self._servers[provider] = ThreadingHTTPServer(("127.0.0.1", 0), self._handler)
            server.daemon_threads = True
            server.handle_error = lambda *_: None  # type: ignore[method-assign]
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self._servers[provider].server_address[1]}/{provider}"

    def _answer(self, question: Question) -> Answer:
        fault = self.faults.get(question.provider)
        answer = fault(question) if fault else None
        if answer is not None:
            return answer
        provider = self.own.get(question.provider)
        if provider is None:
            module = importlib.import_module(f"tests.providers.{question.provider.replace('-', '_')}")
            provider = self.own[question.provider] = module.answer
        return provider(question)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        _, name, *rest = parts.path.split("/")
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {key.lower(): value for key, value in handler.headers.items()}
        question = Question(name, handler.command, "/" + "/".join(rest), dict(parse_qsl(parts.query)), headers, body)
        self.asked.append(question)
        answer = self._answer(question)
        time.sleep(answer.delay)
        _send(handler, answer)


def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.status == 0:
        handler.close_connection = True
        return
    handler.send_response(answer.status)
    handler.send_header("Content-Type", answer.media_type)
    if not answer.endless:
        handler.send_header("Content-Length", str(len(answer.body)))
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(answer.body[: answer.cut])
    if answer.cut is not None or answer.endless:
        handler.close_connection = True
    while answer.endless:
        handler.wfile.write(answer.body)
