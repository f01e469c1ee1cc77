"""What holds for every test: no network but loopback, no unexpected warning, no keys from outside, real data if any."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import hypothesis
import hypothesis.configuration
import pytest

ROOT = Path(__file__).resolve().parent.parent
FOREIGN = re.compile(  # what a developer's shell may hold and a test must not see
    r"(?i)REPORTER_(?!REAL_DATA$).*|.*_(KEY|TOKEN|SECRET|PASSWORD|PROXY)|SOURCE_DATE_EPOCH|FORCE_COLOR|NO_COLOR|COLUMNS"
)
WARNED = pytest.StashKey[list[str]]()
LONGEST = (  # files that take the longest are begun first, so that no worker ends alone with one
    "test_real_weeks", "test_backfill_killed", "test_live_run", "test_cli_mistakes", "test_cli_run",
    "test_facts_oracle", "test_pipeline_ledger", "test_check_disclaimer", "test_cli_desk", "test_docs",
)  # fmt: skip

hypothesis.configuration.set_hypothesis_home_dir(ROOT / ".cache" / "hypothesis")
hypothesis.settings.register_profile("reporter", derandomize=True, deadline=None, max_examples=50, database=None)
hypothesis.settings.load_profile("reporter")


# ---- no network ----------------------------------------------------------------------------------------------------


def is_loopback(host: object) -> bool:
    """True for this machine's own names and addresses, and for none (a server that binds to all)."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(name).partition("%")[0]).is_loopback
    except ValueError:
        return False


def closed(function: Callable[..., Any], host_of: Callable[..., object]) -> Callable[..., Any]:
    """`function`, failing the test for a host elsewhere; by no Exception, so that no `except` in the code hides it."""

    def guarded(*args: Any, **kwargs: Any) -> Any:
        host = host_of(*args, **kwargs)
        if not is_loopback(host):
            pytest.fail(f"a test may not reach {host!r}; serve it on 127.0.0.1 instead")
        return function(*args, **kwargs)

    return guarded


def address_host(_: socket.socket, *args: Any) -> object:
    """The host of connect(address) and sendto(data, [flags,] address); a Unix socket's path counts as here."""
    return args[-1][0] if isinstance(args[-1], tuple) else None


def close_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, closed(getattr(socket.socket, name), address_host), raising=False)
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, name, closed(getattr(socket, name), lambda host, *_, **__: host))


@pytest.fixture(scope="session", autouse=True)
def _closed_world() -> Generator[None, None, None]:
    """No socket leaves this machine, and nothing from the caller's environment changes what a test sees."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        close_network(monkeypatch)
        for name in filter(FOREIGN.fullmatch, list(os.environ)):
            monkeypatch.delenv(name)
        yield


# ---- no unexpected warning -----------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, Any, Any]:
    """Keeps each warning's text from here on. The factory sees every record, whatever a test does to handlers."""
    warned: list[str] = []
    item.stash[WARNED] = warned
    make = logging.LogRecord

    def factory(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make(*args, **kwargs)
        if record.levelno >= logging.WARNING:
            warned.append(f"{record.name}: {record.getMessage()}")
        return record

    logging.setLogRecordFactory(factory)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    result = yield
    expects = "caplog" in getattr(item, "fixturenames", ()) or item.get_closest_marker("expects_warnings")
    warned: list[str] = item.stash[WARNED]
    if warned and not expects:
        lines = "\n  ".join(warned)
        pytest.fail(f"unexpected warnings (ask for caplog, or mark expects_warnings):\n  {lines}", pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None, Any, Any]:
    try:
        return (yield)
    finally:
        logging.setLogRecordFactory(logging.LogRecord)


# ---- real data -----------------------------------------------------------------------------------------------------


def real_folder() -> Path | None:
    """The folder of real data, where there is one: $REPORTER_REAL_DATA or `shared` beside the checkout."""
    folder = Path(os.environ.get("REPORTER_REAL_DATA") or ROOT.parent / "shared")
    return folder.resolve() if (folder / "data").is_dir() and (folder / "payloads").is_dir() else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder that holds `data/` (CSV) and `payloads/` (what providers sent); without it the test is skipped."""
    folder = real_folder()
    if folder is None:
        pytest.skip("real data: REPORTER_REAL_DATA names no folder with data/ and payloads/")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what looks at real data; puts the longest files first, all others and a file's tests in their order."""
    for item in items:
        if "real_data" in getattr(item, "fixturenames", ()):
            item.add_marker("real_data")
    rank = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: rank.get(item.path.stem, len(rank)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """How many tests saw real data: a green run that skipped them all must not look like one that did not."""
    reports = [report for several in terminalreporter.stats.values() for report in several]
    marked = [report for report in reports if "real_data" in getattr(report, "keywords", ())]
    skipped = sum(report.skipped for report in marked)
    run = sum(report.when == "call" and not report.skipped for report in marked)
    terminalreporter.write_line(f"real-data tests run: {run}")
    terminalreporter.write_line(f"real-data tests skipped: {skipped}")


# ---- golden files --------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew; then read their diff")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """golden(name, text): `text` is what tests/golden/`name` holds; --update-golden writes it there."""

    def compare(name: str, text: str) -> None:
        path = ROOT / "tests" / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        assert path.exists(), f"{path.name} is not there; run pytest --update-golden and read it"
        assert text == path.read_text(encoding="utf-8")

    return compare
