"""The words that every output must carry: fixed in code, so that no template and no setting can drop or soften them."""

from __future__ import annotations

HEADING = "Disclaimer"

PARAGRAPHS = (
    "The information published by {publisher} is provided for educational and informational purposes only. It does not "
    "constitute financial, investment, or trading advice, nor a recommendation to buy, sell, or hold any asset.",
    "Cryptocurrencies and their derivatives carry a high risk, and trading them may result in the loss of all the "
    "money invested. Past behaviour of a market says nothing certain about its future.",
    "Always do your own research, and consult a qualified financial adviser before making any investment decision.",
)

NOTICE = "Illustrative data: this note was made from simulated figures and describes no real market."


def paragraphs(publisher: str) -> tuple[str, ...]:
    """The disclaimer in full, in the publisher's name."""
    return tuple(text.format(publisher=publisher) for text in PARAGRAPHS)


def notice(illustrative: bool) -> str:
    """The line that stands on every page of a note made from simulated data; empty for a note from real data."""
    return NOTICE if illustrative else ""
