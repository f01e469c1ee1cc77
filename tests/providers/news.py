"""Outlets' feeds at /<outlet>: RSS 2.0 with an item every six hours; those of Google News name the publisher."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from xml.sax.saxutils import escape

from tests.providers import market
from tests.providers.server import Answer, Question

OUTLETS = {"ambcrypto": "", "analytics-insight": "", "cryptorank": "CryptoRank", "roic-ai": "ROIC.ai"}
ITEMS = 40


def answer(question: Question) -> Answer:
    slug = question.path.strip("/")
    if question.method != "GET" or slug not in OUTLETS:
        return Answer(b"<!DOCTYPE html><html><body>Not found</body></html>", 404, "text/html")
    return Answer(feed(slug, datetime.fromtimestamp(market.now(), UTC)).encode(), media_type="application/rss+xml")


def feed(slug: str, now: datetime) -> str:
    """The feed as it stands at a moment, newest first."""
    last = now.replace(minute=0, second=0, microsecond=0)
    items = "".join(item(slug, last - timedelta(hours=6 * step), step) for step in range(ITEMS))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{slug}</title><link>https://{slug}.example/</link>{items}</channel></rss>"
    )


def item(slug: str, at: datetime, step: int) -> str:
    publisher = OUTLETS[slug]
    title = f"Bitcoin & ether: what changed by {at:%d %b %H:%M}" + (f" - {publisher}" if publisher else "")
    link = f"https://{slug}.example/{at:%Y%m%d%H}"
    if publisher:
        summary = f'<a href="{link}">{escape(title)}</a>&nbsp;<font color="#6f6f6f">{publisher}</font>'
    else:
        summary = f"<p>Traders watched <b>funding</b> and open interest, part {step}.</p>"
    source = f'<source url="https://{slug}.example">{publisher}</source>' if publisher else ""
    return (
        f"<item><title>{escape(title)}</title><link>{link}</link><pubDate>{format_datetime(at)}</pubDate>"
        f"<description>{escape(summary)}</description>{source}</item>"
    )
