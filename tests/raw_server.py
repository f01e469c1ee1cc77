"""A server of bare sockets, for what no proper HTTP server would do: a function says what each connection hears.

with Raw(lambda talk: talk.say(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\n{}")) as server: ... server.url
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

# A certificate for 127.0.0.1 that nobody signed but itself. Good until 2126.
KEY = """MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgTHRwTK2l2nGc3JX4
p1wWmNKXc2ipVr0rfZMjoeH1VyqhRANCAAR7aYr+jaHsCQXM1fES8ni44Tmklr4i
7VzvFtO6T39sQ4SzZB2mUBQ5gq0vERTA8zFZEc0xSusM66DsS0pNoKYH"""
CERTIFICATE = """MIIBjzCCATagAwIBAgIUCPQzTW/WSFuU/cEMelLmoZLoQfQwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMjE3NDkwNVoYDzIxMjYxMDI5
MTc0OTA1WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAR7aYr+jaHsCQXM1fES8ni44Tmklr4i7VzvFtO6T39sQ4SzZB2mUBQ5
gq0vERTA8zFZEc0xSusM66DsS0pNoKYHo2QwYjAdBgNVHQ4EFgQUEmKbYDbpp1NT
gO/bNkmm0qTSNHowHwYDVR0jBBgwFoAUEmKbYDbpp1NTgO/bNkmm0qTSNHowDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IAemOFxsXFuz2hUOvYwoC9fM5ZDbMr4mwWqV6CYaGFoXAiAe0AWUnimoEIT34URl
Tc+a8wgn0BiVMVRNRtwIQskH4g=="""
RESET = struct.pack("ii", 1, 0)


@dataclass
class Talk:
    """One question on a connection: what was asked, when, and how many were asked before it."""

    asked: bytes
    at: float
    before: int
    connection: socket.socket
    server: Raw

    @property
    def path(self) -> str:
        return self.asked.split(b" ")[1].decode()

    def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.connection.sendall(piece)

    def answer(self, body: bytes = b"{}", status: int = 200, **headers: str) -> None:
        """A whole answer, with its length unless `headers` have one."""
        lines = {"Content-Length": str(len(body)), **{k.replace("_", "-"): v for k, v in headers.items()}}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        self.say(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode("latin-1") + body)

    def drip(self, piece: bytes, pause: float = 0.02, after: bytes = b"") -> None:
        """A piece after the other, until the asker hangs up."""
        self.say(after)
        while not self.server.closed.wait(pause):
            self.say(piece)

    def hang(self) -> None:
        """Not a word, until the server closes."""
        self.server.closed.wait(30)

    def leave(self, *pieces: bytes) -> None:
        """The connection ends after these, as it does after a body without a length."""
        self.say(*pieces)
        self.connection.close()

    def reset(self, *pieces: bytes) -> None:
        self.say(*pieces)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.connection.close()


class Raw:
    """The server as a context. `talks` has every question, `hung_up` counts the askers that left in mid-sentence."""

    def __init__(self, speak: Callable[[Talk], None], secure: bool = False) -> None:
        self.talks: list[Talk] = []
        self.hung_up = threading.Semaphore(0)
        self.closed = threading.Event()
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._speak = speak
        self._context = context() if secure else None
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.port = self._listener.getsockname()[1]
        self.url = f"http{'s' if secure else ''}://127.0.0.1:{self.port}"

    def __enter__(self) -> Raw:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.closed.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        with connection, contextlib.suppress(OSError):
            if connection.recv(1, socket.MSG_PEEK) != b"\x16":
                self._listen(connection)
                return
            if self._context is None:  # as servers do who hear TLS where they speak none
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 X\r\n\r\n")
                return
            with self._context.wrap_socket(connection, server_side=True) as secured:
                self._listen(secured)

    def _listen(self, connection: socket.socket) -> None:
        while asked := _question(connection):
            with self._lock:
                talk = Talk(asked, time.monotonic(), len(self.talks), connection, self)
                self.talks.append(talk)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
            try:
                self._speak(talk)
            except OSError:
                self.hung_up.release()
                raise
            finally:
                with self._lock:
                    self._at_once -= 1


def _question(connection: socket.socket) -> bytes:
    """The next question's head, and its body where it names a length."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        if connection.fileno() < 0 or not (piece := connection.recv(4096)):
            return b""
        asked += piece
    head, _, body = asked.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(4096)
    return head + b"\r\n\r\n" + body


def pem(kind: str, text: str) -> str:
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n"


def certificate(folder: Path) -> Path:
    """The server's certificate as a file, for who wants to trust it."""
    path = folder / "certificate.pem"
    path.write_text(pem("CERTIFICATE", CERTIFICATE), encoding="ascii")
    return path


def context() -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "key.pem"
        key.write_text(pem("PRIVATE KEY", KEY), encoding="ascii")
        made.load_cert_chain(certificate(Path(folder)), key)
    return made
