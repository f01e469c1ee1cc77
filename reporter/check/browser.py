"""A headless Chromium that is told what to do through a pipe: a page in, measures and pictures out.

The protocol is https://chromedevtools.github.io/devtools-protocol/ (JSON, a zero byte after each message). Through it
one start of the browser serves every view, and the page's own scripts are off while ours run in a world of their own.
"""

from __future__ import annotations

import base64
import io
import json
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
VARIABLE = "REPORTER_CHROMIUM"
SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a note asks nothing of the network
    "--remote-debugging-pipe",
    "about:blank",
)
PATIENCE = 30.0  # seconds for everything that one check asks of the browser


class BrowserError(Exception):
    """The browser could not be started, fell silent or refused: never a verdict on the page."""


def find() -> str | None:
    """The browser's path: what the variable REPORTER_CHROMIUM says (empty: none), else the first known name on PATH."""
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return shutil.which(chosen) or chosen or None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def started(program: str, patience: float = PATIENCE) -> Iterator[Browser]:
    """A running browser with an empty profile; both are gone at the end. Raises `BrowserError`."""
    with tempfile.TemporaryDirectory(prefix="reporter-", ignore_cleanup_errors=True) as folder:
        asked, answered = _pipe(), _pipe()
        try:
            pid = _spawn(program, Path(folder), asked[0], answered[1])
        except OSError as error:
            os.close(asked[1])
            os.close(answered[0])
            raise BrowserError(f"{program} did not start: {error.strerror}") from error
        try:
            yield Browser(asked[1], answered[0], Path(folder), time.monotonic() + patience)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(asked[1])
            os.close(answered[0])


class Browser:
    """One tab of a running Chromium. Every method raises `BrowserError` when the browser fails or time is up."""

    def __init__(self, asks: int, answers: int, folder: Path, deadline: float) -> None:
        self.asks, self.answers, self.folder, self.deadline = asks, answers, folder, deadline
        self.unread, self.number, self.session, self.world = b"", 0, "", 0
        targets = self._ask("Target.getTargets")["targetInfos"]
        tab = next((target["targetId"] for target in targets if target["type"] == "page"), None)
        if tab is None:
            raise BrowserError("the browser has no page open")
        self.session = self._ask("Target.attachToTarget", targetId=tab, flatten=True)["sessionId"]
        self._ask("Page.enable")
        self._ask("Emulation.setScriptExecutionDisabled", value=True)

    def show(self, page: bytes, width: int, height: int, scale: float, dark: bool = False) -> None:
        """Loads a page in a window of that size (CSS pixels; `scale` device pixels each), fonts and all."""
        path = self.folder / "note.html"
        path.write_bytes(page)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._ask("Emulation.setEmulatedMedia", media="screen", features=[scheme])
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self._ask("Emulation.setDeviceMetricsOverride", **size)
        answer = self._ask("Page.navigate", url=path.as_uri())
        if answer.get("errorText"):
            raise BrowserError(f"the browser did not open the page: {answer['errorText']}")
        self.world = self._ask("Page.createIsolatedWorld", frameId=answer["frameId"])["executionContextId"]
        while self.run("document.readyState + document.fonts.status") != "completeloaded":
            time.sleep(0.01)

    def run(self, code: str) -> Any:
        """What an expression comes to, in the page but out of its reach; a promise is waited for."""
        answer = self._ask(
            "Runtime.evaluate", contextId=self.world, expression=code, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise BrowserError("the browser could not measure the page")
        return answer["result"].get("value")

    def picture(self, left: int, top: int, width: int, height: int) -> Image:
        """That part of what the window shows now; CSS pixels from the window's top left."""
        from PIL import Image

        now = self._ask("Page.getLayoutMetrics")
        # The first knows of a page that reaches out to the left, the second of fractions of a pixel.
        x, y = now["cssLayoutViewport"]["pageX"] + left, now["cssVisualViewport"]["pageY"] + top
        clip = {"x": x, "y": y, "width": width, "height": height, "scale": 1}
        answer = self._ask("Page.captureScreenshot", format="png", optimizeForSpeed=True, clip=clip)
        return Image.open(io.BytesIO(base64.b64decode(answer["data"])))

    def _ask(self, method: str, **values: object) -> Mapping[str, Any]:
        self.number += 1
        message: dict[str, object] = {"id": self.number, "method": method, "params": values}
        if self.session:
            message["sessionId"] = self.session
        try:
            os.write(self.asks, json.dumps(message).encode() + b"\0")
            while True:
                answer = json.loads(self._next())
                if answer.get("id") == self.number:
                    break
        except (OSError, ValueError) as error:
            raise BrowserError(f"the browser went away during {method}") from error
        if "error" in answer:
            raise BrowserError(f"the browser refused {method}")
        result: Mapping[str, Any] = answer["result"]
        return result

    def _next(self) -> bytes:
        """The next message of the browser, whole."""
        parts = [self.unread]
        while b"\0" not in parts[-1]:
            ready, _, _ = select.select([self.answers], [], [], max(self.deadline - time.monotonic(), 0))
            chunk = os.read(self.answers, 1 << 20) if ready else b""
            if not chunk:
                raise BrowserError("the browser went away" if ready else "the browser did not answer in time")
            parts.append(chunk)
        message, _, self.unread = b"".join(parts).partition(b"\0")
        return message


def _pipe() -> tuple[int, int]:
    """Both ends of a pipe, numbered above those that the browser will know them by."""
    try:
        import fcntl
    except ImportError as error:  # Windows
        raise BrowserError("a browser cannot be driven through a pipe on this system") from error
    low = os.pipe()
    high = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in low)
    for end in low:
        os.close(end)
    return high[0], high[1]


def _spawn(program: str, folder: Path, asked: int, answered: int) -> int:
    """Starts the browser in a process group of its own, silent, the pipe at 3 (in) and 4 (out)."""
    quiet = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    ends = ((quiet, 0), (quiet, 1), (quiet, 2), (asked, 3), (answered, 4))
    try:
        return os.posix_spawn(
            program,
            [program, f"--user-data-dir={folder / 'profile'}", *SWITCHES],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, end, number) for end, number in ends],
            setpgroup=0,
        )
    finally:
        for end in (quiet, asked, answered):
            os.close(end)
