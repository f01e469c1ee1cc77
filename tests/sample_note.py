"""A note of the size and form of a real one, from invented figures: what the tests of rendering are made on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from reporter import disclaimer, units
from reporter.model import (
    Chart,
    Coverage,
    Fact,
    Gap,
    Imprint,
    Note,
    Period,
    Printed,
    Rest,
    Row,
    Section,
    Sentence,
    Source,
    Unit,
    Week,
)

WEEK = Week(datetime(2026, 2, 9, tzinfo=UTC))
SOURCE_LINE = "Source: invented figures, all venues, seven days to February 15, 2026, 24:00 UTC."
DEFINITIONS = {
    "price_usd": (Unit.PRICE, "Last spot price of the week, in US dollars."),
    "liquidations_usd": (Unit.USD, "Long and short positions closed by force during the week, in US dollars."),
    "liquidations_long_share": (Unit.SHARE, "Part of the week's liquidations that closed long positions."),
    "open_interest_usd": (Unit.USD, "Open interest at the end of the week, single-sided, in US dollars."),
    "funding_apr": (
        Unit.APR,
        "Mean funding rate of the week as a simple annual rate: rate x 8760 / hours between payments.",
    ),
    "etf_net_flow_usd": (Unit.USD, "Net flow into US spot funds, summed over the trading sessions of the week."),
    "realised_volatility": (Unit.POINTS, "Standard deviation of the last 30 daily log returns, in per cent a year."),
}
VALUES = {
    "BTC": (70_120.0, 1.31e9, 0.78, 24.6e9, 0.021, -318e6, 61.2),
    "ETH": (2_048.3, 0.46e9, 0.71, 13.1e9, -0.013, 96.4e6, 78.9),
}
FAMILIES = {
    "BTC.price_usd_growth": -0.084,
    "BTC.open_interest_usd_growth": -0.121,
    "BTC.liquidations_usd_percentile": 0.96,
}


def make_note(*, illustrative: bool = True, **changes: object) -> Note:
    """The note; `changes` replace its fields, and without `illustrative` it claims to be from real data."""
    note = Note(
        title=sentence(
            "title",
            "Long-heavy positions unwind: ",
            fact("BTC", "liquidations_usd"),
            " of Bitcoin futures closed by force",
        ),
        week=WEEK,
        imprint=Imprint("Crypto Derivatives Weekly", "Example Desk", "en-US", "https://desk.example", "weekly"),
        sections=sections(),
        facts=facts(),
        gaps=gaps(),
        sources=sources(illustrative),
        coverage=Coverage(
            (
                Rest("Price", ("BTC", "ETH"), "binance", "Binance spot", WEEK.end, ()),
                Rest(
                    "Liquidations",
                    ("BTC",),
                    "binance+okx+bybit",
                    "Coinglass",
                    WEEK.end,
                    ("instead of Gate, out of order",),
                ),
            ),
            ("binance", "bybit", "okx"),
            WEEK.end,
            0.41,
            "CoinGecko",
            ("Gate: out of order (HTTP 503)",),
        ),
        disclaimer=disclaimer.paragraphs("Example Desk"),
        notice=disclaimer.notice(illustrative),
        digest="5f" * 32,
    )
    return replace(note, **changes)  # type: ignore[arg-type]


def sentence(section: str, *parts: str | Printed) -> Sentence:
    keys = tuple(part.fact for part in parts if isinstance(part, Printed))
    return Sentence(
        parts, section, "", "BTC", f"{section}.rule", "fact", section, "", 0, keys, 1.0, "rules/sample.yaml:1"
    )


def fact(subject: str, name: str) -> Printed:
    unit, _ = DEFINITIONS[name]
    value = VALUES[subject][list(DEFINITIONS).index(name)]
    return Printed(f"{subject}.{name}", units.text(value, unit), units.machine(value))


def growth(key: str) -> Printed:
    return Printed(key, units.percent(abs(FAMILIES[key])), units.machine(FAMILIES[key]))


def fell(key: str) -> Printed:
    return Printed(key, "fell", units.machine(FAMILIES[key]), word=True)


def facts() -> tuple[Fact, ...]:
    window = Period(WEEK.start, WEEK.end)
    own = [
        Fact(name, subject, value, unit, window, WEEK.end, text)
        for subject, values in VALUES.items()
        for (name, (unit, text)), value in zip(DEFINITIONS.items(), values, strict=True)
    ]
    compared = [
        Fact(key.partition(".")[2], "BTC", value, Unit.FRACTION, window, WEEK.end, "Compared with the week before.")
        for key, value in FAMILIES.items()
    ]
    return (*own, *compared)


def gaps() -> tuple[Gap, ...]:
    unset = "no source for it is configured"
    return (
        Gap("skew_25d", "BTC", unset),
        Gap("skew_25d", "ETH", unset),
        Gap("dvol", "BTC", unset),
        Gap("fear_greed", "market", "index: the newest row is of February 3, 2026, and may be two days old"),
    )


def sources(illustrative: bool) -> tuple[Source, ...]:
    oldest, newest = WEEK.start - timedelta(days=364), WEEK.end - timedelta(days=1)
    return (
        Source(
            "liquidations",
            "Liquidations and open interest, all venues",
            "For illustration only",
            illustrative,
            oldest,
            newest,
        ),
        Source("flows", "Net flows of US spot funds", "Free to cite with attribution", illustrative, oldest, newest),
        Source("spot", "Spot prices", "", illustrative, None, None),
    )


def sections() -> tuple[Section, ...]:
    return (points(), opening(), glance(), *prose())


def points() -> Section:
    return Section(
        "points",
        "Key points",
        "bullets",
        (
            (
                sentence(
                    "points",
                    "Long positions made up ",
                    fact("BTC", "liquidations_long_share"),
                    " of Bitcoin liquidations, in ",
                ),
                sentence("points", "a week in which ", fact("BTC", "liquidations_usd"), " were closed in all."),
            ),
            (
                sentence(
                    "points",
                    "Open interest ",
                    fell("BTC.open_interest_usd_growth"),
                    " by ",
                    growth("BTC.open_interest_usd_growth"),
                    ", which points to less leverage rather than to new shorts.",
                ),
            ),
            (
                sentence(
                    "points",
                    "US spot funds saw net flows of ",
                    fact("BTC", "etf_net_flow_usd"),
                    "; a turn to inflows would suggest that spot demand is back.",
                ),
            ),
        ),
    )


def opening() -> Section:
    return Section(
        "opening",
        "",
        "prose",
        (
            (
                sentence(
                    "opening",
                    "Bitcoin ",
                    fell("BTC.price_usd_growth"),
                    " by ",
                    growth("BTC.price_usd_growth"),
                    " to ",
                    fact("BTC", "price_usd"),
                    " over the week, while positions worth ",
                    fact("BTC", "liquidations_usd"),
                    " were closed by force.",
                ),
                sentence(
                    "opening",
                    "That is more than in ",
                    growth("BTC.liquidations_usd_percentile"),
                    " of the weeks of the past year.",
                ),
            ),
            (
                sentence(
                    "opening",
                    "Open interest ended the week at ",
                    fact("BTC", "open_interest_usd"),
                    "; measured in coins the decline was smaller, so that part of it reflects the price.",
                ),
                sentence(
                    "opening",
                    "Funding stood at ",
                    fact("BTC", "funding_apr"),
                    " a year, close to flat, which may mean that neither side pays much to stay in.",
                ),
            ),
        ),
    )


def glance() -> Section:
    names = {
        "price_usd": "Price, end of week",
        "liquidations_usd": "Liquidations",
        "liquidations_long_share": "Long share of liquidations",
        "open_interest_usd": "Open interest",
        "funding_apr": "Funding, annual rate",
        "etf_net_flow_usd": "ETF net flow",
        "realised_volatility": "Realised volatility, 30 days",
    }
    rows = [Row(text, ((fact("BTC", name),), (fact("ETH", name),)), "outline.yaml:9") for name, text in names.items()]
    rows.append(Row("25-delta skew", (("not available",), ("not available",)), "outline.yaml:17"))
    return Section(
        "glance",
        "At a glance: the week in figures",
        "table",
        rows=tuple(rows),
        columns=("Measure", "BTC", "ETH"),
        source_line=SOURCE_LINE,
    )


def prose() -> tuple[Section, ...]:
    return (
        Section(
            "liquidations",
            "Liquidations: who was forced out",
            "prose",
            (
                (
                    sentence(
                        "liquidations",
                        "Longs carried ",
                        fact("BTC", "liquidations_long_share"),
                        " of the closures in Bitcoin and ",
                        fact("ETH", "liquidations_long_share"),
                        " in Ether.",
                    ),
                    sentence(
                        "liquidations",
                        "A lopsided week tends to clear out crowded positions, though it says little about a rebound.",
                    ),
                ),
            ),
            charts=(
                chart(
                    "liquidations",
                    "Liquidations a week, long and short",
                    "Bars: liquidations rise to their highest in the last week.",
                    bars(),
                ),
            ),
        ),
        Section(
            "watch",
            "What to watch: ETF flows and funding",
            "prose",
            (
                (
                    sentence(
                        "watch",
                        "Flows into Ether funds came to ",
                        fact("ETH", "etf_net_flow_usd"),
                        ", against ",
                        fact("BTC", "etf_net_flow_usd"),
                        " for Bitcoin.",
                    ),
                    sentence(
                        "watch",
                        "If outflows go on, basis and funding could stay under pressure and rallies fragile.",
                    ),
                ),
                (
                    sentence(
                        "watch",
                        "Ether funding of ",
                        fact("ETH", "funding_apr"),
                        " a year means that shorts paid longs.",
                    ),
                    sentence(
                        "watch",
                        "Should it stay there while open interest rebuilds, a squeeze of shorts becomes more likely.",
                    ),
                ),
            ),
            charts=(
                chart("funding", "Funding, annual rate", "A line: funding falls from 12% to close to nothing.", line()),
            ),
        ),
        Section("empty", "Nothing to say here", "prose", ((),)),
    )


def chart(key: str, title: str, alt: str, body: bytes) -> Chart:
    return Chart(
        key, title, alt, f"charts/{key}.svg", body, (f"BTC.{key}_usd", "BTC.realised_volatility"), (), SOURCE_LINE
    )


def bars() -> bytes:
    heights = (40, 62, 35, 80, 52, 71, 66, 44, 90, 58, 120, 182)
    bars = (f'<rect x="{20 + i * 52}" y="{210 - h}" width="30" height="{h}"/>' for i, h in enumerate(heights))
    return picture(f'<g fill="#b23a48">{"".join(bars)}</g>')


def line() -> bytes:
    points = "M10 40L120 66L230 50L340 120L450 96L560 190L650 200"
    return picture(f'<path d="{points}" fill="none" stroke="#7a5195" stroke-width="3"/>')


def picture(drawn: str) -> bytes:
    """An SVG with an id of its own, which the other one has too."""
    clip = '<defs><clipPath id="a"><path d="M0 0H660V240H0Z"/></clipPath></defs>'
    axis = '<path d="M0 210H660" stroke="#56606b"/>'
    size = 'width="660" height="240" viewBox="0 0 660 240"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{clip}<g clip-path="url(#a)">{axis}{drawn}</g></svg>'.encode()
    )
