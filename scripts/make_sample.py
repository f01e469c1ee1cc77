"""Makes the embedded sample: a plan of 62 weeks and a fixed seed go in, files of simulated market data come out.

Nothing here is, or is derived from, real data: prices are a random walk with changing volatility, bent so that it
passes through the planned turning points, and everything else follows from prices, leverage and chance as an analyst
would expect it to. The last week is a flush: prices fall, longs are closed by force, funding goes flat.

numpy may change its random streams between versions: the committed files are the sample, this is how they were made.

    python scripts/make_sample.py [FOLDER]
"""

from __future__ import annotations

import gzip
import json
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from reporter.collect import sample
from reporter.series import FORMS
from reporter.sessions import is_session

SEED = 1807
FOLDER = Path(__file__).parents[1] / "reporter" / "collect" / "sample_data"
ABOUT = "Simulated data, part of this program: no market ever traded at these prices."
Array = npt.NDArray[np.float64]

# ---- the plan --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Turn:
    """From this day on a volatility; on it a mood (what longs pay shorts in a year), and BTC's, ETH's and SOL's
    levels."""

    day: str
    volatility: float
    mood: float
    prices: tuple[float, float, float]
    coins: tuple[float, float, float]


TURNS = (
    Turn("2024-12-09", 0.31, 0.085, (61_800, 2_410, 118), (566e3, 8.1e6, 32e6)),  # a calm market
    Turn("2025-02-10", 0.42, 0.09, (64_600, 2_540, 127), (587e3, 8.5e6, 34e6)),  # a rally on borrowed money
    Turn("2025-05-05", 0.55, 0.24, (91_300, 3_905, 214), (716e3, 11.3e6, 47e6)),  # its washout
    Turn("2025-05-12", 0.33, 0.05, (82_300, 3_330, 178), (671e3, 10.4e6, 42.8e6)),  # a slow bleed
    Turn("2025-08-11", 0.30, 0.045, (72_400, 2_690, 131), (622e3, 9.4e6, 38e6)),  # a base
    Turn("2025-09-15", 0.42, 0.09, (74_300, 2_795, 136), (650e3, 10.2e6, 41e6)),  # a smaller flush
    Turn("2025-09-22", 0.34, 0.015, (68_300, 2_470, 117), (622e3, 9.6e6, 38.5e6)),  # shorts crowd in
    Turn("2025-10-13", 0.50, -0.03, (67_200, 2_415, 114), (668e3, 10.3e6, 42e6)),  # and are squeezed
    Turn("2025-10-20", 0.38, 0.07, (76_100, 2_890, 141), (632e3, 9.7e6, 39e6)),  # a second rally, on less leverage
    Turn("2025-12-08", 0.38, 0.13, (88_700, 3_330, 163), (676e3, 11.0e6, 44.5e6)),  # it fades
    Turn("2026-01-26", 0.42, 0.07, (81_900, 2_870, 134), (662e3, 10.7e6, 43e6)),  # nerves
    Turn("2026-02-09", 0.26, 0.05, (76_418.55, 2_531.8, 115.24), (668_214, 10.904e6, 43.617e6)),  # the week of the note
    Turn("2026-02-16", 0.26, 0.01, (70_046.31, 2_303.47, 103.62), (636_731, 10.419e6, 41.703e6)),
)
FIRST = date.fromisoformat(TURNS[0].day)
TURN_DAYS = np.array([(date.fromisoformat(turn.day) - FIRST).days for turn in TURNS])
DAYS = int(TURN_DAYS[-1])
DATES = tuple(FIRST + timedelta(days=n) for n in range(DAYS))
PRICES, COINS = np.array([turn.prices for turn in TURNS]).T, np.array([turn.coins for turn in TURNS]).T
WEEKEND = np.array([day.weekday() >= 5 for day in DATES])
SESSIONS = np.array([n for n, day in enumerate(DATES) if is_session(day)])
SESSION_TIMES = [f"{day}T00:00Z" for day in DATES if is_session(day)]
LAST_WEEK = slice(DAYS - 7, DAYS)

# Days on which the market jumps: the log return of bitcoin and the log change of open interest in coins.
# fmt: off
JUMPS: Mapping[str, tuple[float, float]] = {
    "2025-01-13": (-0.038, -0.012), "2025-03-18": (-0.052, -0.024), "2025-04-09": (0.051, 0.016),
    "2025-05-07": (-0.064, -0.030), "2025-05-08": (-0.030, -0.020), "2025-06-19": (-0.036, -0.010),
    "2025-09-17": (-0.053, -0.026), "2025-10-14": (0.052, -0.024), "2025-10-15": (0.027, -0.012),
    "2025-11-20": (-0.041, -0.014), "2026-01-14": (-0.043, -0.016), "2026-02-03": (-0.037, -0.009),
    "2026-02-11": (-0.061, -0.031), "2026-02-12": (-0.044, -0.026), "2026-02-13": (0.027, 0.001),
}
# fmt: on
JUMP_DAYS = np.array([day.isoformat() in JUMPS for day in DATES])
PRICE_JUMPS, COIN_JUMPS = np.array([JUMPS.get(day.isoformat(), (0.0, 0.0)) for day in DATES]).T


@dataclass(frozen=True)
class Plan:
    """How one asset differs: its column of the turns, its sizes in dollars and its funding beside the market's mood."""

    ticker: str
    column: int
    beta: float
    own_volatility: float  # beside beta, a multiple of bitcoin's
    spot_volume: float
    perp_to_spot: float
    accounts: float  # long accounts for each short one
    mood: float  # annual funding beside the market's
    flat: float  # mean annual funding of the last week
    flow_size: float = 0.0  # of its funds' session, in millions; none where there are no funds
    last_flows: tuple[float, ...] = ()  # of the last week's sessions, in millions


PLANS = (
    Plan("BTC", 0, 1.0, 0.0, 9.4e9, 5.2, 1.25, 0.0, 0.0113, 190.0, (-118.0, -176.4, -341.8, -252.6, 164.9)),
    Plan("ETH", 1, 1.22, 0.79, 5.1e9, 6.1, 2.1, -0.008, 0.0064, 52.0, (-21.5, -46.2, -97.7, -38.1, 29.3)),
    Plan("SOL", 2, 1.34, 1.16, 1.9e9, 4.4, 2.7, -0.02, 0.0031),
)
CLOSED = {"long": 1.473_862e9, "short": 0.428_417e9}  # by force in the last week, all assets together, in dollars


# ---- chance ----------------------------------------------------------------------------------------------------------


def chance(*name: str) -> np.random.Generator:
    """A stream of its own for each series, so that a change to one leaves the others as they are."""
    return np.random.Generator(np.random.PCG64([SEED, zlib.crc32("/".join(name).encode())]))


def decayed(shocks: Array, keep: float, level: float) -> Array:
    """The path of a level that keeps this part of itself each step, and takes the shock."""
    path = np.empty(len(shocks))
    for n, shock in enumerate(shocks):
        path[n] = level = keep * level + shock
    return path


def wander(rng: np.random.Generator, size: int, persistence: float, deviation: float) -> Array:
    """A first-order autoregression around zero whose values have this standard deviation."""
    shocks = rng.standard_normal(size) * deviation * np.sqrt(1 - persistence**2)
    return decayed(shocks, persistence, rng.standard_normal() * deviation)


def bridged(steps: Array, levels: Array, weights: Array) -> Array:
    """The log path of `steps` bent, by weight and not on days of jumps, through `levels` at the turns; one longer."""
    bent, weights = steps.copy(), np.where(JUMP_DAYS, 0.0, weights)
    for n, (first, end) in enumerate(pairwise(TURN_DAYS)):
        span = slice(first, end)
        miss = np.log(levels[n + 1] / levels[n]) - bent[span].sum()
        bent[span] += miss * weights[span] / weights[span].sum()
    return np.asarray(np.log(levels[0]) + np.concatenate(([0.0], bent.cumsum())))


def smoothed(values: Array, halflife: float) -> Array:
    """Exponentially weighted means that begin at the mean of the first month."""
    keep = 0.5 ** (1 / halflife)
    return decayed((1 - keep) * values, keep, float(values[:30].mean()))


def rounded(values: Array, places: int = 0) -> Array:
    return np.asarray(np.round(values, places), dtype=np.float64)


def trailing_return(closes: Array, days: int) -> Array:
    """Log return over so many days, over fewer at the beginning."""
    logs: Array = np.log(closes)
    return logs - logs[np.maximum(np.arange(len(logs)) - days, 0)]


# ---- the market ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Market:
    """One asset's simulated days; `marks` and `coins` hold the closing Monday too, `funding` three values a day."""

    plan: Plan
    marks: Array
    highs: Array
    lows: Array
    coins: Array
    funding: Array

    @property
    def opens(self) -> Array:
        return self.marks[:-1]

    @property
    def closes(self) -> Array:
        return self.marks[1:]

    @property
    def open_interest(self) -> Array:
        return rounded(self.coins * self.marks)

    @property
    def annual_funding(self) -> Array:
        return np.asarray(self.funding.reshape(-1, 3).sum(axis=1) * 365)


def fat_tailed(rng: np.random.Generator, deviation: Array) -> Array:
    """Independent steps of these standard deviations from a Student t with five degrees of freedom, cut at three."""
    return np.asarray(np.clip(rng.standard_t(5, len(deviation)) * np.sqrt(3 / 5), -3, 3) * deviation)


def price_path(plan: Plan, lead: Array, deviation: Array) -> Array:
    """Marks at each midnight, rounded to cents, the closing Monday included."""
    steps = plan.beta * lead + fat_tailed(chance("price", plan.ticker), deviation * plan.own_volatility)
    return rounded(np.exp(bridged(steps, PRICES[plan.column], deviation**2)), 2)


def ranges(plan: Plan, marks: Array, deviation: Array) -> tuple[Array, Array]:
    """Highs and lows of each day, from a bridge of half hours between its two marks."""
    moves = np.diff(np.log(marks))
    size = np.maximum(np.hypot(plan.beta, plan.own_volatility) * deviation, 0.6 * np.abs(moves)) * 1.1
    shocks = chance("range", plan.ticker).standard_normal((len(moves), 48)) * size[:, None] / np.sqrt(48)
    walk = shocks.cumsum(axis=1)
    path = walk + (moves - walk[:, -1])[:, None] * np.arange(1, 49) / 48
    highs, lows = (rounded(marks[:-1] * np.exp(edge), 2) for edge in (path.max(axis=1), path.min(axis=1)))
    return np.maximum.reduce([highs, marks[:-1], marks[1:]]), np.minimum.reduce([lows, marks[:-1], marks[1:]])


def coin_path(plan: Plan, moves: Array) -> Array:
    """Open interest in coins at each midnight: it drifts with the plan, follows rallies a little and drops on jumps."""
    noise = chance("coins", plan.ticker).standard_normal(DAYS) * 0.008
    steps = np.where(JUMP_DAYS, COIN_JUMPS * plan.beta**0.5 + noise / 4, noise + 0.12 * moves)
    return rounded(np.exp(bridged(steps, COINS[plan.column], np.ones(DAYS))), 2)


def funding_path(plan: Plan, closes: Array) -> Array:
    """Three settlements a day: the mood, recent returns and chance; the last week's mean as planned."""
    days = np.arange(DAYS * 3) / 3
    mood = np.interp(days, TURN_DAYS, [turn.mood for turn in TURNS]) + plan.mood
    chase = np.repeat(0.25 * trailing_return(closes, 3), 3)
    noise = wander(chance("funding", plan.ticker), DAYS * 3, 0.82, 0.028)
    annual = np.clip(mood + chase + noise, -0.25, 0.60)
    annual[-21:] += plan.flat - annual[-21:].mean()
    return settled(annual)


def settled(annual: Array) -> Array:
    """Rates for eight hours; those near the venues' default of one basis point are exactly that."""
    rates = np.where((annual > 0.09) & (annual < 0.135), 1e-4, annual / 1095)
    return rounded(np.where(np.abs(rates) < 5e-8, 5e-8, rates), 8)


def simulate() -> tuple[Market, ...]:
    """The three assets; bitcoin leads and the others follow with their betas. Weekends are calmer."""
    regime = np.repeat([turn.volatility for turn in TURNS[:-1]], np.diff(TURN_DAYS)) / np.sqrt(365)
    deviation = regime * np.where(WEEKEND, 0.68, 1.1) * np.exp(wander(chance("volatility"), DAYS, 0.93, 0.22))
    steps = np.where(JUMP_DAYS, PRICE_JUMPS, fat_tailed(chance("lead"), deviation))
    lead = np.diff(bridged(steps, PRICES[0], deviation**2))
    return tuple(market(plan, lead, deviation) for plan in PLANS)


def market(plan: Plan, lead: Array, deviation: Array) -> Market:
    marks = price_path(plan, lead, deviation)
    coins, funding = coin_path(plan, np.diff(np.log(marks))), funding_path(plan, marks[1:])
    return Market(plan, marks, *ranges(plan, marks, deviation), coins, funding)


# ---- what follows from it --------------------------------------------------------------------------------------------


def closed_by_force(each: Market, side: str) -> Array:
    """Dollars of longs (or shorts) closed a day: by the day's worst price, the fall of open interest and crowding."""
    against = 1 - each.lows / each.opens if side == "long" else each.highs / each.opens - 1
    lost = np.maximum(-np.diff(np.log(each.coins)) - 0.01, 0) * ((each.closes < each.opens) == (side == "long"))
    crowd = np.clip((smoothed(each.annual_funding, 4) - 0.05) * (1.5 if side == "long" else -5), -0.4, 0.5)
    noise = chance("liquidations", side, each.plan.ticker).standard_normal(DAYS) * 0.22
    share = (6e-5 + 0.15 * against**1.5 + 0.24 * lost) * np.exp(crowd + noise)
    return np.asarray(each.open_interest[:-1] * share)


def liquidations(markets: Sequence[Market], side: str, total: float) -> tuple[Array, ...]:
    """Each asset's days; those of the last week are scaled, together, to `total`."""
    days = np.array([closed_by_force(each, side) for each in markets])
    days[:, LAST_WEEK] *= total / days[:, LAST_WEEK].sum()
    return tuple(rounded(each) for each in days)


def turnover(each: Market) -> tuple[Array, Array]:
    """Dollars traded a day, spot and perpetual: more on wide days and after jumps, less on weekends."""
    span: Array = np.log(each.highs / each.lows)
    wide = (span / np.median(span)) ** 0.6 * np.where(WEEKEND, 0.66, 1.12) * np.sqrt(each.closes / each.closes.mean())
    stir = 1 + 12 * decayed(np.abs(PRICE_JUMPS), 0.6, 0.0)
    noise = np.exp(wander(chance("volume", each.plan.ticker), DAYS, 0.6, 0.16))
    spot = each.plan.spot_volume * wide * stir * noise
    gear = 1 + 0.9 * smoothed(each.annual_funding, 10) + wander(chance("gear", each.plan.ticker), DAYS, 0.8, 0.06)
    return rounded(spot), rounded(spot * each.plan.perp_to_spot * gear)


def flows(each: Market) -> Array:
    """Dollars a session: flows persist, follow recent returns and lean back to a small inflow."""
    size = each.plan.flow_size
    pull = size * (0.12 + 7.5 * trailing_return(each.closes, 5))[np.maximum(SESSIONS - 1, 0)]
    news = np.clip(chance("flows", each.plan.ticker).standard_t(5, len(SESSIONS)), -4, 4)
    values = decayed(0.58 * pull + 0.8 * size * news, 0.42, 0.0)
    values[-len(each.plan.last_flows) :] = each.plan.last_flows
    return rounded(rounded(values, 1) * 1e6)


def options(each: Market) -> tuple[Array, Array]:
    """Implied volatility: realised and a premium, more after falls. Skew, call minus put: less when that is high."""
    ticker, moves = each.plan.ticker, np.diff(np.log(each.marks))
    realised = np.sqrt(smoothed(moves**2, 9) * 365) * 100
    fright = 75 * np.maximum(-trailing_return(each.closes, 6), 0)
    volatility = rounded(13 + 0.72 * realised + fright + wander(chance("dvol", ticker), DAYS, 0.92, 1.6), 2)
    nerves = (volatility - np.median(volatility)) * 0.08 - 45 * np.minimum(trailing_return(each.closes, 5), 0)
    chase = 18 * smoothed(trailing_return(each.closes, 10), 3)
    return volatility, rounded(chase - nerves - 1.6 + wander(chance("skew", ticker), DAYS, 0.85, 0.7), 2)


def account_ratio(each: Market) -> Array:
    """Long accounts for each short one at midnight, the closing Monday included: crowds buy dips and sell rallies."""
    noise = wander(chance("accounts", each.plan.ticker), DAYS + 1, 0.94, 0.13)
    return rounded(each.plan.accounts * np.exp(noise - 1.8 * trailing_return(each.marks, 7)), 4)


def fear_and_greed(lead: Market, volatility: Array) -> Array:
    """A whole number from 5 to 89 that follows returns over two weeks and a quarter, and volatility."""
    trend = 140 * trailing_return(lead.closes, 14) + 95 * trailing_return(lead.closes, 75)
    calm = 0.45 * (volatility - np.median(volatility))
    mood = smoothed(trend - calm, 3) + wander(chance("fear"), DAYS, 0.6, 3.0)
    return rounded(np.clip(45 + 44 * np.tanh(mood / 44), 5, 95))


def basis(each: Market) -> tuple[Array, Array]:
    """Of three months, an annual rate: what money costs and a part of funding; of one month, a fraction of spot."""
    slow = wander(chance("basis", each.plan.ticker), DAYS, 0.93, 0.006)
    quick = wander(chance("front", each.plan.ticker), DAYS, 0.7, 2.5e-4)
    annual = rounded(0.039 + 0.42 * smoothed(each.annual_funding, 6) + slow, 5)
    return annual, rounded((0.6 * annual + 0.4 * smoothed(each.annual_funding, 2)) * 30 / 365 + quick, 6)


# ---- files -----------------------------------------------------------------------------------------------------------


def columns(each: Market) -> dict[str, Array]:
    """The series that every asset has, by `measure/asset/venue`."""
    spot, perp = turnover(each)
    annual, month = basis(each)
    noise = wander(chance("venue-b", each.plan.ticker), DAYS * 3, 0.7, 0.012)
    names = {
        "price_open/{}/all": each.opens,
        "price_high/{}/all": each.highs,
        "price_low/{}/all": each.lows,
        "price_close/{}/all": each.closes,
        "spot_volume/{}/all": spot,
        "perp_volume/{}/all": perp,
        "open_interest/{}/all": each.open_interest,
        "open_interest_coins/{}/all": each.coins,
        "funding/{}/venue-a": each.funding,
        "funding/{}/venue-b": settled(each.funding * 1095 * 0.93 + noise),
        "funding_oi_weighted/{}/all": rounded(each.annual_funding / 1095 * 0.94, 8),
        "basis/{}/all": month,
        "basis_apr/{}/all": annual,
        "long_short_ratio/{}/venue-a": account_ratio(each),
    }
    return {name.format(each.plan.ticker): values for name, values in names.items()}


def everything() -> dict[str, Array]:
    """All series by `measure/asset/venue`; some more than the files hold."""
    markets = simulate()
    result = {name: values for each in markets for name, values in columns(each).items()}
    for side, total in CLOSED.items():
        for each, values in zip(markets, liquidations(markets, side, total), strict=True):
            result[f"liquidations_{side}/{each.plan.ticker}/all"] = values
    for each in markets[:2]:
        ticker = each.plan.ticker
        result[f"dvol/{ticker}/venue-c"], result[f"skew_25d/{ticker}/venue-c"] = options(each)
        result[f"etf_flow/{ticker}/us_spot"] = flows(each)
    result["fear_greed/market/all"] = fear_and_greed(markets[0], result["dvol/BTC/venue-c"])
    return result


def entry(name: str, values: Array) -> dict[str, object]:
    """One series as a file holds it: a start and a step where it is regular, its times where it is not."""
    measure, asset, venue = name.split("/")
    form = FORMS[measure]
    return {
        **{"measure": measure, "asset": asset, "venue": venue, "unit": form.unit.value, "kind": form.kind.value},
        "cadence_hours": form.cadence // timedelta(hours=1),
        **({"times": SESSION_TIMES} if measure == "etf_flow" else {"start": f"{FIRST}T00:00Z"}),
        "values": [int(value) if value == int(value) else float(value) for value in values],
    }


def files() -> dict[str, bytes]:
    """The JSON of every file by its stem, a series a line."""
    found, result = everything(), {}
    for stem, lines in sample.FILES.items():
        names = [f"{measure}/{asset}/{venue}" for measure, venue, assets in lines for asset in assets]
        texts = (json.dumps(entry(name, found[name]), separators=(",", ":"), allow_nan=False) for name in names)
        result[stem] = ('{"about":' + json.dumps(ABOUT) + ',"series":[\n' + ",\n".join(texts) + "\n]}\n").encode()
    return result


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stem, content in files().items():
        (folder / f"{stem}.json.gz").write_bytes(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
