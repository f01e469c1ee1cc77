"""The connections of one thread: sessions of `requests` that ask politely, keep nothing, and can be cut off.

A session follows no redirect, takes no cookie, reads no .netrc, and refuses a connection that leads to a private
address. That is asked of the socket itself, once it is connected and before a byte is sent: a name that is looked up
twice may lead to two places. A proxy that the environment names is the user's own, and may stand anywhere.
"""

from __future__ import annotations

import contextlib
import logging
import socket
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

from reporter import __version__
from reporter.web.address import Private, is_public

if TYPE_CHECKING:
    from requests import PreparedRequest, Session
    from requests.adapters import HTTPAdapter

HEADERS = {"User-Agent": f"reporter/{__version__}", "Accept": "*/*", "Accept-Encoding": "gzip"}
# What these say holds whole addresses, and so may hold a key.
LOUD = ("connection", "connectionpool", "poolmanager", "response", "util.retry")


class Line:
    """One thread's way out. `hang_up` may be called from any thread: what is being read then ends."""

    def __init__(self) -> None:
        self._sessions = {own: _session(self, own) for own in (True, False)}
        self._socket: socket.socket | None = None

    def session(self, own: bool) -> Session:
        """The session for addresses that the user gave (`own`), or the one for all others."""
        return self._sessions[own]

    def hold(self, sock: socket.socket | None) -> None:
        """The socket from which the next answer is read."""
        self._socket = sock

    def hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError, ValueError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        for session in self._sessions.values():
            session.close()


def prepare() -> None:
    """Loads the library, which takes longer than a pace between two questions, and lets none below it log."""
    import requests  # noqa: F401

    for name in LOUD:
        logging.getLogger(f"urllib3.{name}").disabled = True


def _session(line: Line, own: bool) -> Session:
    import requests

    class Plain(requests.Session):
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            """None: else the body of a redirect would be read, however long, to prepare a next question."""
            return None

    session = Plain()
    session.headers.clear()
    session.headers.update(HEADERS)
    session.auth = _unsigned
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, _adapter(line, own))
    return session


def _unsigned(prepared: PreparedRequest) -> PreparedRequest:
    """The request as it is: without this `requests` adds what ~/.netrc has for the host."""
    return prepared


def _adapter(line: Line, own: bool) -> HTTPAdapter:
    """The way to a host: its connections are checked, and known to `line` while an answer is read."""
    from requests.adapters import HTTPAdapter
    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
    from urllib3.connection import HTTPConnection, HTTPSConnection

    class Known(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return checked(super()._new_conn(), own or self.proxy is not None)

        def getresponse(self) -> Any:
            line.hold(self.sock)
            return super().getresponse()

    class KnownSecure(Known, HTTPSConnection):
        pass

    class Pool(HTTPConnectionPool):
        ConnectionCls = Known

    class PoolSecure(HTTPSConnectionPool):
        ConnectionCls = KnownSecure

    pools: dict[str, type[HTTPConnectionPool]] = {"http": Pool, "https": PoolSecure}

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, **kwargs)
            self.poolmanager.pool_classes_by_scheme = pools

        def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
            manager = super().proxy_manager_for(proxy, **kwargs)
            if type(manager) is ProxyManager:
                manager.pool_classes_by_scheme = pools
            return manager

    return Adapter(pool_connections=2, pool_maxsize=1)


def checked(sock: socket.socket, own: bool) -> socket.socket:
    """The socket, if it may be asked. Raises Private, the socket closed, for what only the user may name."""
    try:
        peer = str(sock.getpeername()[0])
        if own or is_public(peer):
            return sock
    except BaseException:
        sock.close()
        raise
    sock.close()
    raise Private(peer.partition("%")[0])
