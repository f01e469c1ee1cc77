"""What options price and who holds them: skew, volatility by tenor, puts against calls, the next large expiry.

All but the turnover and a skew that comes as a series is read off the first list of options taken after the week's end:
nobody keeps such lists, so what was quoted then is not known where none was taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from reporter.facts import smile
from reporter.facts.catalogue import fact
from reporter.facts.reader import Missing, Reader
from reporter.model import OptionExpiry, OptionQuote, Unit

MONTH, WEEK = 30, 7  # days to expiry
AHEAD = timedelta(days=7)
PUTS, CALLS = "option_put_volume_7d", "option_call_volume_7d"
HALF_A_WEEK = 84 * 3600
RIGHTS = ("put", "call")


# ---- volatility ------------------------------------------------------------------------------------------------------


@fact(unit=Unit.POINTS, kind="signed")
def skew_25d(read: Reader) -> float:
    """Implied volatility of the one-month 25-delta call minus that of the put at the week's close, or in the first list
    of options after it, in volatility points: negative where puts are dearer."""
    try:
        return read.last("skew_25d")
    except Missing as no_series:
        return smile.skew(_smiles(read, no_series), MONTH)


@fact(unit=Unit.POINTS, kind="signed")
def skew_25d_7d(read: Reader) -> float:
    """Implied volatility of the seven-day 25-delta call minus that of the put in the first list of options after the
    week's end, in volatility points: negative where puts are dearer."""
    return smile.skew(_smiles(read), WEEK)


@fact(unit=Unit.POINTS)
def atm_iv_30d(read: Reader) -> float:
    """Implied volatility of options at a delta of one half, thirty days from expiry (between the expiries around that,
    else of one within a third of that time), in the first list of options after the week's end, in volatility
    points."""
    return smile.atm_iv(_smiles(read), MONTH)


@fact(unit=Unit.POINTS)
def atm_iv_7d(read: Reader) -> float:
    """Implied volatility of options at a delta of one half, seven days from expiry (between the expiries around that,
    else of one within a third of that time), in the first list of options after the week's end, in volatility
    points."""
    return smile.atm_iv(_smiles(read), WEEK)


@fact(unit=Unit.POINTS, kind="signed")
def iv_term_slope(read: Reader) -> float:
    """Thirty-day minus seven-day implied volatility at a delta of one half, in the first list of options after the
    week's end, in volatility points: negative where the near term is dearer."""
    found = _smiles(read)
    return smile.atm_iv(found, MONTH) - smile.atm_iv(found, WEEK)


def _smiles(read: Reader, no_series: Missing | None = None) -> tuple[smile.Smile, ...]:
    """The smiles of the list; without one, the reason why there is no series either."""
    try:
        quotes = read.items(OptionQuote)
    except Missing as no_list:
        raise no_series or no_list from None
    return smile.smiles(quotes)


# ---- puts against calls ----------------------------------------------------------------------------------------------


@fact(unit=Unit.RATIO)
def put_call_open_interest(read: Reader) -> float:
    """Open interest in puts over that in calls, both in coins, of the expiries that list both, in the first list of
    options after the week's end. It cannot show whether they were bought or sold."""
    quotes = _sized(read.items(OptionQuote))
    both = {one.expiry for one in quotes if one.right == "put"} & {one.expiry for one in quotes if one.right == "call"}
    puts, calls = (_coins(one for one in quotes if one.expiry in both and one.right == right) for right in RIGHTS)
    return _ratio(puts, calls, "option_quotes: no calls are open")


@fact(unit=Unit.RATIO)
def put_call_volume_7d(read: Reader) -> float:
    """Puts over calls traded in seven days, both in coins and at the venue where most was traded; the seven days end
    when the figure was taken, half a week after the week's end at the latest."""
    puts, calls = read.listed(PUTS), read.listed(CALLS)
    venue = max(sorted(puts.keys() & calls.keys()), key=lambda name: puts[name] + calls[name], default="")
    _require_one_list(read, venue)
    return _ratio(puts[venue], calls[venue], f"{CALLS}: none were traded")


@fact(unit=Unit.USD)
def option_open_interest_usd(read: Reader) -> float:
    """Open interest in options in dollars, each coin at the forward price of its expiry, in the first list of options
    after the week's end; at the venue of that list alone."""
    return _dollars(_sized(read.items(OptionQuote)))


def _sized(quotes: Sequence[OptionQuote]) -> tuple[OptionQuote, ...]:
    """The options whose coins may be added. Raises Missing where one has no size: an unknown part is not zero."""
    unknown = sum(one.open_interest is None for one in quotes)
    if unknown:
        raise Missing(f"option_quotes: the open interest of {unknown} of {len(quotes)} options is not known")
    return tuple(quotes)


def _coins(quotes: Iterable[OptionQuote]) -> float:
    return math.fsum(one.open_interest or 0.0 for one in quotes)


def _dollars(quotes: Iterable[OptionQuote]) -> float:
    """Coins at the forward. Raises Missing where an option that somebody holds has no forward."""
    held = [one for one in quotes if one.open_interest]
    if any(one.forward is None for one in held):
        raise Missing("option_quotes: an option that is held has no forward price")
    return math.fsum((one.open_interest or 0.0) * (one.forward or 0.0) for one in held)


def _ratio(puts: float, calls: float, otherwise: str) -> float:
    if calls <= 0:
        raise Missing(otherwise)
    return puts / calls


def _require_one_list(read: Reader, venue: str) -> None:
    """Raises Missing where puts and calls do not come from one list, or its seven days are mostly not the week's."""
    used = [one for one in read.used if one.series.measure in (PUTS, CALLS) and one.series.venue == venue]
    if len({int(one.payload[0]) for one in used}) != 1:
        raise Missing(f"{PUTS}: no venue lists puts and calls together")
    if int(used[0].at[0]) > read.end + HALF_A_WEEK:
        raise Missing(f"{PUTS}: taken more than half a week after the week's end")


# ---- the next large expiry -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expiry:
    """The options of one expiry, and what is held of them in coins: option by option, or as a provider adds them up."""

    at: datetime
    coins: float
    quotes: tuple[OptionQuote, ...] = ()
    listed_max_pain: float | None = None


@fact(unit=Unit.DATE, kind="plain")
def next_expiry_date(read: Reader) -> date:
    """Day of the largest expiry of options, in coins, between the first list of options after the week's end and seven
    days after that end (UTC)."""
    return _next_expiry(read).at.date()


@fact(unit=Unit.USD)
def next_expiry_usd(read: Reader) -> float:
    """Open interest in the options of the largest expiry in the seven days after the week's end, in dollars: each coin
    at the forward price of that expiry."""
    quotes = _next_expiry(read).quotes
    if not quotes:
        raise Missing("option_expiries: no forward price is listed, so there are no dollars")
    return _dollars(quotes)


@fact(unit=Unit.PRICE, kind="plain")
def max_pain_usd(read: Reader) -> float:
    """Strike at which the options of the largest expiry in the seven days after the week's end would pay their holders
    least, quoted for reference; the lower one of two that are equal. Its value as a forecast is disputed."""
    found = _next_expiry(read)
    pain = max_pain(found.quotes) if found.quotes else found.listed_max_pain
    if pain is None:
        raise Missing(f"option_expiries: max pain of {found.at:%Y-%m-%d} is not listed")
    return pain


def _next_expiry(read: Reader) -> Expiry:
    """The largest expiry in coins of those ahead, the first of two that are equal: from the list of options, or without
    one from a list of expiries. Raises Missing where nothing is open that expires in the seven days."""
    try:
        quotes = read.items(OptionQuote)
    except Missing as no_quotes:
        found = _listed(read, no_quotes)
    else:
        found = _quoted(read, quotes)
    held = [one for one in found if one.coins > 0]
    if not held:
        raise Missing("option_quotes: nothing is open that expires in the seven days after the week's end")
    return max(held, key=lambda one: one.coins)


def _quoted(read: Reader, quotes: Iterable[OptionQuote]) -> list[Expiry]:
    """The expiries ahead by their date, from their options."""
    ahead = _sized([one for one in quotes if _is_ahead(read, one)])
    grouped = [(at, tuple(one for one in ahead if one.expiry == at)) for at in sorted({one.expiry for one in ahead})]
    return [Expiry(at, _coins(here), here) for at, here in grouped]


def _listed(read: Reader, no_quotes: Missing) -> list[Expiry]:
    """The expiries ahead by their date, as a provider adds them up; without its list the reason why there is none."""
    try:
        listed = read.items(OptionExpiry)
    except Missing:
        raise no_quotes from None
    found = []
    for one in sorted((one for one in listed if _is_ahead(read, one)), key=lambda one: one.expiry):
        if one.put_open_interest is None or one.call_open_interest is None:
            raise Missing(f"option_expiries: the open interest of {one.expiry:%Y-%m-%d} is not known")
        found.append(Expiry(one.expiry, one.put_open_interest + one.call_open_interest, (), one.max_pain))
    return found


def _is_ahead(read: Reader, one: OptionQuote | OptionExpiry) -> bool:
    """Whether it had not expired when it was listed, and does so in the seven days after the week's end."""
    return one.at < one.expiry < read.week.end + AHEAD


def max_pain(quotes: Sequence[OptionQuote]) -> float:
    """The strike, of those listed, at which the options pay least in dollars; the lowest of equals."""
    return min(sorted({one.strike for one in quotes}), key=lambda price: _payout(quotes, price))


def _payout(quotes: Iterable[OptionQuote], price: float) -> float:
    """Dollars that the options pay at a price: coins x max(S - K, 0) for calls, coins x max(K - S, 0) for puts."""
    signs = {"call": 1.0, "put": -1.0}
    return math.fsum((one.open_interest or 0.0) * max(0.0, signs[one.right] * (price - one.strike)) for one in quotes)
