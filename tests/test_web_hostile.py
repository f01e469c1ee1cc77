"""The HTTP client against hosts that drip, flood, lie about lengths, break off, or lead into the user's own network."""

from __future__ import annotations

import gzip
import random
import socket
import threading
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reporter.model import Fault
from reporter.web import Limits, Terms, Web
from reporter.web.address import follow, is_public
from reporter.web.body import Unpacked
from reporter.web.trouble import Trouble
from tests.asking import OWN, QUICK, asked, judging, moved, one, told, why
from tests.raw_server import Raw, Talk, certificate

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SMALL = replace(QUICK, largest=1_000_000)
SHORT = Limits(connect=2, read=2, whole=0.5, overall=20, backoff=0.01)
OTHERS = Terms(judging(None), pace=0.0, own=False)


# ---- time ------------------------------------------------------------------------------------------------------------


def dripping(start: bytes, piece: bytes) -> Callable[[Talk], None]:
    return lambda talk: talk.drip(piece, after=start)


DRIPS = {
    "status": dripping(b"", b"H"),
    "header": dripping(HEAD, b"X"),
    "headers": dripping(HEAD, b"A: b\r\n"),
    "another status, another": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"x"),
    "body without length": dripping(HEAD + b"\r\n", b"x"),
    "size of a chunk": dripping(CHUNKED, b"0"),
    "chunks": dripping(CHUNKED, b"1\r\nx\r\n"),
    "trailers": dripping(CHUNKED + b"0\r\n", b"A: b\r\n"),
    "trailers of a body that ends": dripping(
        CHUNKED.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n0\r\n"), b"A: b\r\n"
    ),
    "gzip that says nothing": dripping(
        HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\0\0\0\xff\xff"
    ),
}


@pytest.mark.parametrize("drip", DRIPS)
def test_a_host_that_drips_gets_no_more_time_than_others(drip: str) -> None:
    with Raw(DRIPS[drip]) as server:
        answer = one(server.url, limits=SHORT)
        assert (why(answer), answer.status) == ("no answer within 0.5 s", 0)
        assert server.hung_up.acquire(timeout=5), "the connection is still there"


def test_a_host_that_drips_over_https_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path)))
    with Raw(DRIPS["header"], secure=True) as server:
        assert why(one(server.url, limits=SHORT)) == "no answer within 0.5 s"
        assert server.hung_up.acquire(timeout=5)


def test_a_drip_ends_in_time_even_where_nobody_reads_the_answers() -> None:
    with Raw(DRIPS["body"]) as server, Web(SHORT) as web:
        web.ask(asked(server.url), OWN)
        assert server.hung_up.acquire(timeout=5)
        assert [why(answer) for answer in web.answers()] == ["no answer within 0.5 s"]


def test_a_host_that_says_nothing_is_asked_again_while_there_is_time() -> None:
    with Raw(lambda talk: talk.answer() if talk.before else talk.hang()) as server:
        assert one(server.url, limits=replace(QUICK, read=0.3)).body == b"{}"
    with Raw(lambda talk: talk.hang()) as server:
        assert why(one(server.url, limits=replace(QUICK, read=0.2, tries=2))) == "no answer within 0.2 s"
        assert len(server.talks) == 2


def test_a_host_that_does_not_take_the_connection_is_waited_for_no_longer_than_agreed() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for one_of_them in waiting:
            one_of_them.setblocking(False)
            one_of_them.connect_ex(("127.0.0.1", port))
        answer = one(f"http://127.0.0.1:{port}/", limits=replace(QUICK, connect=0.2, tries=2))
        assert why(answer) == "no answer within 0.2 s"
        for one_of_them in waiting:
            one_of_them.close()


def test_threads_that_hang_are_replaced() -> None:
    """The names of hosts can take for ever to look up, and nothing can end that: the other questions go on."""
    with Raw(lambda talk: talk.answer() if talk.path == "/good" else talk.drip(b"H")) as server:
        questions = [asked(server.url + path, path) for path in ("/bad1", "/bad2", "/good")]
        answers = told(*questions, limits=replace(SHORT, in_flight=2))
    assert sorted((answer.request.key, answer.status) for answer in answers) == [
        ("/bad1", 0),
        ("/bad2", 0),
        ("/good", 200),
    ]


def test_a_name_that_takes_for_ever_to_look_up_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(*_: object, **__: object) -> None:
        over.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    assert why(one("http://slow.example/", limits=SHORT)) == "no answer within 0.5 s"
    over.set()


def test_all_questions_together_have_an_end() -> None:
    with Raw(lambda talk: talk.hang()) as server, Web(replace(QUICK, overall=0.4)) as web:
        for number in range(3):
            web.ask(asked(server.url, str(number)), replace(OWN, pace=10))
        assert [why(answer) for answer in web.answers()] == ["no answer within 0.4 s for all questions"] * 3
        web.ask(asked(server.url, "next page"), OWN)
        assert [why(answer) for answer in web.answers()] == ["no answer within 0.4 s for all questions"]
        assert len(server.talks) == 1


# ---- size ------------------------------------------------------------------------------------------------------------


def zeros(megabytes: int) -> list[bytes]:
    """A gzip of so many million zeros, in pieces: each begins anew, so that one is made and sent again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = packer.compress(bytes(1_000_000)) + packer.flush(zlib.Z_FULL_FLUSH)
    return [gzip.compress(b"")[:10], *[piece] * megabytes]


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_gzip_of_a_gigabyte_is_unpacked_no_further_than_it_may_be(
    secure: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path)))
    bomb = zeros(1000)
    with Raw(lambda talk: talk.say(HEAD + b"Content-Encoding: gzip\r\n\r\n", *bomb), secure) as server:
        one(server.url, replace(OWN, own=False))  # loads what is loaded once
        tracemalloc.start()
        try:
            answer = one(server.url, limits=SMALL)
            assert tracemalloc.get_traced_memory()[1] < 8_000_000
        finally:
            tracemalloc.stop()
        assert (why(answer), answer.status, answer.body) == ("the answer was larger than 1 MB", 200, b"")
        assert len(server.talks) == 1


FLOODS = {
    "body": (HEAD + b"\r\n", b"x" * 65536),
    "chunks": (CHUNKED, b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "a length that is too much": (HEAD + b"Content-Length: 1000001\r\n\r\n", b"x"),
    "a gzip in a gzip": (HEAD + b"Content-Encoding: gzip\r\n\r\n", gzip.compress(bytes(500_000))),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_body_without_end_is_cut(flood: str) -> None:
    start, piece = FLOODS[flood]
    with Raw(lambda talk: talk.drip(piece, 0.0, start)) as server:
        assert why(one(server.url, limits=SMALL)) == "the answer was larger than 1 MB"
        assert server.hung_up.acquire(timeout=5)
        assert len(server.talks) == 1


@pytest.mark.parametrize(
    ("start", "piece"),
    [(HEAD, b"A: b\r\n"), (HEAD, b"x" * 4096), (b"", b"x" * 4096), (HEAD + b"X: ", b"y" * 4096)],
)
def test_headers_without_end_are_cut(start: bytes, piece: bytes) -> None:
    with Raw(lambda talk: talk.drip(piece, 0.0, start)) as server:
        assert why(one(server.url)) == "its answer is no proper HTTP"
        assert server.hung_up.acquire(timeout=5)


def test_the_body_of_a_redirect_is_not_read() -> None:
    head = b"HTTP/1.1 302 X\r\nLocation: /b\r\n\r\n"
    with Raw(lambda talk: talk.answer() if talk.before else talk.drip(b"x" * 65536, 0.0, head)) as server:
        assert one(server.url, limits=replace(QUICK, whole=4)).body == b"{}"


# ---- what breaks off -------------------------------------------------------------------------------------------------


def packed(body: bytes, cut: int | None = None, kind: str = "gzip") -> bytes:
    """An answer of the old kind, that ends where the connection ends."""
    return HEAD + f"Content-Encoding: {kind}\r\nConnection: close\r\n\r\n".encode() + gzip.compress(body)[:cut]


BREAKS = {
    "shorter than its length": (HEAD + b"Content-Length: 9\r\n\r\n{}", "the answer broke off"),
    "no last chunk": (CHUNKED + b"2\r\n{}\r\n", "the answer broke off"),
    "in a chunk": (CHUNKED + b"5\r\n{}", "the answer broke off"),
    "no chunk": (CHUNKED + b"zz\r\n", "the answer broke off"),
    "half a gzip": (packed(b"{}" * 99, -9), "the answer broke off"),
    "in the status": (b"HTTP/1.1 200", "the answer broke off"),
    "in the headers": (HEAD + b"Content-Type: text/htm", "the answer broke off"),
    "nothing": (b"", "the connection broke off"),
}


@pytest.mark.parametrize("breaks", BREAKS)
def test_an_answer_that_breaks_off_is_asked_again(breaks: str) -> None:
    said, what = BREAKS[breaks]

    def speak(talk: Talk, well: int = 1) -> None:
        talk.answer(b"[]") if talk.before >= well else talk.leave(said)

    with Raw(speak) as server:
        assert one(server.url).body == b"[]"
    with Raw(lambda talk: speak(talk, 99)) as server:
        answer = one(server.url)
        assert (why(answer), answer.status, len(server.talks)) == (what, 0, 4)


def test_a_connection_that_is_reset_is_tried_again() -> None:
    with Raw(lambda talk: talk.answer() if talk.before == 3 else talk.reset()) as server:
        assert one(server.url).fault is None
    with Raw(lambda talk: talk.reset(HEAD + b"Content-Length: 9\r\n\r\n{}")) as server:
        assert "broke off" in why(one(server.url))


@pytest.mark.parametrize("said", [b"SSH-2.0-OpenSSH_9.9\r\n", b"<html>", b"HTTP/1.1 OK 200\r\n\r\n", b"\r\n\r\n"])
def test_what_speaks_no_http_is_said(said: bytes) -> None:
    with Raw(lambda talk: talk.leave(said, b"\r\n" * 3)) as server:
        assert why(one(server.url)) == "its answer is no proper HTTP"


def test_http_where_https_was_due_is_said() -> None:
    with Raw(lambda talk: talk.answer()) as server:
        assert why(one(server.url.replace("http", "https"), limits=replace(QUICK, tries=1))) == (
            "no secure connection could be made"
        )


# ---- packing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["gzip", "x-gzip", "deflate", " GZip "])
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_a_packed_answer_is_unpacked_however_it_is_cut(kind: str, size: int) -> None:
    body = random.Random(7).randbytes(20_000) + bytes(300_000) + b"end"
    sent = zlib.compress(body) if kind == "deflate" else gzip.compress(body[:999]) + gzip.compress(body[999:])
    unpacked = Unpacked(kind)
    found = b"".join(piece for at in range(0, len(sent), size) for piece in unpacked.pieces(sent[at : at + size]))
    assert (found == body, unpacked.is_whole) == (True, True)


@pytest.mark.parametrize("size", [65_535, 65_536, 131_072])
def test_a_packed_answer_as_long_as_the_pieces_is_whole(size: int) -> None:
    with Raw(lambda talk: talk.answer(gzip.compress(bytes(size)), Content_Encoding="gzip")) as server:
        assert one(server.url).body == bytes(size)


def test_an_empty_answer_may_say_that_it_is_packed() -> None:
    with Raw(lambda talk: talk.answer(b"", Content_Encoding="gzip")) as server:
        answer = one(server.url, replace(OWN, judge=judging(None)))
        assert (answer.body, answer.fault) == (b"", None)


@pytest.mark.parametrize(("kind", "body"), [("br", b"x"), ("gzip, gzip", b"x"), ("gzip", b"no gzip"), ("zstd", b"")])
def test_an_answer_packed_in_another_way_is_refused(kind: str, body: bytes) -> None:
    with Raw(lambda talk: talk.answer(body, Content_Encoding=kind)) as server:
        assert why(one(server.url)) == "the answer is packed in a way that was not asked for"
        assert len(server.talks) == 1


def test_a_gzip_that_is_damaged_at_its_end_is_refused() -> None:
    sent = bytearray(gzip.compress(b"{}"))
    sent[-8] ^= 1
    with pytest.raises(Trouble, match="packed"):
        list(Unpacked("gzip").pieces(bytes(sent)))


# ---- the user's own network ------------------------------------------------------------------------------------------


def test_this_machine_is_asked_only_where_the_user_named_it() -> None:
    with Raw(lambda talk: talk.answer()) as server:
        assert one(server.url).fault is None
        answer = one(server.url, OTHERS)
        assert answer.fault == Fault("refused", "leads to a private address (127.0.0.1)")
        assert len(server.talks) == 1


def test_a_name_that_leads_to_this_machine_is_refused_after_it_was_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looks a name up to see where it leads, and then connects by name, is led elsewhere by the second answer."""
    with Raw(lambda talk: talk.answer()) as server:
        leads = iter(["93.184.215.14", *["127.0.0.1"] * 9])

        def look_up(name: str, port: int, *_: object, **__: object) -> list[Any]:
            assert name == "rebind.example"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(leads), port))]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert socket.getaddrinfo("rebind.example", 80)[0][4][0] == "93.184.215.14"
        answer = one(f"http://rebind.example:{server.port}/", OTHERS)
        assert why(answer) == "leads to a private address (127.0.0.1)"
        assert server.talks == []
        assert one(f"http://rebind.example:{server.port}/").fault is None


def test_a_connection_made_for_the_users_own_address_is_not_lent_to_others() -> None:
    with Raw(lambda talk: talk.answer()) as server, Web(replace(QUICK, in_flight=1)) as web:
        found = []
        for terms in (OWN, OTHERS, OWN):
            web.ask(asked(f"http://localhost:{server.port}/"), terms)
            found += [answer.fault for answer in web.answers()]
        assert found == [None, Fault("refused", "leads to a private address (127.0.0.1)"), None]


def test_a_proxy_of_the_users_may_stand_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(lambda talk: talk.answer(talk.path.encode())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert one("http://api.example.com/a", OTHERS).body == b"http://api.example.com/a"
        assert "private address" in why(one("http://10.0.0.1/a", OTHERS))
    with Raw(lambda talk: talk.answer(status=407)) as refusing:
        monkeypatch.setenv("https_proxy", refusing.url)
        assert why(one("https://api.example.com/a", OTHERS)) == "the proxy did not let it through"
        assert refusing.talks[0].asked.startswith(b"CONNECT api.example.com:443 ")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.9.9.9", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
     "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1",
     "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1",
     "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:80ff:fffe"],
)  # fmt: skip
def test_a_private_address_is_known_in_all_its_forms(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "64:ff9b::101:101",
                                     "::ffff:1.1.1.1"])  # fmt: skip
def test_an_address_of_the_open_internet_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "location", "leads"),
    [
        ("http://a.org/x", "https://a.org/y", True),
        ("http://a.org:8080/x", "https://a.org:8080/y", True),
        ("http://a.org/x", "https://A.org/y", True),
        ("https://a.org/x", "https://a.org:443/y", True),
        ("https://a.org/x", "http://a.org/y", False),
        ("http://a.org/x", "https://a.org:8443/y", False),
        ("http://a.org/x", "http://a.org:81/y", False),
        ("https://a.org/x", "https://b.a.org/y", False),
    ],
)
def test_a_redirect_stays_with_its_host(url: str, location: str, leads: bool) -> None:
    assert isinstance(follow(url, location), str) == leads


def test_a_redirect_into_the_users_network_is_refused() -> None:
    with Raw(lambda talk: moved(talk, "http://169.254.169.254/latest/meta-data/")) as server:
        assert why(one(server.url)) == "redirects to 169.254.169.254; name that address if you trust it"
