"""Payloads on disk: kept once, whole or not at all, without a secret in any byte."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import requests

from reporter import archive as module
from reporter.archive import Archive, write_whole
from reporter.errors import StoreError
from reporter.model import Payload, Period, Request

ROOT = Path(__file__).resolve().parent.parent
NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "CG-9f/8e+7d=6c5b"
ASKED = Request("flows", key="btc", url="https://api.example.com/v1/flows", params={"asset": "BTC"})


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "raw")


def keep(archive: Archive, body: bytes = b"[1]", at: datetime = NOON, asked: Request = ASKED) -> Payload:
    return archive.keep(asked, body, at, 200, "application/json")


def files(archive: Archive, pattern: str = "*") -> list[Path]:
    return sorted(path for path in archive.folder.rglob(pattern) if path.is_file())


def packed(archive: Archive) -> Path:
    (path,) = files(archive, "*.gz")
    return path


# ---- once ------------------------------------------------------------------------------------------------------------


def test_a_body_is_kept_as_it_came(archive: Archive) -> None:
    body = b'{"data":\r\n [1,\xff 2]}'
    one = keep(archive, body)
    assert one == Payload(hashlib.sha256(body).hexdigest(), ASKED, NOON, 200, "application/json", body)
    assert archive.body("flows", one.id) == body
    assert gzip.decompress(packed(archive).read_bytes()) == body
    assert packed(archive).name == f"{one.id}.gz"


def test_the_same_answer_to_the_same_question_is_kept_once(archive: Archive) -> None:
    first = keep(archive)
    before = {path: path.read_bytes() for path in files(archive)}
    assert keep(archive, at=NOON + HOUR) == first, "with the time when it was first seen"
    assert {path: path.read_bytes() for path in files(archive)} == before


def test_the_same_answer_to_another_question_has_a_record_of_its_own(archive: Archive) -> None:
    other = replace(ASKED, key="eth", params={"asset": "ETH"})
    one, two = keep(archive), keep(archive, asked=other, at=NOON + HOUR)
    assert one.id == two.id
    assert (len(files(archive, "*.gz")), len(files(archive, "*.json"))) == (1, 2)
    assert [p.request for p in archive.payloads("flows")] == [ASKED, other]


def test_an_answer_that_comes_back_after_another_is_an_answer_again(archive: Archive) -> None:
    """A file that was edited and put back: the last word is the old text, not the edited one."""
    bodies = [b"old", b"edited", b"old", b"old", b"edited"]
    kept = [keep(archive, body, NOON + n * HOUR) for n, body in enumerate(bodies)]
    assert [p.fetched_at for p in kept] == [NOON + n * HOUR for n in (0, 1, 2, 2, 4)]
    assert [p.body for p in archive.payloads("flows")] == [b"old", b"edited", b"old", b"edited"]
    assert len(files(archive, "*.gz")) == 2


def test_answers_keep_their_order_though_the_clock_was_set_back(archive: Archive) -> None:
    keep(archive, b"first", NOON)
    second = keep(archive, b"second", NOON)
    third = keep(archive, b"third", NOON - 24 * HOUR)
    assert NOON < second.fetched_at < third.fetched_at < NOON + timedelta(minutes=1)
    assert [p.body for p in archive.payloads("flows")] == [b"first", b"second", b"third"]


def test_everything_kept_is_read_back_the_oldest_first(archive: Archive) -> None:
    period = Period(NOON - HOUR, NOON)
    asked = Request("flows", "eth", "https://x.example/a?b=1", "POST", {"a": "b"}, json={"list": [1, None]},
                    secrets={"X-Key": "FLOWS_KEY"}, period=period)  # fmt: skip
    late = archive.keep(ASKED, b"late", NOON + HOUR, 206, "text/csv; charset=x")
    early = archive.keep(asked, b"early", NOON, 200, "application/json")
    assert list(archive.payloads("flows")) == [early, late]
    assert early.request == asked
    assert list(archive.payloads("nothing")) == []


def test_headers_that_matter_later_are_kept(archive: Archive) -> None:
    one = archive.keep(ASKED, b"[1]", NOON, 200, "application/json", {"Date": "Mon, 16 Feb 2026 12:00:00 GMT"})
    assert one.headers == {"Date": "Mon, 16 Feb 2026 12:00:00 GMT"}
    assert next(archive.payloads("flows")) == one


def test_how_far_back_the_data_go_is_no_part_of_the_question(archive: Archive) -> None:
    asked = replace(ASKED, reach=timedelta(days=30))
    one = keep(archive, asked=asked)
    assert one.request == ASKED
    assert archive.found(asked) == archive.found(ASKED) == one


def test_a_record_of_the_older_form_is_read(archive: Archive) -> None:
    one = keep(archive)
    (path,) = files(archive, "*.json")
    record = json.loads(path.read_bytes())
    assert (record.pop("headers"), record.pop("fault")) == ({}, "")
    path.write_text(json.dumps(record))
    assert list(archive.payloads("flows")) == [one]
    assert archive.found(ASKED) == one
    assert keep(archive, at=NOON + HOUR) == one, "and the same answer is no new one"
    assert len(files(archive)) == 2


# ---- answers without data --------------------------------------------------------------------------------------------


def fail(archive: Archive, fault: str, at: datetime, body: bytes = b"", asked: Request = ASKED) -> Payload:
    return archive.keep(asked, body, at, 0, "", {}, fault)


def test_an_answer_without_data_is_kept_like_any_other(archive: Archive) -> None:
    one = fail(archive, "did not answer", NOON)
    assert (one.status, one.body, one.fault, one.id) == (0, b"", "did not answer", hashlib.sha256(b"").hexdigest())
    assert list(archive.payloads("flows")) == [one]
    assert archive.body("flows", one.id) == b""


def test_the_same_fault_is_kept_once_and_another_one_is_another_answer(archive: Archive) -> None:
    faults = ["did not answer", "did not answer", "blocked (HTTP 451)", "did not answer"]
    kept = [fail(archive, fault, NOON + n * HOUR) for n, fault in enumerate(faults)]
    assert [one.fetched_at for one in kept] == [NOON + n * HOUR for n in (0, 0, 2, 3)]
    assert [one.fault for one in archive.payloads("flows")] == [faults[0], *faults[2:]]
    assert len(files(archive, "*.gz")) == 1


def test_a_good_answer_with_the_body_of_a_bad_one_is_another_answer(archive: Archive) -> None:
    fail(archive, "sent a page", NOON, b"[]")
    good = keep(archive, b"[]", NOON + HOUR)
    assert (good.fault, good.fetched_at) == ("", NOON + HOUR)
    bad = fail(archive, "sent a page", NOON + 2 * HOUR, b"[]")
    assert [one.fault for one in archive.payloads("flows")] == ["sent a page", "", "sent a page"]
    assert bad.fetched_at == NOON + 2 * HOUR


# ---- what is there already -------------------------------------------------------------------------------------------

WEEK = replace(ASKED, period=Period(NOON - 168 * HOUR, NOON))


def test_the_last_good_answer_to_a_question_is_found(archive: Archive) -> None:
    assert archive.found(WEEK) is None
    keep(archive, b"first", NOON, WEEK)
    second = keep(archive, b"second", NOON + HOUR, WEEK)
    keep(archive, b"first of another", NOON + 2 * HOUR)
    fail(archive, "did not answer", NOON + 3 * HOUR, asked=WEEK)
    assert archive.found(WEEK) == second
    assert Archive(archive.folder).found(WEEK) == second, "also in the next run"


@pytest.mark.parametrize(
    "other",
    [
        ASKED,
        replace(WEEK, period=Period(NOON - 169 * HOUR, NOON)),
        replace(WEEK, period=Period(NOON - 168 * HOUR, NOON - HOUR)),
        replace(WEEK, params={"asset": "BTC", "page": "2"}),
        replace(WEEK, key="eth"),
        replace(WEEK, source="other"),
        replace(WEEK, method="POST"),
        replace(WEEK, json={}),
    ],
    ids=["no period", "start", "end", "page", "key", "source", "method", "json"],
)
def test_another_question_is_not_answered(archive: Archive, other: Request) -> None:
    keep(archive, asked=WEEK)
    assert archive.found(other) is None
    assert archive.found(WEEK) is not None


def test_a_fault_alone_is_no_answer(archive: Archive) -> None:
    fail(archive, "did not answer", NOON, asked=WEEK)
    assert archive.found(WEEK) is None


def test_a_question_with_a_key_is_found_with_another_key(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(WEEK, secrets={"X-Key": "FLOWS_KEY"})
    monkeypatch.setenv("FLOWS_KEY", SECRET)
    one = keep(archive, asked=replace(asked, headers={"X-Key": SECRET}))
    monkeypatch.delenv("FLOWS_KEY")
    assert archive.found(asked) == one


def test_an_answer_whose_body_is_damaged_must_be_asked_again(archive: Archive) -> None:
    one = keep(archive, asked=WEEK)
    packed(archive).write_bytes(b"")
    assert archive.found(WEEK) is None
    assert keep(archive, asked=WEEK, at=NOON + HOUR) == one
    assert archive.found(WEEK) == one


def test_what_another_run_kept_is_found(archive: Archive) -> None:
    keep(archive, b"mine", NOON, WEEK)
    other = keep(Archive(archive.folder), b"theirs", NOON + HOUR, WEEK)
    later = (archive.folder / "flows").stat().st_mtime_ns + 10**9
    os.utime(archive.folder / "flows", ns=(later, later))  # clocks of file systems may be coarse
    assert archive.found(WEEK) == other


def test_only_the_records_of_the_question_are_read(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [replace(WEEK, key=str(number)) for number in range(50)]
    for one in asked:
        keep(archive, asked=one)
    read: list[Path] = []
    read_record = module._read_record

    def counted(path: Path) -> Payload | None:
        read.append(path)
        return read_record(path)

    monkeypatch.setattr(module, "_read_record", counted)
    fresh = Archive(archive.folder)
    assert all(fresh.found(one) for one in asked)
    assert len(read) == 50


# ---- secrets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        replace(ASKED, params={"asset": "BTC", "api_key": SECRET}, secrets={"api_key": "FLOWS_KEY"}),
        replace(ASKED, params={"asset": "BTC", "API_KEY": SECRET}, secrets={"api_key": "FLOWS_KEY"}),
        replace(ASKED, headers={"x-api-key": SECRET}, secrets={"X-API-Key": "FLOWS_KEY"}),
        replace(ASKED, headers={"Authorization": f"Bearer {SECRET}"}),
        replace(ASKED, url=f"{ASKED.url}?asset=BTC&api_key={SECRET}", secrets={"api_key": "FLOWS_KEY"}),
        replace(ASKED, url=f"{ASKED.url}?k=CG-9f%2F8e%2B7d%3D6c5b", secrets={"api_key": "FLOWS_KEY"}),
        replace(ASKED, url=f"https://api.example.com/bot{SECRET}/flows", secrets={"token": "FLOWS_KEY"}),
        replace(ASKED, url="https://me:CG-9f%2F8e%2B7d%3D6c5b@api.example.com/v1/flows"),
        replace(ASKED, json={"auth": [{"key": SECRET}], SECRET: 1}, secrets={"key": "FLOWS_KEY"}),
        replace(ASKED, key=f"btc {SECRET}", secrets={"key": "FLOWS_KEY"}),
        replace(ASKED, url=f"{ASKED.url}/{SECRET}", headers={"X-Key": SECRET}, secrets={"X-Key": "NOT_SET"}),
    ],
    ids=["param", "param in capitals", "header", "bare header", "query", "query encoded", "path", "user", "json", "key",
         "not set"],
)  # fmt: skip
def test_no_secret_is_on_disk_or_in_the_payload(
    archive: Archive, asked: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWS_KEY", SECRET)
    one = keep(archive, asked=asked)
    for spelling in (SECRET, "CG-9f%2F8e%2B7d%3D6c5b", json.dumps(SECRET)[1:-1]):
        assert spelling not in repr(one.request)
        for path in files(archive):
            body = path.read_bytes()
            body = gzip.decompress(body) if path.suffix == ".gz" else body
            assert spelling.encode() not in body
            assert spelling not in path.name
    assert next(archive.payloads("flows")) == one
    assert "api_key" not in map(str.casefold, one.request.params)
    assert one.request.secrets == asked.secrets, "the name of the variable may stand there"


@pytest.mark.parametrize(
    "secret",
    [SECRET, 'quote" and space', "signs/and a+space", "ключ-ключ"],
    ids=["of signs", "with a space", "both", "in letters"],
)
def test_no_secret_that_a_provider_sends_back_is_kept(
    archive: Archive, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLOWS_KEY", secret)
    asked = replace(ASKED, headers={"X-Key": secret}, secrets={"X-Key": "FLOWS_KEY"})
    sent = requests.Request("GET", f"https://api.example.com/{secret}", params={"k": secret}).prepare().url
    headers = {"Link": f"<{sent}>; rel=next", "x-key": "anything", "Retry-After": "60", f"For-{secret}": "1"}
    one = archive.keep(asked, b"", NOON, 0, "", headers, f"refused {secret} at {sent} with {json.dumps(secret)}")
    (record,) = files(archive, "*.json")
    for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        for text in (repr(one), record.read_text(), json.loads(record.read_text())["fault"]):
            assert spelling not in text
    assert one.headers["Retry-After"] == "60"
    assert "x-key" not in one.headers
    assert one.fault.startswith("refused ... at https://api.example.com/...?k=... with")
    assert next(archive.payloads("flows")) == one


def test_a_new_key_asks_the_same_question(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = replace(ASKED, params={"key": "first-key"}, url=f"{ASKED.url}?key=first-key", secrets={"key": "FLOWS_KEY"})
    later = replace(ASKED, params={"key": "other-key"}, url=f"{ASKED.url}?key=other-key", secrets={"key": "FLOWS_KEY"})
    assert keep(archive, asked=asked) == keep(archive, asked=later, at=NOON + HOUR)
    assert len(files(archive)) == 2


def test_what_is_no_secret_stays_in_the_record(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMPTY_KEY", "")
    monkeypatch.setenv("TINY_KEY", "v1")
    asked = replace(ASKED, url=f"{ASKED.url}?page=2&x=", secrets={"a": "EMPTY_KEY", "b": "TINY_KEY", "c": "NOT_SET"})
    one = keep(archive, asked=asked)
    assert (one.request.url, one.request.params) == (asked.url, asked.params)


# ---- damage ----------------------------------------------------------------------------------------------------------


def flipped(body: bytes, at: int) -> bytes:
    return body[:at] + bytes([body[at] ^ 0xFF]) + body[at + 1 :]


@pytest.mark.parametrize("kind", ["gone", "empty", "cut", "header", "middle", "checksum", "no gzip", "other text"])
def test_a_damaged_body_is_named_and_mended_by_the_same_answer(archive: Archive, kind: str) -> None:
    body = json.dumps(list(range(500))).encode()
    one = keep(archive, body)
    path = packed(archive)
    whole = path.read_bytes()
    damaged = {"empty": b"", "cut": whole[:-9], "header": flipped(whole, 0), "middle": flipped(whole, 60),
               "checksum": flipped(whole, len(whole) - 6), "no gzip": body,
               "other text": gzip.compress(b"[]")}  # fmt: skip
    path.unlink() if kind == "gone" else path.write_bytes(damaged[kind])
    for read in (lambda: archive.body("flows", one.id), lambda: list(archive.payloads("flows"))):
        with pytest.raises(StoreError) as problem:
            read()
        assert str(problem.value).startswith(f"{path}: ")
        assert str(problem.value).endswith("; restore the archive from a backup")
        assert "\n" not in str(problem.value)
    assert keep(archive, body, NOON + HOUR) == one
    assert archive.body("flows", one.id) == body


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"id": 1}', "\x00"])
def test_a_damaged_record_is_named_and_written_anew(archive: Archive, text: str) -> None:
    keep(archive)
    (record,) = files(archive, "*.json")
    record.write_text(text)
    with pytest.raises(StoreError) as problem:
        list(archive.payloads("flows"))
    assert str(problem.value) == f"{record}: cannot be read; restore the archive from a backup"
    again = keep(archive, at=NOON + HOUR)
    assert list(archive.payloads("flows")) == [again]


def test_a_run_killed_between_body_and_record_is_made_good(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    write = write_whole

    def killed(path: Path, body: bytes) -> None:
        if path.suffix == ".json":
            raise KeyboardInterrupt
        write(path, body)

    monkeypatch.setattr(module, "write_whole", killed)
    with pytest.raises(KeyboardInterrupt):
        keep(archive)
    assert [path.suffix for path in files(archive)] == [".gz"]
    monkeypatch.undo()
    assert list(archive.payloads("flows")) == []
    one = keep(archive)
    assert list(archive.payloads("flows")) == [one]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_whole(path, b"old")

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OSError, match="Input/output error"):
        write_whole(path, b"new")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    assert path.read_bytes() == b"old"


FULL = """
import os, resource, sys
from pathlib import Path
from reporter.archive import Archive
from reporter.errors import StoreError
from tests.test_archive import keep
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    keep(Archive(Path(sys.argv[1])), os.urandom(50_000))
except StoreError as problem:
    print(problem)
"""


@pytest.mark.parametrize("limit", [0, 10_000])
def test_a_full_disk_is_said_in_a_line_and_leaves_no_partial_file(archive: Archive, limit: int) -> None:
    keep(archive)
    before = {path: path.read_bytes() for path in files(archive)}
    command = [sys.executable, "-c", FULL, str(archive.folder), str(limit)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == (f"{archive.folder}: File too large; the archive must be writable and the disk not full\n"), (
        done.stderr
    )
    assert {path: path.read_bytes() for path in files(archive)} == before


def test_a_folder_under_a_file_is_said_in_a_line(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("a file")
    with pytest.raises(StoreError) as problem:
        keep(Archive(tmp_path / "raw"))
    assert (
        str(problem.value) == f"{tmp_path / 'raw'}: Not a directory; the archive must be writable and the disk not full"
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "flows").write_text("a file")
    with pytest.raises(StoreError, match=r"data: File exists; the archive must be writable"):
        keep(Archive(tmp_path / "data"))


def test_a_refusal_that_lasts_is_kept_anew_after_half_a_day(archive: Archive) -> None:
    """A note of the next week must be able to say that the source refused in its own week too."""
    refused = [archive.keep(ASKED, b"", NOON + n * HOUR, 451, "", fault="blocked") for n in (0, 1, 24)]
    assert [one.fetched_at for one in refused] == [NOON, NOON, NOON + 24 * HOUR]
    assert [one.fetched_at for one in archive.payloads("flows")] == [NOON, NOON + 24 * HOUR]
