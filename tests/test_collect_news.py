from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import ValidationError

from reporter.collect import news
from reporter.errors import ParseError
from reporter.model import Headline
from tests import live
from tests.providers import market
from tests.providers import news as fake
from tests.providers.server import Question

USE, KEY = "news", "feeds/ambcrypto"
WHEN = "Tue, 10 Nov 2026 08:30:00 GMT"


def item(
    title: str = "Bitcoin holds",
    link: str = "https://example.com/a",
    when: str = WHEN,
    summary: str = "",
    more: str = "",
) -> str:
    """An item of RSS; title and summary are markup as the outlet would write it, escaped once."""
    dated = f"<pubDate>{when}</pubDate>" if when else ""
    text = f"<description>{escape(summary)}</description>"
    return f"<item><title>{escape(title)}</title><link>{escape(link)}</link>{dated}{text}{more}</item>"


def rss(*items: str, head: str = '<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    return f'{head}<rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()


def read(*items: str, key: str = KEY) -> list[Headline]:
    return headlines(live.parse(USE, key, rss(*items)))


def headlines(found: Sequence[object]) -> list[Headline]:
    assert all(isinstance(one, Headline) for one in found)
    return [one for one in found if isinstance(one, Headline)]


# ---- ordinary feeds --------------------------------------------------------------------------------------------------


def test_an_item_becomes_a_headline_with_its_outlet() -> None:
    payload = live.payload(USE, KEY, rss(item("Bitcoin & ether rise", summary="<p>Funding <b>turned</b> up.</p>")))
    (one,) = headlines(list(news.parse(payload, live.settings(USE))))
    assert (one.outlet, one.title, one.summary) == ("AMBCrypto", "Bitcoin & ether rise", "Funding turned up.")
    assert (one.at, one.link) == (datetime(2026, 11, 10, 8, 30, tzinfo=UTC), "https://example.com/a")
    assert one.payload_id == payload.id


def test_atom_is_read_as_well_and_zones_are_turned_to_utc() -> None:
    body = (
        '<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>Ether moves'
        '</title><link href="https://example.com/e"/><updated>2026-11-10T23:30:00-05:00</updated>'
        "<summary>More.</summary></entry></feed>"
    )
    (one,) = headlines(live.parse(USE, KEY, body.encode()))
    assert (one.title, one.at) == ("Ether moves", datetime(2026, 11, 11, 4, 30, tzinfo=UTC))


def test_items_outside_the_week_of_the_future_or_without_a_date_are_left_out() -> None:
    days = ("Tue, 03 Nov 2026 00:00:00 GMT", "Mon, 16 Nov 2026 00:00:00 GMT", "", "yesterday", "Fri, 31 Dec 9999 GMT")
    assert read(*(item(f"Told on {day}", f"https://example.com/{n}", day) for n, day in enumerate(days))) == []
    early = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
    assert live.parse(USE, KEY, rss(item()), fetched=early) == []
    assert len(live.parse(USE, KEY, rss(item()), fetched=early + timedelta(hours=1))) == 1


def test_an_item_told_twice_stands_once() -> None:
    told = [item("One", "https://example.com/1"), item("Other words", "https://example.com/1"),
            item("ONE", "https://example.com/2"), item("Two", "https://example.com/3")]  # fmt: skip
    assert [one.title for one in read(*told)] == ["One", "Two"]


def test_items_without_a_link_are_told_apart_by_their_titles() -> None:
    assert [one.title for one in read(item("One", ""), item("Two", ""))] == ["One", "Two"]


def test_two_hundred_items_are_enough() -> None:
    assert len(read(*(item(f"No. {n}", f"https://example.com/{n}") for n in range(250)))) == 200


def test_long_texts_are_cut_with_a_sign() -> None:
    (one,) = read(item("word " * 100, summary="more " * 400))
    assert (len(one.title), len(one.summary)) == (200, 500)
    assert one.title.endswith("…") and one.summary.endswith("…")


def test_an_item_without_a_title_is_left_out() -> None:
    assert read(item(""), item("<b></b>"), item("\u202e\u200b")) == []


def test_a_feed_without_items_yields_nothing() -> None:
    assert read() == []


def test_the_publisher_is_taken_off_a_title_of_google_news() -> None:
    source = '<source url="https://cryptorank.io">CryptoRank</source>'
    again = '<a href="https://x.example">Funding - and basis - fall</a>&nbsp;<font>CryptoRank</font>'
    (one,) = read(item("Funding - and basis - fall - CryptoRank", summary=again, more=source), key="feeds/cryptorank")
    assert (one.outlet, one.title, one.summary) == ("CryptoRank", "Funding - and basis - fall", "")
    (bare,) = read(item("Funding falls - Somebody"), key="feeds/cryptorank")
    assert bare.title == "Funding falls"
    (own,) = read(item("Funding falls - again"))  # an outlet's own feed has no publisher behind its titles
    assert own.title == "Funding falls - again"


# ---- text that nobody vouches for ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("<script>alert(1)</script>Bitcoin", "Bitcoin"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Bitcoin", "Bitcoin"),
        ("&amp;lt;img src=x onerror=alert(1)&amp;gt;Bitcoin", "Bitcoin"),
        ("<scr<b>ipt>Bitcoin", "ipt>Bitcoin"),
        ("Bitcoin<style>p {}", "Bitcoin"),
        ("<b>Bit</b>coin<p>rises</p>", "Bitcoin rises"),
        ("Bitcoin <!-- hidden -->rises", "Bitcoin rises"),
        ('<a title="a>b">Bitcoin</a>', "Bitcoin"),
        ("Bitcoin <img src='x", "Bitcoin"),
        ("Bitcoin < $90k > $80k", "Bitcoin < $90k > $80k"),
        ("Bit\u202ecoin\u200b \u2066x\u2069\ufeff", "Bitcoin x"),
        ("Bit\x7fcoin\n\t rises\u2028on", "Bitcoin rises on"),
        ("R&amp;D &#8212; up", "R&D — up"),
    ],
)
def test_titles_are_text_on_one_line(written: str, kept: str) -> None:
    (one,) = read(item(written, summary=f"So: {written}"))
    assert (one.title, one.summary) == (kept, f"So: {kept}")


@pytest.mark.parametrize("times", range(6))
def test_no_tag_is_left_however_often_it_was_wrapped(times: int) -> None:
    wrapped = "<script>x</script>"
    for _ in range(times):
        wrapped = escape(wrapped)
    (one,) = read(item(f"Bitcoin {wrapped}"))
    assert "<" not in one.title


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "//example.com", "/relative", "ftp://example.com/a", "https://",
     "https://user:word@example.com/", "https://bitcoin.com@evil.example/", "https://exa\u202emple.com/",
     "https://example.com/ x", "https://[::1", "https://example.com/\\@evil", 'https://example.com/"onclick="x',
     "https://example.com/" + "a" * 2_000, "https://b\u00fccher.example/"],
)  # fmt: skip
def test_a_link_that_is_no_plain_address_is_left_out(link: str) -> None:
    (one,) = read(item(link=link))
    assert one.link == ""


def test_a_document_with_entities_of_its_own_is_refused() -> None:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "ha">{levels}]>'
    for encoding in ("utf-8", "utf-16"):
        body = rss(item().replace("Bitcoin", "&l9;"), head=laughs).decode().encode(encoding)
        with pytest.raises(ParseError, match="news: feeds/ambcrypto: the feed declares entities of its own"):
            live.parse(USE, KEY, body)


@pytest.mark.parametrize("scheme", ["file://", "http://127.0.0.1:9/"])
def test_an_entity_that_names_a_file_is_refused(tmp_path: Path, scheme: str) -> None:
    (tmp_path / "secret").write_text("the secret")
    head = f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "{scheme}{tmp_path}/secret">]>'
    with pytest.raises(ParseError, match="entities of its own"):
        live.parse(USE, KEY, rss(item().replace("Bitcoin", "&x;"), head=head))


def test_an_outer_doctype_is_not_fetched() -> None:
    head = '<?xml version="1.0"?><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/x.dtd">'
    (one,) = headlines(live.parse(USE, KEY, rss(item().replace("Bitcoin", "&x;Bitcoin"), head=head)))
    assert "holds" in one.title


def test_a_body_that_names_a_file_is_not_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("<rss>").write_bytes(rss(item("The secret")))
    found: list[object] = []
    with suppress(ParseError):
        found = list(live.parse(USE, KEY, b"<rss>"))
    assert found == []


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"no feed", b'{"items": []}', b"\x89PNG\r\n", b"<svg></svg>", b"<?xml version='1.0'?><note/>",
     b"<!DOCTYPE html><html><title>Just a moment...</title>",
     b"<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'><html xmlns='http://www.w3.org/1999/xhtml'></html>",
     b"<?xml version='1.0' encoding='utf-7'?><rss version='2.0'></rss>"],
)  # fmt: skip
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(ParseError, match="news: feeds/ambcrypto: "):
        live.parse(USE, KEY, body)


def test_a_page_where_the_feed_was_due_is_called_one() -> None:
    with pytest.raises(ParseError, match="news: feeds/ambcrypto: HTML where a feed was due"):
        live.parse(USE, KEY, b"<!-- x --><html><body></body></html>")


def test_a_feed_too_long_is_refused() -> None:
    with pytest.raises(ParseError, match="more than 2,000,000 bytes"):
        live.parse(USE, KEY, rss(item(summary="x" * 2_000_000)))


@pytest.mark.parametrize(
    "unit",
    ["<", "<a ", "<a b='", "&", "&#", "<![CDATA[", "<!--", "<!", "</", "<item>", "<item/>", "<a>", "<title>", "&lt;",
     '<a b="', "<script>"],
)  # fmt: skip
@pytest.mark.parametrize("closed", [True, False])
def test_a_feed_made_to_be_slow_ends(unit: str, closed: bool) -> None:
    many = unit * (60_000 // len(unit))
    inner = f"<![CDATA[{many.replace(']]>', '')}]]>" if closed else many
    body = rss(f"<item><pubDate>{WHEN}</pubDate><title>{inner}</title><description>{inner}</description></item>")
    with suppress(ParseError):
        assert len(headlines(live.parse(USE, KEY, body))) <= 200


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_the_encoding_that_a_feed_declares_is_kept_to(encoding: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>'
    body = rss(item("Höher"), head=head).decode().encode(encoding)
    (one,) = headlines(live.parse(USE, KEY, body))
    assert one.title == "Höher"


def test_a_feed_that_is_cut_off_keeps_what_came() -> None:
    body = rss(item("One", "https://example.com/1"), item("Two", "https://example.com/2"))
    found = headlines(live.parse(USE, KEY, body[: body.index(b"<title>Two")]))
    assert [one.title for one in found] == ["One"]


# ---- questions and faults --------------------------------------------------------------------------------------------


def test_each_feed_is_one_question_with_its_whole_address() -> None:
    found = news.requests(live.WEEK, live.settings(USE))
    assert [request.key for request in found] == [
        "feeds/ambcrypto", "feeds/analytics-insight", "feeds/cryptorank", "feeds/roic-ai"
    ]  # fmt: skip
    assert found[0].url == "https://ambcrypto.com/feed/"
    assert found[2].url.startswith("https://news.google.com/rss/search?q=site:cryptorank.io+when:7d&")
    for request in found:
        assert request.period and request.period.end == live.WEEK.end
        assert request.period.end - request.period.start == timedelta(days=8)
        assert request.reach == timedelta(days=16)


def test_feeds_of_the_newsletters_own_replace_the_usual_ones() -> None:
    feeds = [{"outlet": "The Desk", "url": "https://desk.example/rss"}]
    (request,) = news.requests(live.WEEK, live.settings(USE, feeds=feeds))
    assert (request.key, request.url) == ("feeds/the-desk", "https://desk.example/rss")
    (here,) = news.requests(live.WEEK, live.settings(USE, feeds=feeds, base_url="http://127.0.0.1:1/news"))
    assert here.url == "https://desk.example/rss"


def test_the_usual_feeds_are_asked_elsewhere_where_an_address_is_given() -> None:
    settings = live.settings(USE, base_url="http://127.0.0.1:1/news", feeds=[{"outlet": "A b"}, *news.FEEDS[:1]])
    assert [request.url for request in news.requests(live.WEEK, settings)] == [
        "http://127.0.0.1:1/news/a-b", "http://127.0.0.1:1/news/ambcrypto"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("feeds", "said"),
    [
        ([{"outlet": "One"}], "has no 'url'"),
        ([{"outlet": "!!!", "url": "https://a.example"}], "Latin letters"),
        ([{"outlet": "A b", "url": "https://a.example"}, {"outlet": "a-B", "url": "https://b.example"}], "two feeds"),
        ([{"outlet": "One", "url": "file:///etc/hosts"}], "address of a feed"),
        ([{"outlet": "One", "url": "https://user:word@a.example/"}], "address of a feed"),
        ([], "at least 1"),
    ],
)
def test_feeds_that_cannot_be_asked_are_a_mistake(feeds: object, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        live.settings(USE, feeds=feeds)


@pytest.mark.parametrize("start", ["<?xml version='1.0'?><rss", "<rss", "<feed", "\ufeff<?xml?>\n<!-- x --><rdf:RDF"])
def test_a_feed_is_no_fault_however_it_begins(start: str) -> None:
    assert news.fault(200, start.encode()) is None


@pytest.mark.parametrize(
    ("status", "body", "kind", "retry"),
    [
        (200, b"<!DOCTYPE html><html>", "page", False),
        (200, b"\n<?xml version='1.0'?>\n<!DOCTYPE html PUBLIC 'x'><html>", "page", False),
        (200, b"<html><body>consent</body></html>", "page", False),
        (403, b"<html>Just a moment...</html>", "blocked", False),
        (404, b"<html></html>", "refused", False),
        (503, b"<html></html>", "down", True),
    ],
)
def test_a_page_of_html_is_a_fault(status: int, body: bytes, kind: str, retry: bool) -> None:
    found = news.fault(status, body)
    assert found and (found.kind, found.retry) == (kind, retry)


def test_headlines_are_no_series() -> None:
    assert list(news.provides(live.settings(USE))) == []
    assert news.GIVES == {}


def test_every_usual_feed_gives_headlines_of_the_week(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(market, "now", live.FETCHED.timestamp)
    settings = live.settings(USE, base_url="http://127.0.0.1:1/news")
    outlets = set()
    for request in news.requests(live.WEEK, settings):
        path = urlsplit(request.url).path.removeprefix("/news")
        answer = fake.answer(Question(USE, request.method, path, {}, {}))
        assert news.fault(answer.status, answer.body) is None
        one = replace(live.payload(USE, request.key, answer.body), request=request)
        found = headlines(list(news.parse(one, settings)))
        assert len(found) == 32  # every six hours of eight days
        assert not any(headline.title.endswith(("CryptoRank", "ROIC.ai")) for headline in found)
        assert all(one.link.startswith("https://") for one in found)
        outlets |= {headline.outlet for headline in found}
    assert outlets == {feed.outlet for feed in news.FEEDS}
