"""News: feeds of outlets (RSS, Atom) in; headlines of the week out, as text without markup.

The usual feeds: AMBCrypto and Analytics Insight by their own; CryptoRank and ROIC.ai, which have none, through Google
News (news.google.com/rss/search), about 100 items a question; it is no official API. Terms: the outlets' own; titles
are quoted with their outlet. Times are as each feed states them, in UTC here; an item is there when it is published. A
feed keeps some days only, so that older weeks are not asked.

What comes is untrusted: it is cleaned of markup, cut, and may support a sentence but never becomes a fact.
- A page of HTML where the feed was due (a challenge, a consent page) is told from XML that begins with <?xml as well.
- The parser gets the bytes as a stream: handed over plainly it would take them for the name of a file, or an address.
- Entities of a document's own (those that multiply, those that name files) are refused before anything is parsed.
- Titles of Google News end in " - Publisher", and their summaries repeat the title: both are taken off.
- Items without a date, of the future, outside the week or told twice are left out.
"""

from __future__ import annotations

import calendar
import html
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator

from reporter.collect import live, reading
from reporter.collect.live import Address, Given, Live
from reporter.config import ADDRESS, Line, Strict
from reporter.model import Fault, Flaw, Headline, Observation, Payload, Request, Week

LABEL, TERMS = "News feeds", "Titles are their outlets'"
GIVES: Mapping[str, Given] = {}
GOOGLE = "https://news.google.com"
BACK, REACH = timedelta(days=8), timedelta(days=16)
MOST_BYTES, MOST_ITEMS = 2_000_000, 200
TITLE, SUMMARY, LINK, RAW = 200, 500, 2_000, 8_000
HTML = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*(?:<\?[^<>]{0,200}>\s*|<!--[^<>]{0,400}-->\s*){0,5}"
    rb"<(?:!doctype\s+html|html|head|body|script|meta|title)\b",
    re.IGNORECASE,
)
ENCODING = re.compile(rb"""\s*<\?xml[^<>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,30})["']""")
DECLARATION = re.compile(r"\s*<\?xml[^<>]{0,200}\?>")
OWN_ENTITIES = re.compile(r"<!ENTITY|<!DOCTYPE[^<>\[]*\[", re.IGNORECASE)
ENCODINGS = frozenset({"utf-8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "latin-1", "iso-8859-15", "windows-1252"})
UNSEEN = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)|<!--.*?(?:-->|$)", re.IGNORECASE | re.DOTALL)
INLINE = re.compile(r"</?(?:a|b|i|u|em|strong|span|font|mark|small|sub|sup)[\s/>]", re.IGNORECASE)
TAG = re.compile(r"""<[a-zA-Z/!?](?:"[^"]*"|'[^']*'|[^<>"'])*(?:>|["'][^<>]*>?)?""")


class Feed(Strict):
    """One feed: whose it is, and its address."""

    outlet: Line
    url: str = ""

    @field_validator("url")
    @classmethod
    def _address(cls, value: str) -> str:
        if value and not re.fullmatch(ADDRESS, value):
            raise ValueError("expected the address of a feed such as https://example.com/feed/")
        return value

    @property
    def slug(self) -> str:
        """The outlet's name as it stands in the key of a request."""
        return re.sub(r"[^a-z0-9]+", "-", self.outlet.lower()).strip("-")


def _through_google(words: str) -> str:
    return f"{GOOGLE}/rss/search?q={words}+when:7d&hl=en-US&gl=US&ceid=US:en"


FEEDS = (
    Feed(outlet="AMBCrypto", url="https://ambcrypto.com/feed/"),
    Feed(outlet="Analytics Insight", url="https://www.analyticsinsight.net/feed"),
    Feed(outlet="CryptoRank", url=_through_google("site:cryptorank.io")),
    Feed(outlet="ROIC.ai", url=_through_google("site:roic.ai+crypto")),
)


class Settings(Live):
    """`feeds` are asked in their order. Where `base_url` is given, feeds without an address, and the usual ones, are
    asked below it: base_url/ambcrypto."""

    base_url: Address = GOOGLE
    pace_seconds: float = Field(default=1.0, ge=0, le=60)
    feeds: tuple[Feed, ...] = Field(default=FEEDS, min_length=1)

    @field_validator("feeds")
    @classmethod
    def _told_apart(cls, value: tuple[Feed, ...], info: ValidationInfo) -> tuple[Feed, ...]:
        slugs = [feed.slug for feed in value]
        for feed in value:
            if not feed.slug:
                raise ValueError("the name of an outlet needs Latin letters or digits")
            if slugs.count(feed.slug) > 1:
                raise ValueError(f"two feeds are called {feed.slug}; give each an outlet of its own")
            if not feed.url and info.data.get("base_url") == GOOGLE:
                raise ValueError(f"the feed of {feed.slug} has no 'url'; add it")
        return value


def requests(week: Week, settings: Settings) -> list[Request]:
    """One question a feed, with its whole address."""
    period = live.span(week, BACK)
    return [
        replace(
            live.ask(settings, f"feeds/{feed.slug}", f"/{feed.slug}", {}, period),
            url=_address(feed, settings),
            headers={"Accept": "application/rss+xml, application/atom+xml, application/xml, text/xml"},
            reach=REACH,
        )
        for feed in settings.feeds
    ]


def _address(feed: Feed, settings: Settings) -> str:
    elsewhere = settings.base_url != GOOGLE and (not feed.url or feed in FEEDS)
    return f"{settings.base_url}/{feed.slug}" if elsewhere else feed.url


def fault(status: int, body: bytes) -> Fault | None:
    """What the status says, or a page where the feed was due."""
    if found := reading.http_fault(status, b""):
        return found
    return Fault("page", "HTML where a feed was due") if HTML.match(body[:4_000]) else None


def provides(settings: Settings) -> Iterator[str]:
    """No series: headlines are no numbers."""
    yield from ()


# ---- a feed into headlines -------------------------------------------------------------------------------------------


def parse(payload: Payload, settings: Settings) -> Iterator[Observation | Flaw | Headline]:
    """The feed's items of the week, 200 at most. Raises ParseError where the answer is no feed."""
    outlet = _outlet(payload, settings)
    seen: set[str] = set()
    count = 0
    for entry in _entries(payload):
        found = _headline(entry, outlet, payload)
        if found is None or seen & (marks := {found.link, found.title.casefold()} - {""}):
            continue
        seen |= marks
        count += 1
        yield found
        if count == MOST_ITEMS:
            return


def _outlet(payload: Payload, settings: Settings) -> str:
    """The name of the feed; of one that is no longer in the settings, what its key says."""
    slug = payload.request.key.partition("/")[2]
    return next((feed.outlet for feed in settings.feeds if feed.slug == slug), slug)


def _entries(payload: Payload) -> list[Any]:
    """The items as feedparser has them. Raises ParseError for what is no feed, is too long, or names entities."""
    import feedparser  # type: ignore[import-untyped]

    text = _text(payload)
    try:
        found = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
        entries, version = list(found["entries"]), found.get("version")
    except Exception as problem:  # whatever a parser stumbles over in text from anywhere is no fault of ours
        raise reading.misread(payload, f"the feed cannot be read ({type(problem).__name__})") from None
    if not version:
        raise reading.misread(payload, "the answer is no feed; did its address change?")
    return entries


def _text(payload: Payload) -> str:
    """The document as text, without the declaration of its encoding. Raises ParseError."""
    body = payload.body
    if len(body) > MOST_BYTES:
        raise reading.misread(payload, f"the feed has more than {MOST_BYTES:,} bytes")
    if HTML.match(body[:4_000]):
        raise reading.misread(payload, "HTML where a feed was due")
    text = body.decode(_encoding(payload), "replace").removeprefix("\ufeff")
    text = DECLARATION.sub("", text, count=1) if DECLARATION.match(text) else text
    if OWN_ENTITIES.search(text):
        raise reading.misread(payload, "the feed declares entities of its own, which none needs to")
    if not text.lstrip().startswith("<"):
        raise reading.misread(payload, "the answer is no feed; did its address change?")
    return text


def _encoding(payload: Payload) -> str:
    if payload.body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    match = ENCODING.match(payload.body.removeprefix(b"\xef\xbb\xbf"))
    name = match[1].decode("ascii").lower() if match else "utf-8"
    if name not in ENCODINGS:
        raise reading.misread(payload, f"the feed is written in {name}; expected UTF-8")
    return "utf-8" if name == "utf-16" else name  # one without a mark of its order is not UTF-16


def _headline(entry: Any, outlet: str, payload: Payload) -> Headline | None:
    """The item as a record; None without a title, or without a date within what was asked for."""
    at = _moment(entry)
    if at is None or at > payload.fetched_at or not reading.within(payload.request.period, at):
        return None
    full = _clean(_said(entry, "title"))
    source = _said(entry, "source")
    publisher = _clean(source.get("title")) if isinstance(source, Mapping) else ""
    title = _without_publisher(full, publisher, payload)
    summary = _clean(_said(entry, "summary"))
    if summary.casefold().startswith(title.casefold()):
        summary = ""  # nothing but the title again
    link = _link(_said(entry, "link"))
    return Headline(at, outlet, _cut(title, TITLE), _cut(summary, SUMMARY), link, payload.id) if title else None


def _said(entry: Any, name: str) -> Any:
    """What an item has under a name itself: feedparser's own `get` guesses among other names, with a warning."""
    return dict.get(entry, name)


def _moment(entry: Any) -> datetime | None:
    stamp = _said(entry, "published_parsed") or _said(entry, "updated_parsed")
    try:
        return reading.seconds(calendar.timegm(stamp)).astimezone(UTC) if stamp else None
    except (TypeError, ValueError, OverflowError):
        return None


def _without_publisher(title: str, publisher: str, payload: Payload) -> str:
    """Google's titles end in the publisher, which the item may name as its source."""
    if publisher and title.endswith(f" - {publisher}"):
        return title.removesuffix(f" - {publisher}").strip()
    from_google = urlsplit(payload.request.url).netloc == urlsplit(GOOGLE).netloc
    return title.rpartition(" - ")[0].strip() or title if from_google and not publisher else title


def _clean(value: object) -> str:
    """Text on one line: no markup, no control characters, none that turn the direction of writing."""
    text = value[:RAW] if isinstance(value, str) else ""
    for _ in range(3):  # markup may be written as text, once or twice over
        text = html.unescape(TAG.sub(_gap, UNSEEN.sub(" ", text)))
    if TAG.search(text):
        text = text.replace("<", " ").replace(">", " ")
    kept = (sign for sign in text if unicodedata.category(sign)[0] != "C" or sign.isspace())
    return " ".join("".join(kept).split())


def _gap(tag: re.Match[str]) -> str:
    """What stands for a tag: nothing where it only marks words within a line."""
    return "" if INLINE.match(tag[0]) else " "


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _link(value: object) -> str:
    """An address of the web as it stands, or nothing: no other scheme, no user, nothing that hides its host."""
    link = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch(r"https?://[!-~]+", link) or len(link) > LINK or re.search(r"""[\\"'<>`]""", link):
        return ""
    try:
        parts = urlsplit(link)
        return link if parts.hostname and "@" not in parts.netloc else ""
    except ValueError:
        return ""
