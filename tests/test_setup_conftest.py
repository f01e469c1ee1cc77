"""The guards of conftest.py are themselves guarded: small test files are run under a copy of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GUARDED = """
import contextlib, logging, os, socket, warnings
from pathlib import Path
import pytest

log = logging.getLogger("reporter.x")

def test_passes_on_loopback():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()

def test_fails_on_an_address_elsewhere():
    with socket.socket() as s, contextlib.suppress(Exception):
        s.settimeout(0.2)
        s.connect(("192.0.2.1", 80))

def test_fails_on_a_datagram_elsewhere():
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("192.0.2.1", 53))

def test_fails_on_a_name_elsewhere():
    with contextlib.suppress(OSError):
        socket.getaddrinfo("example.invalid", 443)

def test_fails_on_a_warning_in_the_log():
    logging.getLogger().handlers.clear()
    log.warning("odd")

@pytest.fixture
def noisy():
    log.error("early")

def test_fails_on_a_warning_of_a_fixture(noisy):
    pass

def test_fails_on_a_python_warning():
    warnings.warn("old", DeprecationWarning)

def test_passes_with_an_info():
    log.info("fine")

def test_passes_with_caplog(caplog):
    log.warning("odd")

@pytest.mark.expects_warnings
def test_passes_with_a_marker():
    log.warning("odd")

def test_passes_without_keys_of_the_caller():
    assert not {"COINGLASS_API_KEY", "REPORTER_CONFIG", "https_proxy"} & set(os.environ)

def test_real_data_is_seen(real_data):
    assert (real_data / "data").is_dir()

def test_real_data_is_seen_again(real_data):
    assert (real_data / "payloads").is_dir()
"""


def run(folder: Path, source: str, *options: str, real: Path | None = None) -> str:
    """pytest's output for `source` under our conftest and configuration, in `folder`."""
    (folder / "tests").mkdir(exist_ok=True)
    for name in ("pyproject.toml", "tests/conftest.py"):
        (folder / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "tests" / "test_it.py").write_text(source, encoding="utf-8")
    env = dict(os.environ, COINGLASS_API_KEY="k", REPORTER_CONFIG="c", https_proxy="http://192.0.2.1")
    env["REPORTER_REAL_DATA"] = str(real or folder / "none")
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False).stdout


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> str:
    return run(tmp_path_factory.mktemp("guarded"), GUARDED)


def test_what_must_pass_passes_and_what_must_fail_fails(guarded: str) -> None:
    outcomes = dict(reversed(pair) for pair in re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", guarded, re.MULTILINE))
    names = re.findall(r"def (test_(?:passes|fails)\w+)", GUARDED)
    assert outcomes == {name: "PASSED" if name.startswith("test_passes") else "FAILED" for name in names}


def test_a_closed_socket_says_what_to_do(guarded: str) -> None:
    assert "a test may not reach '192.0.2.1'; serve it on 127.0.0.1 instead" in guarded


def test_an_unexpected_warning_is_quoted(guarded: str) -> None:
    assert "reporter.x: odd" in guarded


def test_skipped_real_data_is_counted(guarded: str) -> None:
    assert "real-data tests run: 0\nreal-data tests skipped: 2\n" in guarded


def test_real_data_is_used_where_it_lies(tmp_path: Path) -> None:
    for name in ("data", "payloads"):
        (tmp_path / "real" / name).mkdir(parents=True)
    out = run(tmp_path, GUARDED, "-k", "real_data", real=tmp_path / "real")
    assert "real-data tests run: 2\nreal-data tests skipped: 0\n" in out


def test_a_golden_file_is_compared_and_only_rewritten_on_request(tmp_path: Path) -> None:
    first, second = (f"def test_it(golden):\n    golden('a/note.txt', '{text}')\n" for text in ("one\\n", "two\\n"))
    assert "--update-golden" in run(tmp_path, first)
    assert "1 passed" in run(tmp_path, first, "--update-golden")
    assert "1 passed" in run(tmp_path, first)
    assert "1 failed" in run(tmp_path, second)
    assert (tmp_path / "tests" / "golden" / "a" / "note.txt").read_text(encoding="utf-8") == "one\n"
