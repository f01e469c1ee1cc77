"""The HTTP client against real servers on loopback: polite to hosts, patient, and sure to end."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from reporter import __version__
from reporter.collect import reading
from reporter.model import Fault
from reporter.web import Web
from tests.asking import OWN, QUICK, asked, judging, moved, one, told, why
from tests.providers.server import Answer as Said
from tests.providers.server import Providers, said
from tests.raw_server import Raw, Talk, certificate

ROOT = Path(__file__).resolve().parent.parent

# ---- an answer -------------------------------------------------------------------------------------------------------


def test_an_answer_comes_with_its_bytes_and_the_headers_that_matter() -> None:
    headers = {"ETag": '"7"', "X-MBX-USED-WEIGHT-1M": "12", "API-KEY-USE-LIMIT": "3", "X-RateLimit-Left": "y" * 300,
               "Set-Cookie": "a=b", "X-Other": "z"}  # fmt: skip
    with Providers() as providers:
        providers.own["x"] = lambda question: Said(b'{"a": 1}', media_type="Application/JSON; x", headers=headers)
        answer = one(providers.url("x") + "/v1", params={"symbol": "BTC USD"})
        assert (answer.status, answer.body, answer.fault) == (200, b'{"a": 1}', None)
        assert (answer.media_type, answer.request) == (
            "application/json",
            asked(providers.url("x") + "/v1", params={"symbol": "BTC USD"}),
        )
        assert set(answer.headers) == {"date", "content-type", "etag", "x-mbx-used-weight-1m", "api-key-use-limit",
                                       "x-ratelimit-left"}  # fmt: skip
        assert answer.headers["x-ratelimit-left"] == "y" * 200
        (question,) = providers.asked
        assert (question.method, question.path, dict(question.query)) == ("GET", "/v1", {"symbol": "BTC USD"})
        assert question.headers["user-agent"] == f"reporter/{__version__}"
        assert question.headers["accept-encoding"] == "gzip"


def test_a_post_sends_json_and_a_source_may_send_headers_of_its_own() -> None:
    with Providers() as providers:
        providers.own["x"] = lambda question: said([question.json(), question.headers["x-own"], question.method])
        answer = one(
            providers.url("x"), method="POST", json={"type": "meta"}, headers={"X-Own": "a", "User-agent": "b"}
        )
        assert answer.body == b'[{"type": "meta"}, "a", "POST"]'
        assert providers.asked[0].headers["user-agent"].startswith("reporter/")


def test_no_cookie_is_sent_back_and_no_password_of_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n", encoding="ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with Providers() as providers:
        providers.own["x"] = lambda question: Said(b"{}", headers={"Set-Cookie": "a=b"})
        told(asked(providers.url("x"), "1"), asked(providers.url("x"), "2"), limits=replace(QUICK, in_flight=1))
        assert [{"cookie", "authorization"} & set(question.headers) for question in providers.asked] == [set(), set()]


def test_a_question_may_be_asked_while_answers_are_read() -> None:
    with Providers() as providers, Web(QUICK) as web:
        providers.own["x"] = lambda question: said(question.query["page"])
        web.ask(asked(providers.url("x"), params={"page": "1"}), OWN)
        pages = []
        for answer in web.answers():
            pages.append(answer.body)
            if len(pages) < 3:
                web.ask(asked(providers.url("x"), params={"page": str(len(pages) + 1)}), OWN)
        assert pages == [b'"1"', b'"2"', b'"3"']
        assert list(web.answers()) == []


def test_a_mistake_in_a_source_is_raised_and_not_taken_for_the_worlds() -> None:
    def mistaken(status: int, body: bytes) -> Fault | None:
        raise KeyError("no such thing")

    with Providers() as providers, Web(QUICK) as web, pytest.raises(KeyError, match="no such thing"):
        providers.own["x"] = lambda question: said(1)
        web.ask(asked(providers.url("x")), replace(OWN, judge=mistaken))
        list(web.answers())


# ---- pace ------------------------------------------------------------------------------------------------------------


def test_questions_to_a_host_start_no_closer_than_the_slowest_source_wants() -> None:
    pace, count = 0.1, 9
    with Raw(lambda talk: talk.answer()) as server, Web(QUICK) as web:
        before = time.monotonic()
        for number in range(count):
            web.ask(asked(server.url, str(number)), replace(OWN, pace=pace if number == 1 else 0.01))
        assert len(list(web.answers())) == count
    # Under load a question arrives later than it starts, never earlier.
    assert all(talk.at >= before + number * pace for number, talk in enumerate(server.talks) if number > 1)


def test_answers_are_not_waited_for_but_only_so_many_questions_are_in_flight() -> None:
    met = threading.Barrier(4, timeout=5)  # the server answers only once four questions are there

    def together(talk: Talk) -> None:
        met.wait()
        talk.answer()

    with Raw(together) as server:
        answers = told(*(asked(server.url, str(number)) for number in range(12)), limits=replace(QUICK, in_flight=4))
        assert ([answer.fault for answer in answers], server.most_at_once) == ([None] * 12, 4)


def test_hosts_are_asked_side_by_side() -> None:
    met = threading.Barrier(3, timeout=5)  # each server answers only once all three have been asked

    def together(talk: Talk) -> None:
        met.wait()
        talk.answer()

    with Raw(together) as first, Raw(together) as second, Raw(together) as third:
        answers = told(*(asked(server.url) for server in (first, second, third)), terms=replace(OWN, pace=1))
    assert [answer.fault for answer in answers] == [None] * 3


# ---- once more, or not -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [429, 418, 500, 502, 503])
def test_a_passing_failure_is_asked_again(status: int) -> None:
    with Raw(lambda talk: talk.answer(status=status if talk.before < 2 else 200)) as server:
        answer = one(server.url)
        assert (answer.status, answer.fault, len(server.talks)) == (200, None, 3)


def test_a_question_that_is_asked_again_goes_before_those_that_wait() -> None:
    with Raw(lambda talk: talk.answer(status=200 if talk.before else 500)) as server:
        questions = [asked(f"{server.url}/{number}", str(number)) for number in range(3)]
        told(*questions, terms=replace(OWN, pace=0.1), limits=replace(QUICK, in_flight=1))
        assert [talk.path for talk in server.talks] == ["/0", "/0", "/1", "/2"]


def test_no_more_than_the_agreed_times() -> None:
    with Raw(lambda talk: talk.answer(b"[]", status=502)) as server:
        answer = one(server.url)
        assert (answer.status, answer.body, why(answer)) == (502, b"[]", "out of order (HTTP 502)")
        assert len(server.talks) == QUICK.tries


@pytest.mark.parametrize("status", [451, 403, 401, 400, 404])
def test_a_refusal_is_final(status: int) -> None:
    """Even where a source's judge would ask again."""
    for judge in (reading.http_fault, judging(Fault("blocked", "said no", retry=True))):
        with Raw(lambda talk: talk.answer(status=status)) as server:
            answer = one(server.url, replace(OWN, judge=judge))
            assert (answer.status, len(server.talks), answer.fault is None) == (status, 1, False)


@pytest.mark.parametrize("status", [404, 304])
def test_a_status_that_nobody_judges_is_no_data(status: int) -> None:
    with Raw(lambda talk: talk.answer(status=status)) as server:
        assert why(one(server.url, replace(OWN, judge=judging(None)))) == f"refused the question (HTTP {status})"


def test_a_limit_that_comes_as_a_proper_answer_is_asked_again_if_its_judge_says_so() -> None:
    def judge(status: int, body: bytes) -> Fault | None:
        return Fault("limited", "asked too often", retry=True) if b"10006" in body else None

    with Raw(lambda talk: talk.answer(b'{"retCode": 10006}' if talk.before == 0 else b"{}")) as server:
        assert one(server.url, replace(OWN, judge=judge)).body == b"{}"
        assert len(server.talks) == 2


DATES = {"Date": "Mon, 16 Nov 2026 14:00:00 GMT", "Retry_After": "Mon, 16 Nov 2026 14:00:01 GMT"}


@pytest.mark.parametrize("headers", [{"Retry_After": "1"}, DATES], ids=["seconds", "a date by the host's clock"])
def test_a_limit_holds_for_all_questions_to_the_host(headers: dict[str, str]) -> None:
    def limited(talk: Talk) -> None:
        talk.answer(b"{}", 429, **headers) if talk.before == 0 else talk.answer()

    with Raw(limited) as server:
        answers = told(asked(server.url, "1"), asked(server.url, "2"), limits=replace(QUICK, in_flight=1))
        assert [answer.fault for answer in answers] == [None, None]
        first, *others = (talk.at for talk in server.talks)
        assert len(others) == 2
        assert min(others) - first >= 0.95


@pytest.mark.parametrize(
    ("asks", "waits"), [("9", "9 s"), ("300", "5 minutes"), ("7201", "2 hours"), ("999999", "12 days")]
)
def test_who_asks_to_wait_for_longer_than_there_is_time_is_not_asked_again(asks: str, waits: str) -> None:
    with Raw(lambda talk: talk.answer(b"no", status=429, Retry_After=asks)) as server:
        answer = one(server.url)
        assert (why(answer), answer.status, answer.body) == (f"asked to wait {waits}", 429, b"no")
        assert answer.fault == Fault("limited", f"asked to wait {waits}")
        assert len(server.talks) == 1


def test_nobody_else_is_asked_where_a_host_wants_to_be_left_alone() -> None:
    with Raw(lambda talk: talk.answer(status=503, Retry_After="86400")) as server, Web(QUICK) as web:
        for number in range(5):
            web.ask(asked(server.url, str(number)), replace(OWN, pace=0.2))
        assert [why(answer) for answer in web.answers()] == ["asked to wait 24 hours"] * 5
        web.ask(asked(server.url, "later"), OWN)
        assert [why(answer) for answer in web.answers()] == ["asked to wait 24 hours"]
        assert len(server.talks) == 1


@pytest.mark.parametrize("asks", ["soon", "-5", "1e9", "9" * 5000, "Mon, 99 Foo 2026", "Mon, 16 Nov 1999 14:00:00 GMT"])
def test_a_retry_after_that_says_nothing_is_no_reason_to_wait(asks: str) -> None:
    with Raw(lambda talk: talk.answer(status=200 if talk.before else 503, Retry_After=asks)) as server:
        assert one(server.url).fault is None


# ---- redirects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed_with_its_own_parameters(status: int) -> None:
    def speak(talk: Talk) -> None:
        moved(talk, "/b?c=2", status) if talk.path.startswith("/a") else talk.answer(talk.path.encode())

    with Raw(speak) as server:
        answer = one(server.url + "/a", params={"c": "1"})
        assert (answer.body, answer.request.url) == (b"/b?c=2", server.url + "/a")


@pytest.mark.parametrize(
    ("location", "named"),
    [
        ("https://example.org/a", "example.org"),
        ("//example.org:81/", "example.org"),
        ("http://127.0.0.1:9/", "http://127.0.0.1:9"),
        ("http://localhost/", "localhost"),
        ("http://xn--\xe4<b>/", "another host"),
    ],
)
def test_a_redirect_to_another_host_is_refused_by_name(location: str, named: str) -> None:
    with Raw(lambda talk: moved(talk, location)) as server:
        answer = one(server.url)
        assert why(answer) == f"redirects to {named}; name that address if you trust it"
        assert (answer.status, answer.body, len(server.talks)) == (302, b"", 1)


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "http://[", "http://a:b@127.0.0.1/", "http://127.0.0.1:x/"])
def test_a_redirect_to_no_address_is_refused(location: str) -> None:
    with Raw(lambda talk: moved(talk, location)) as server:
        assert why(one(server.url)) == "redirects to what is no address"


def test_redirects_in_a_circle_end() -> None:
    with Raw(lambda talk: moved(talk, "/round")) as server:
        assert why(one(server.url)) == "redirects more than 3 times"
        assert len(server.talks) == 4


def test_a_post_is_redirected_only_as_it_is() -> None:
    with Raw(lambda talk: moved(talk, "/b", 301)) as server:
        assert why(one(server.url, method="POST", json={})) == "redirects what can only be asked as it is"
    with Raw(lambda talk: talk.answer(talk.asked[-2:]) if talk.before else moved(talk, "/b", 307)) as server:
        assert one(server.url, method="POST", json={}).body == b"{}"


def test_https_is_spoken_with_whom_the_user_trusts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Raw(lambda talk: talk.answer(), secure=True) as server:
        assert why(one(server.url)) == "its certificate is not valid"
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path)))
        assert one(server.url).body == b"{}"
        assert "leads to a private address" in why(one(server.url, replace(OWN, own=False)))


def test_a_host_may_send_its_askers_on_to_https(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate(tmp_path)))
    with Raw(lambda talk: talk.answer(b"safe") if talk.before else moved(talk, server.url), secure=True) as server:
        assert one(server.url.replace("https", "http")).body == b"safe"


def test_a_failure_is_one_line_of_information(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Raw(lambda talk: talk.answer(status=451)) as server:
        one(server.url)
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "source: candles: blocked from this address (HTTP 451)")
    ]


# ---- the end ---------------------------------------------------------------------------------------------------------


def test_a_question_that_hangs_does_not_keep_the_process() -> None:
    script = (
        "import sys\nfrom reporter.model import Request\nfrom reporter.web import Limits, Terms, Web\nweb = Web()\n"
        "web.ask(Request('s', 'k', sys.argv[1]), Terms(lambda s, b: None, 0.0, True))\n"
        "sys.stdin.readline()\nsys.exit(7)"
    )
    heard = threading.Event()

    def hang(talk: Talk) -> None:
        heard.set()
        talk.drip(b"H")

    with Raw(hang) as server:
        process = subprocess.Popen([sys.executable, "-c", script, server.url], cwd=ROOT, stdin=subprocess.PIPE)
        try:
            assert heard.wait(20)
            process.communicate(b"\n", timeout=20)
            assert process.returncode == 7
        finally:
            process.kill()


def test_leaving_the_client_hangs_up() -> None:
    with Raw(lambda talk: talk.drip(b"H")) as server:
        with Web(QUICK) as web:
            web.ask(asked(server.url), OWN)
            while not server.talks:
                server.closed.wait(0.01)
        assert server.hung_up.acquire(timeout=5)
        with pytest.raises(RuntimeError, match="after the client was closed"):
            web.ask(asked(server.url), OWN)


def test_only_web_addresses_are_asked() -> None:
    for url in ("ftp://127.0.0.1/a", "file:///etc/passwd", "127.0.0.1", "http://", "http://a:b@127.0.0.1/",
                "http://127.0.0.1:99999/", "http://[::1", "http://127.0.0.1/\r\nX: a"):  # fmt: skip
        assert why(one(url)) == "its address is not one of http or https"


def test_loading_the_client_loads_no_library() -> None:
    script = "import sys, reporter.web; sys.exit(bool({'requests', 'urllib3'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0


def test_what_is_not_there_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert why(one(f"http://127.0.0.1:{port}/")) == "the connection was refused"

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert why(one("http://nowhere.example/")) == "its name is unknown"
