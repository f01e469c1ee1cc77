"""Implied volatility by delta and tenor: against hand-made smiles, the exchange's own deltas, and scipy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from statistics import NormalDist
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator, interp1d  # type: ignore[import-untyped]
from scipy.optimize import brentq  # type: ignore[import-untyped]
from scipy.stats import norm  # type: ignore[import-untyped]

from reporter.collect import deribit
from reporter.facts import smile
from reporter.facts.reader import Missing
from reporter.facts.smile import Knot, Smile
from reporter.model import Flaw, OptionQuote
from tests import live

NOW = datetime(2025, 3, 10, 14, tzinfo=UTC)
DELTAS = (0.9, 0.8, 0.7, 0.6, 0.55, 0.45, 0.4, 0.3, 0.2, 0.1)
Right = Literal["call", "put"]


def option(strike: float, right: Right, iv: float | None, days: float = 30.0, **changes: Any) -> OptionQuote:
    """An option that somebody holds, on a forward of 100."""
    one = OptionQuote(NOW, "BTC", "deribit", f"{days}-{strike}-{right}", NOW + timedelta(days=days), strike, right, iv,
                      100.0, 1.0, None, "list")  # fmt: skip
    return replace(one, **changes)


def strike_at(delta: float, iv: float, days: float) -> float:
    """The strike on a forward of 100 whose call has a delta: K = F exp(s^2 T/2 - d1 s sqrt T)."""
    deviation = iv / 100 * math.sqrt(days / 365)
    return 100.0 * math.exp(deviation**2 / 2 - NormalDist().inv_cdf(delta) * deviation)


def chain(days: float, puts: float, calls: float, deltas: Sequence[float] = DELTAS) -> list[OptionQuote]:
    """Out-of-the-money options at some call deltas: all puts at one volatility, all calls at another."""
    found = [option(strike_at(one, puts, days), "put", puts, days) for one in deltas if one > 0.52]
    return found + [option(strike_at(one, calls, days), "call", calls, days) for one in deltas if one <= 0.52]


def flat(days: float, iv: float) -> Smile:
    (found,) = smile.smiles(chain(days, iv, iv))
    return found


# ---- one option ------------------------------------------------------------------------------------------------------


def test_a_year_has_365_days_and_time_counts_to_the_second() -> None:
    assert smile.years(option(100.0, "call", 50.0, days=365.0)) == 1.0
    later = replace(option(100.0, "call", 50.0), expiry=NOW + timedelta(seconds=3154))
    assert smile.years(later) == pytest.approx(3154 / (365 * 86_400), rel=1e-12)


def test_a_delta_by_hand() -> None:
    # 0.25 years, 50 points: s sqrt T = 0.25; d1 = ln(100/110)/0.25 + 0.125 = -0.2562; N(-0.2562) = 0.3989
    call, put = (option(110.0, right, 50.0, days=91.25) for right in ("call", "put"))
    assert smile.delta(call) == pytest.approx(0.3989, abs=5e-5)
    assert smile.delta(put) == pytest.approx(-0.6011, abs=5e-5)


@pytest.mark.parametrize(
    "changes", [{"mark_iv": None}, {"mark_iv": 0.0}, {"forward": None}, {"forward": 0.0}, {"expiry": NOW}]
)
def test_an_option_without_volatility_forward_or_time_has_no_delta(changes: dict[str, Any]) -> None:
    assert smile.delta(option(110.0, "call", 50.0, **changes)) is None
    assert smile.smiles([option(110.0, "call", 50.0, **changes)]) == ()


PRICES = st.floats(1e-6, 1e6)
MONEYNESS, POINTS, DAYS = st.floats(0.5, 2.0), st.floats(5.0, 300.0), st.floats(0.01, 400.0)


@given(MONEYNESS, POINTS, DAYS)
def test_a_call_and_a_put_of_one_strike_are_one_coin_apart(strike: float, iv: float, days: float) -> None:
    call, put = (smile.delta(option(100 * strike, right, iv, days)) for right in ("call", "put"))
    assert call is not None and put is not None
    assert call - put == pytest.approx(1.0, abs=1e-12)
    assert 0 <= call <= 1


@given(MONEYNESS, POINTS, DAYS)
def test_an_out_of_the_money_put_stands_at_one_plus_its_delta(strike: float, iv: float, days: float) -> None:
    one = option(100 * strike, "put" if strike < 1 else "call", iv, days)
    (found,) = smile.smiles([one])
    own = smile.delta(one)
    assert own is not None
    assert found.knots[0].delta == pytest.approx(own + (1 if one.right == "put" else 0), abs=1e-12)


@given(PRICES, MONEYNESS, POINTS, DAYS)
def test_a_delta_does_not_depend_on_the_size_of_prices(factor: float, strike: float, iv: float, days: float) -> None:
    one = option(100 * strike, "call", iv, days)
    scaled = replace(one, strike=one.strike * factor, forward=100.0 * factor)
    assert smile.delta(scaled) == pytest.approx(smile.delta(one), abs=1e-9)


# ---- which options ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "used"),
    [
        (option(90.0, "put", 50.0), True),
        (option(90.0, "call", 50.0), False),
        (option(110.0, "call", 50.0), True),
        (option(110.0, "put", 50.0), False),
        (option(100.0, "call", 50.0), True),
        (option(100.0, "put", 50.0), False),
        (option(90.0, "put", 50.0, open_interest=0.0), False),
        (option(90.0, "put", 50.0, open_interest=None), False),
        (option(90.0, "put", 50.0, forward=None), False),
        (option(90.0, "put", 0.0), False),
        (option(90.0, "put", None), False),
        (option(90.0, "put", 50.0, days=-1.0), False),
    ],
)
def test_options_out_of_the_money_that_somebody_holds_make_the_smile(one: OptionQuote, used: bool) -> None:
    assert bool(smile.smiles([one])) is used


def test_each_expiry_has_its_smile_by_rising_strike() -> None:
    found = smile.smiles([*chain(60, 50, 40)[::-1], *chain(30, 50, 40), option(100.0, "call", 0.0, days=1.0)])
    assert [round(one.years * 365, 6) for one in found] == [30, 60]
    for one in found:
        assert [knot.strike for knot in one.knots] == sorted(knot.strike for knot in one.knots)


def test_a_strike_that_the_forward_passed_between_two_quotes_counts_once() -> None:
    put, call = option(100.0, "put", 50.0, forward=100.5), option(100.0, "call", 48.0, forward=99.5)
    (found,) = smile.smiles([put, call])
    each = [smile.smiles([one])[0].knots[0].delta for one in (put, call)]
    assert found.knots == (Knot(100.0, math.fsum(each) / 2, 49.0),)


@given(st.permutations(chain(30, 55, 45) + chain(45, 60, 50)))
def test_the_order_of_the_list_says_nothing(quotes: list[OptionQuote]) -> None:
    assert smile.smiles(quotes) == smile.smiles(chain(30, 55, 45) + chain(45, 60, 50))


# ---- one expiry ------------------------------------------------------------------------------------------------------


def knots(*pairs: tuple[float, float]) -> Smile:
    return Smile(30 / 365, tuple(Knot(100.0 + n, delta, iv) for n, (delta, iv) in enumerate(pairs)))


def test_between_neighbours_volatility_is_linear_in_delta() -> None:
    # a quarter of the way from 0.35 to 0.15: 40 + (44 - 40) * 0.05 / 0.2 = 41
    assert smile.iv_at(knots((0.35, 40.0), (0.15, 44.0)), 0.30) == pytest.approx(41.0)


def test_a_strike_at_the_delta_itself_is_the_answer() -> None:
    assert smile.iv_at(knots((0.3, 40.0), (0.25, 44.0), (0.2, 47.0)), 0.25) == 44.0


@pytest.mark.parametrize("delta", [0.5, 0.1])
def test_nothing_is_said_beyond_the_last_strike(delta: float) -> None:
    with pytest.raises(Missing, match=f"option_quotes: no options around a call delta of {delta:.2f}"):
        smile.iv_at(knots((0.45, 40.0), (0.35, 40.0), (0.15, 44.0)), delta)


def test_nothing_is_said_between_strikes_far_apart() -> None:
    assert smile.iv_at(knots((0.60, 40.0), (0.36, 44.0)), 0.5)
    with pytest.raises(Missing, match="no options around"):
        smile.iv_at(knots((0.62, 40.0), (0.36, 44.0)), 0.5)


def test_strikes_that_contradict_each_other_say_nothing_there_and_something_elsewhere() -> None:
    crossed = knots((0.6, 40.0), (0.45, 41.0), (0.55, 90.0), (0.4, 42.0), (0.2, 44.0))
    with pytest.raises(Missing, match=r"option_quotes: contradicting options around a call delta of 0.50"):
        smile.iv_at(crossed, 0.5)
    assert smile.iv_at(crossed, 0.3) == pytest.approx(43.0)


def test_no_smile_and_one_strike_say_nothing() -> None:
    for one in (Smile(0.1, ()), knots((0.3, 40.0))):
        with pytest.raises(Missing, match="no options"):
            smile.iv_at(one, 0.25)


# ---- a tenor ---------------------------------------------------------------------------------------------------------


def test_between_two_expiries_variance_is_linear_in_time() -> None:
    # (40^2 * 20 + 50^2 * 40) / 2 = 66,000 point-days at day 30, sqrt(66,000 / 30) = 46.904; linear in points were 45
    found = [flat(20, 40.0), flat(40, 50.0)]
    assert smile.atm_iv(found, 30) == pytest.approx(46.904, abs=5e-4)


def test_the_nearest_expiry_on_each_side_speaks() -> None:
    found = [flat(12, 90.0), flat(25, 40.0), flat(35, 40.0), flat(80, 90.0)]
    assert smile.atm_iv(found, 30) == pytest.approx(40.0)


def test_an_expiry_on_the_day_speaks_alone() -> None:
    assert smile.atm_iv([flat(20, 90.0), flat(30, 45.0), flat(40, 90.0)], 30) == pytest.approx(45.0)


@pytest.mark.parametrize(("days", "tenor"), [(20.1, 30), (39.9, 30), (4.7, 7), (9.3, 7)])
def test_one_expiry_within_a_third_of_the_tenor_stands_for_it(days: float, tenor: float) -> None:
    assert smile.atm_iv([flat(days, 45.0)], tenor) == pytest.approx(45.0)


@pytest.mark.parametrize(("days", "tenor"), [(19.9, 30), (40.1, 30), (4.6, 7), (9.4, 7), (0.03, 7)])
def test_one_expiry_further_off_does_not(days: float, tenor: float) -> None:
    with pytest.raises(Missing, match=f"no expiry near {tenor} days has options around a call delta of 0.50"):
        smile.atm_iv([flat(days, 45.0)], tenor)


def test_a_neighbour_more_than_three_times_off_is_none() -> None:
    hour, month = flat(1 / 24, 300.0), flat(30, 50.0)
    with pytest.raises(Missing, match="no expiry near 7 days"):
        smile.atm_iv([hour, month], 7)
    assert smile.atm_iv([flat(25, 44.0), flat(95, 90.0)], 30) == pytest.approx(44.0)


def test_an_expiry_without_one_of_the_deltas_speaks_for_neither() -> None:
    """Else the call would be of one expiry and the put of another."""
    (calls_only,) = smile.smiles([one for one in chain(29, 90, 90) if one.right == "call"])
    found = [flat(20, 40.0), calls_only, flat(40, 40.0)]
    assert smile.ivs_for(found, 30, 0.25, 0.75) == pytest.approx((40.0, 40.0))
    assert smile.ivs_for(found, 30, 0.25)[0] > 60


@pytest.mark.parametrize("right", ["call", "put"])
def test_quotes_of_one_side_have_no_skew(right: str) -> None:
    quotes = [one for one in chain(30, 50, 50) if one.right == right]
    with pytest.raises(Missing, match=r"near 30 days has options around a call delta of 0.25 and 0.75"):
        smile.skew(smile.smiles(quotes), 30)


def test_the_skew_is_call_minus_put() -> None:
    assert smile.skew(smile.smiles(chain(30, puts=55, calls=50)), 30) == pytest.approx(-5.0)
    assert smile.skew(smile.smiles(chain(30, puts=50, calls=53)), 30) == pytest.approx(3.0)


def test_an_expiry_of_this_hour_is_read_and_leaves_the_month_as_it_is() -> None:
    hour = [
        option(99.9, "put", 400.0, days=1 / 48),
        option(100.1, "call", 0.0, days=1 / 48),
        option(101.0, "call", 900.0, days=1 / 48),
        option(150.0, "call", 5000.0, days=1 / 86_400),
    ]
    found = smile.smiles([*hour, *chain(25, 55, 50), *chain(35, 55, 50)])
    assert len(found) == 4
    assert all(0 <= knot.delta <= 1 for near in found[:2] for knot in near.knots)
    assert smile.skew(found, 30) == pytest.approx(-5.0)


@given(st.floats(5, 300), st.lists(st.floats(10.0, 90.0), min_size=1, max_size=4, unique=True))
def test_a_flat_smile_has_no_skew(iv: float, expiries: list[float]) -> None:
    found = [flat(days, iv) for days in sorted(expiries)]
    try:
        call, put = smile.ivs_for(found, 30, 0.25, 0.75)
    except Missing:
        assert all(abs(days - 30) > 10 for days in expiries)
    else:
        assert (call - put, call) == pytest.approx((0.0, iv), abs=1e-9)


@given(PRICES, st.floats(30.0, 120.0), st.floats(30.0, 120.0))
def test_the_skew_does_not_depend_on_the_size_of_prices(factor: float, puts: float, calls: float) -> None:
    quotes = chain(25, puts, calls) + chain(40, puts, calls)
    scaled = [replace(one, strike=one.strike * factor, forward=100.0 * factor) for one in quotes]
    before, after = (smile.skew(smile.smiles(several), 30) for several in (quotes, scaled))
    assert after == pytest.approx(before, abs=1e-6)


# ---- against scipy ---------------------------------------------------------------------------------------------------
# Nothing below calls the module under test for the expected value: normal distribution, strike of a delta, smooth
# interpolation in log strike and the constant tenor are scipy's.


def scipy_delta(forward: float, strike: float, iv: float, years: float) -> float:
    deviation = iv / 100 * math.sqrt(years)
    return float(norm.cdf((math.log(forward / strike) + deviation**2 / 2) / deviation))


def scipy_iv(quotes: Sequence[OptionQuote], target: float) -> tuple[float, float]:
    """Years and volatility at a call delta: a monotone cubic through all out-of-the-money options in log strike, and
    the strike at which it has that delta."""
    used = sorted((q for q in quotes if q.forward and (q.strike < q.forward) == (q.right == "put")),
                  key=lambda q: q.strike)  # fmt: skip
    years = (used[0].expiry - used[0].at).total_seconds() / 31_536_000
    forward = used[0].forward or 0.0
    curve = PchipInterpolator([math.log(q.strike) for q in used], [q.mark_iv for q in used])
    low, high = math.log(used[0].strike), math.log(used[-1].strike)
    at = brentq(lambda x: scipy_delta(forward, math.exp(x), float(curve(x)), years) - target, low, high, xtol=1e-12)
    return years, float(curve(at))


def scipy_tenor(expiries: Sequence[Sequence[OptionQuote]], days: float, target: float) -> float:
    years, ivs = zip(*(scipy_iv(quotes, target) for quotes in expiries), strict=True)
    variance = interp1d(years, np.array(ivs) ** 2 * np.array(years))(days / 365)
    return math.sqrt(float(variance) / (days / 365))


def listed(days: float, level: float, lean: float, bend: float) -> list[OptionQuote]:
    """Puts and calls as an exchange lists them: round strikes 2 apart on a forward near 100, volatility to two places,
    of the form level + lean k + bend k^2 with k the distance in standard deviations, flatter far out."""
    forward = 100.0 * math.exp(0.06 * days / 365)
    deviation = level / 100 * math.sqrt(days / 365)
    found = []
    for strike in np.arange(40.0, 240.0, 2.0 if days > 14 else 1.0):
        far = 3.0 * math.tanh(math.log(strike / forward) / deviation / 3.0)
        iv = round(level + lean * far + bend * far * far, 2)
        found += [option(float(strike), right, iv, days, forward=forward) for right in ("call", "put")]
    return found


CHAINS = [  # level, lean and bend of the near expiry, then of the far one
    ((38.0, -1.5, 1.0), (42.0, -1.0, 0.8)),
    ((62.0, -4.5, 1.6), (58.0, -3.0, 1.3)),
    ((55.0, 3.0, 1.2), (57.0, 2.0, 1.0)),
    ((95.0, -8.0, 2.5), (75.0, -5.0, 2.0)),
]


@pytest.mark.parametrize(("near", "far"), CHAINS)
@pytest.mark.parametrize(("tenor", "first", "second"), [(30, 18.75, 46.75), (7, 3.75, 10.75)])
def test_the_skew_of_a_listed_chain_agrees_with_scipy(
    near: tuple[float, float, float], far: tuple[float, float, float], tenor: float, first: float, second: float
) -> None:
    expiries = [listed(first, *near), listed(second, *far)]
    found = smile.smiles(expiries[0] + expiries[1])
    call, atm, put = (scipy_tenor(expiries, tenor, target) for target in (0.25, 0.5, 0.75))
    assert smile.skew(found, tenor) == pytest.approx(call - put, abs=0.1)
    assert smile.atm_iv(found, tenor) == pytest.approx(atm, abs=0.1)


# ---- against what the exchange publishes -----------------------------------------------------------------------------


SOON_AFTER = datetime(2026, 9, 20, 23, tzinfo=UTC)  # the tickers were recorded that evening


def read_as_book(asset: str, tickers: Sequence[Mapping[str, Any]]) -> list[OptionQuote]:
    """Tickers as the collector reads a book of them, which has the same names and fields and a moment of its own."""
    chosen: dict[str, Any] = {"assets": ("BTC", "XRP"), "currencies": ("BTC", "XRP")}
    rows = [{**ticker, "creation_timestamp": ticker["timestamp"]} for ticker in tickers]
    one = live.payload("deribit", f"options/{asset}", {"result": rows}, **chosen)
    read = list(deribit.parse(replace(one, fetched_at=SOON_AFTER), live.settings("deribit", **chosen)))
    assert not [each for each in read if isinstance(each, Flaw)]
    return [each for each in read if isinstance(each, OptionQuote)]


def recorded_tickers(real_data: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = live.recorded(real_data, "deribit_recorded/option_tickers")["result"]
    return found


def recorded_quotes(real_data: Path) -> dict[str, tuple[OptionQuote, float]]:
    """Recorded tickers as the collector reads them, with the delta that the exchange published beside each."""
    found: dict[str, tuple[OptionQuote, float]] = {}
    for name, ticker in recorded_tickers(real_data).items():
        (quote,) = read_as_book(name.partition("-")[0].partition("_")[0], [ticker])
        found[name] = quote, ticker["greeks"]["delta"]
    return found


def unsure(quote: OptionQuote) -> float:
    """How far a delta may move by what is not printed: the exchange computes it from more digits of volatility (two
    are printed) and of the forward (two of bitcoin's, four of XRP's), at a moment within the second of the stamp, and
    prints five digits of it."""
    assert quote.forward and quote.mark_iv
    years, last = smile.years(quote), 0.005 if quote.forward > 1000 else 0.00005
    exact = scipy_delta(quote.forward, quote.strike, quote.mark_iv, years)
    moved = (scipy_delta(quote.forward + forward, quote.strike, quote.mark_iv + iv, years - second / 31_536_000)
             for forward, iv, second in product((-last, last), (-0.005, 0.005), (0, 1)))  # fmt: skip
    return 5e-6 + max(abs(one - exact) for one in moved)


def test_every_recorded_delta_is_the_one_that_the_exchange_publishes(real_data: Path) -> None:
    """All of the recorded options are far from the money or deep in it: the six of XRP are those that tell."""
    found = recorded_quotes(real_data)
    assert len(found) == 12
    for name, (quote, published) in found.items():
        assert unsure(quote) < 0.0001
        assert smile.delta(quote) == pytest.approx(published, abs=unsure(quote)), name
    telling = [published for name, (_, published) in found.items() if name.startswith("XRP")]
    assert [one for one in telling if 0.003 < abs(one) < 0.997] == telling
    assert len(telling) == 6


SMILES = [  # level, lean and bend around the recorded volatility, of the near expiry and of the far one
    ((0.0, -4.5, 1.6), (-4.0, -3.0, 1.3)),
    ((-20.0, 2.0, 0.9), (-18.0, 1.5, 0.8)),
    ((30.0, -9.0, 2.5), (10.0, -6.0, 2.0)),
]


@pytest.mark.parametrize(("near", "far"), SMILES)
def test_the_skew_of_a_book_in_the_form_of_the_recorded_tickers_agrees_with_scipy(
    real_data: Path, near: tuple[float, float, float], far: tuple[float, float, float]
) -> None:
    """Fields, forward, volatility and size are a recorded ticker's; strikes and expiries are those that are listed.
    Thirty days after it lie between October 2 and October 30."""
    recorded = recorded_tickers(real_data)["BTC-21SEP26-70000-P"]
    books = [booked(recorded, "2OCT26", 11.44, *near), booked(recorded, "30OCT26", 39.44, *far)]
    expiries = [read_as_book("BTC", book) for book in books]
    assert [len(one) for one in expiries] == [len(book) for book in books]
    found = smile.smiles(read_as_book("BTC", [row for book in books for row in book]))
    call, put = (scipy_tenor(expiries, 30, target) for target in (0.25, 0.75))
    assert smile.skew(found, 30) == pytest.approx(call - put, abs=0.1)
    assert abs(call - put) > 1  # so that no skew at all would be seen


def booked(recorded: Mapping[str, Any], expiry: str, days: float, *form: float) -> list[dict[str, Any]]:
    """Tickers of an expiry, made from a recorded one: a put and a call at each strike with one volatility, as the
    exchange marks them."""
    level, lean, bend = form
    forward = round(recorded["underlying_price"] * math.exp(0.05 * days / 365), 2)
    deviation = recorded["mark_iv"] / 100 * math.sqrt(days / 365)
    found = []
    for strike in range(40_000, 160_000, 1000):
        far = 3.0 * math.tanh(math.log(strike / forward) / deviation / 3.0)
        iv = round(recorded["mark_iv"] + level + lean * far + bend * far * far, 2)
        for right in "CP":
            own = {"instrument_name": f"BTC-{expiry}-{strike}-{right}", "mark_iv": iv, "underlying_price": forward}
            found.append({**recorded, **own})
    return found


def test_recorded_deltas_agree_with_scipy(real_data: Path) -> None:
    for quote, _ in recorded_quotes(real_data).values():
        assert quote.forward and quote.mark_iv
        years = (quote.expiry - quote.at).total_seconds() / 31_536_000
        expected = scipy_delta(quote.forward, quote.strike, quote.mark_iv, years) - (quote.right == "put")
        assert smile.delta(quote) == pytest.approx(expected, abs=1e-12)


def test_recorded_volatilities_agree_with_scipy_and_say_nothing_of_25_delta(real_data: Path) -> None:
    """Three puts far below the forward are recorded. Nobody held them: they are taken here as if somebody did."""
    quotes = [replace(quote, open_interest=1.0) for quote, _ in recorded_quotes(real_data).values()
              if quote.asset == "XRP"]  # fmt: skip
    (found,) = smile.smiles(quotes)
    puts = [quote for quote in quotes if quote.right == "put"]
    deltas = [scipy_delta(q.forward or 0, q.strike, q.mark_iv or 0, (q.expiry - q.at).total_seconds() / 31_536_000)
              for q in puts]  # fmt: skip
    line = interp1d(deltas, [q.mark_iv for q in puts])
    for target in (0.97, 0.975, 0.98, 0.99):
        assert smile.iv_at(found, target) == pytest.approx(float(line(target)), abs=1e-6)
    with pytest.raises(Missing, match=r"no options around a call delta of 0.75"):
        smile.iv_at(found, smile.PUT_25)
