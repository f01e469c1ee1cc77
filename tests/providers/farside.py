"""Farside's pages as they are seen: a table of funds with fees above the days and sums below them, in millions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reporter import sessions
from tests.providers import market
from tests.providers.server import Answer, Question

FUNDS = {"BTC": ("IBIT", "FBTC", "BITB", "GBTC"), "ETH": ("ETHA", "FETH", "ETHE"), "SOL": ("BSOL", "VSOL")}
KNOWN_AFTER = timedelta(hours=37)  # from the start of its day on
MINUS = "({})"


def answer(question: Question) -> Answer:
    asset = question.path.strip("/").upper()
    if question.method != "GET" or asset not in FUNDS:
        return Answer(b"<!DOCTYPE html><html><body>Page not found</body></html>", 404, "text/html")
    return Answer(page(asset, datetime.fromtimestamp(market.now(), UTC)).encode(), media_type="text/html")


def page(asset: str, now: datetime) -> str:
    """The whole page as it stands at a moment: the weekdays of sixty days, one without a session as zeroes."""
    days = list(market.sessions(now - timedelta(days=60), now))
    names = ["", *FUNDS[asset], "Total"]
    rows = [names, ["Fee", *["0.25%"] * len(FUNDS[asset]), ""], *(row(asset, day, now) for day in days)]
    rows += [["Total", *["1,234.5"] * (len(FUNDS[asset]) + 1)], ["Average", *["(1.2)"] * (len(FUNDS[asset]) + 1)]]
    body = "\n".join(f"<tr>{''.join(f'<td><span>{cell}</span></td>' for cell in cells)}</tr>" for cells in rows)
    return (
        "<!DOCTYPE html><html><head><title>Flows</title><script>if (1 < 2) document.write('<table>');</script></head>"
        f'<body><table class="menu"><tr><td>Total</td></tr></table><table class="etf wide"><tbody>{body}</tbody>'
        "</table></body></html>"
    )


def row(asset: str, day: datetime, now: datetime) -> list[str]:
    count = len(FUNDS[asset])
    if day + KNOWN_AFTER > now:
        return [f"{day:%d %b %Y}", *["-"] * count, "0.0"]
    total = market.flow(asset, day) / 1e6 if sessions.is_session(day.date()) else 0.0
    return [f"{day:%d %b %Y}", *[amount(total / count)] * count, amount(total)]


def amount(millions: float) -> str:
    text = f"{abs(millions):,.1f}"
    return MINUS.format(text) if millions < 0 and text != "0.0" else text
