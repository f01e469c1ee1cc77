"""The house's language: what must be found, with what to write instead, and what may stand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter.language import Parts, asserted, faults, phrase
from reporter.model import Cited, Printed, Unit

UNITS = {
    "BTC.funding_apr": Unit.APR,
    "BTC.funding_apr_change": Unit.APR,
    "BTC.funding_apr_growth": Unit.FRACTION,
    "BTC.funding_rate": Unit.RATE,
    "market.liquidations_long_share": Unit.SHARE,
    "market.liquidations_long_share_change": Unit.SHARE,
    "BTC.price_usd_growth": Unit.FRACTION,
    "BTC.open_interest_coins_growth": Unit.FRACTION,
    "BTC.expected_move": Unit.FRACTION,
}


def p(fact: str, text: str) -> Printed:
    return Printed(fact, text, "0.1")


def found(*parts: str | Printed | Cited, kind: str = "fact", signed: bool = False) -> list[str]:
    return [str(fault) for fault in faults(parts, kind, UNITS.get, signed)]


FUTURE, ADVICE, TARGET = "speaks of the future as known", "reads as advice", "reads as a price target"
PROMISE, OPINION = "promises more than figures can", "is an opinion without a signature"
CAUSE, WINDOW = "names a cause that the figures do not carry", "is a superlative without a window"
MUST_BE_FOUND = [
    ("Funding will rise if longs return.", "will", FUTURE),
    ("Open interest won't stay there.", "won't", FUTURE),
    ("Leverage is going to come back.", "is going to", FUTURE),
    ("The market shall see.", "shall", FUTURE),
    ("Investors should wait for calmer weeks.", "Investors should", ADVICE),
    ("Desks should buy protection now.", "Desks should", ADVICE),
    ("It is clear that one ought to hedge here.", "ought to hedge", ADVICE),
    ("We recommend patience.", "recommend", ADVICE),
    ("It is advisable to stay out.", "advisable", ADVICE),
    ("Readers may consider hedging their positions.", "consider hedging", ADVICE),
    ("It was a good time to buy.", "time to buy", ADVICE),
    ("Many bought the dip; buy the dip again.", "buy the dip", ADVICE),
    ("The fall is a buying opportunity.", "buying opportunity", ADVICE),
    ("Levels like these are an attractive entry point.", "attractive entry point", ADVICE),
    ("Calm returned. Buy protection while it is cheap.", "Buy", ADVICE),
    ("Avoid leverage in such weeks.", "Avoid", ADVICE),
    ("Our price target is unchanged.", "price target", TARGET),
    ("Analysts see upside potential here.", "upside potential", TARGET),
    ("Bitcoin is heading for new highs.", "heading for new highs", TARGET),
    ("Bitcoin is poised to rally.", "poised to rally", TARGET),
    ("The coin is on track to break its range.", "on track to break", TARGET),
    ("Steady demand is guaranteed.", "guaranteed", PROMISE),
    ("A squeeze is inevitable.", "inevitable", PROMISE),
    ("Carry is a safe bet.", "safe bet", PROMISE),
    ("The fall was certain to end.", "certain to", PROMISE),
    ("The flows prove that demand is back.", "prove", PROMISE),
    ("Smart money bought the fall.", "Smart money", PROMISE),
    ("The trade is risk-free.", "risk-free", PROMISE),
    ("We believe that leverage is back.", "We believe", OPINION),
    ("In our view the week was calm.", "In our view", OPINION),
    ("The price fell because funds sold.", "because", CAUSE),
    ("The fall was due to the funds.", "due to", CAUSE),
    ("The move was driven by fear.", "driven by", CAUSE),
    ("Outflows caused the fall.", "caused", CAUSE),
    ("Liquidations led to more selling.", "led to", CAUSE),
    ("A squeeze may lead to a rally.", "lead to", CAUSE),
    ("The fall resulted in outflows.", "resulted in", CAUSE),
    ("The news triggered a wave of selling.", "triggered", CAUSE),
    ("Demand fueled the rise.", "fueled", CAUSE),
    ("Fear fuelled the rise.", "fuelled", CAUSE),
    ("The price fell as a result.", "as a result", CAUSE),
    ("Thanks to the funds the week ended well.", "Thanks to", CAUSE),
    ("Liquidations were the largest ever.", "largest", WINDOW),
    ("Open interest reached a record.", "a record", WINDOW),
    ("Record inflows came into the funds.", "Record inflow", WINDOW),
    ("The price made an all-time high.", "all-time high", WINDOW),
    ("Funding was at its lowest, and traders waited.", "lowest", WINDOW),
    ("It was the most one-sided reading.", "the most", WINDOW),
    ("Skew was the steepest on the books.", "steepest", WINDOW),
    ("The funds had their best run.", "their best", WINDOW),
    ("The highest funding and the weakest skew came together.", "highest", WINDOW),
]


@pytest.mark.parametrize(("text", "words", "what"), MUST_BE_FOUND, ids=[text for text, _, _ in MUST_BE_FOUND])
def test_what_the_house_does_not_say_is_found(text: str, words: str, what: str) -> None:
    assert any(what in fault and words.lower() in fault.lower() for fault in found(text)), found(text)


MAY_STAND = [
    "Funding may rise if longs return.",
    "Desks turned defensive, which may cap recoveries led by spot.",
    "Should it stay there while open interest rebuilds, a squeeze becomes more likely.",
    "Spot ETFs lost much; whether outflows continue is the thing to watch.",
    "A level that bears watching.",
    "Buying by squeezed shorts is forced and ends when they are out.",
    "Sell orders were thin, and buy orders thinner.",
    "Short positions were squeezed.",
    "Hedge funds closed positions.",
    "To judge whether markets are heading for more stress, the focus turns to flows.",
    "The nearer of these bands may be reached in an ordinary week.",
    "Forced orders there could add to a move, as far as the estimate holds.",
    "That is no guarantee of calm.",
    "The figures do not prove that demand is back.",
    "A flush is consistent with steadier trading afterwards but no assurance of it.",
    "Price accounts for most of the change in dollars.",
    "The figure does not show what caused the fall.",
    "The data cannot say what led to it.",
    "Venues limit what their liquidation feeds report.",
    "As longs were closed by force, the price fell.",
    "Turnover dropped, as is usual in summer.",
    "Most of the rise reflects price.",
    "Most venues apply it by default.",
    "A market that trades mostly on leverage may swing more widely.",
    "The figure is best read as a lower bound.",
    "The record does not say who rebuilds positions.",
    "Long positions took the larger part of it.",
    "At least three sessions were inflows.",
    "It was the largest weekly total since the last week of May.",
    "Liquidations were the heaviest of the past year.",
    "Funding fell to its lowest in six months.",
    "One of the most one-sided readings of the past year.",
    "The largest day was Wednesday.",
    "The week's largest outflow came on Friday.",
    "The year's highest price stood.",
    "Among three venues the gap from the lowest to the highest average was small.",
    "Wednesday brought the most forced closures of the week.",
    "The best session brought money in; the last one was an outflow.",
    "Ether was the weakest of the three assets.",
    "The strongest band lies below the close.",
    "Open interest was the highest since March.",
    "The largest share of open interest lies with perpetuals.",
    "Longer-dated options were quiet, and the longest-dated ones hardly traded.",
    "A cause is not known.",
    "The drop marked the lowest close over the last quarter.",
    "A provider's model, itself an estimate, puts it near the close.",
    "If positions stay low, sharp moves may find less fuel.",
]


@pytest.mark.parametrize("text", MAY_STAND)
def test_what_the_house_says_stands(text: str) -> None:
    assert found(text) == []


def test_a_mechanical_cause_stands_in_a_fact_and_not_in_a_reading() -> None:
    for text in ("The price fell as longs were closed by force.", "The change is due to the higher price."):
        assert found(text) == []
        assert any(CAUSE in fault for fault in found(text, kind="reading"))


def test_signed_text_may_hold_an_opinion_and_no_advice() -> None:
    assert found("We believe that leverage is back.", signed=True) == []
    assert found("We recommend to sell.", signed=True) != []


def test_a_quotation_says_what_it_says() -> None:
    said = (
        "“Bitcoin will reach $100,000 because we believe in it,” said ",
        Cited("A. Person", "https://a.example"),
        ".",
    )
    assert found(*said) == []
    assert found("“Bitcoin will rise,” it is heard.") != []


# ---- figures ---------------------------------------------------------------------------------------------------------


def test_a_sentence_of_more_than_thirty_five_words_is_found() -> None:
    assert found(" ".join(["word"] * 35) + ".") == []
    (fault,) = found(" ".join(["word"] * 36) + ".")
    assert "is a sentence of 36 words, more than 35" in fault
    assert found(" ".join(["Word"] * 30) + ". " + " ".join(["Word"] * 30) + ".") == []


def test_digits_stand_only_in_printed_parts() -> None:
    assert found("Open interest was ", p("BTC.open_interest_usd", "$44.6 billion"), ".") == []
    (fault,) = found("Open interest was $44.6 billion.")
    assert "'$44.6' is a figure that no fact carries" in fault


@pytest.mark.parametrize(
    "parts",
    [
        ("Funding rose ", p("BTC.funding_apr", "12.0%"), "."),
        ("Funding fell by about ", p("BTC.funding_rate", "12%"), " over the week."),
        ("Funding was ", p("BTC.funding_apr", "12%"), " lower than a week earlier."),
        ("The change was ", p("BTC.funding_apr_change", "4.5%"), "."),
        ("Funding grew, by ", p("BTC.funding_apr_growth", "40%"), "."),
        ("The long share is up by ", p("market.liquidations_long_share_change", "20%"), "."),
        ("The share of longs dropped ", p("market.liquidations_long_share", "77%"), "."),
    ],
)
def test_a_change_of_a_rate_in_per_cent_is_found(parts: Parts) -> None:
    assert any("in per cent of itself" in fault for fault in found(*parts))


@pytest.mark.parametrize(
    "parts",
    [
        ("Funding averaged ", p("BTC.funding_apr", "12.0%"), " annualized."),
        (
            "Funding fell by ",
            p("BTC.funding_apr_change", "4.5"),
            " percentage points to ",
            p("BTC.funding_apr", "1.1%"),
            ".",
        ),
        ("Bitcoin fell ", p("BTC.price_usd_growth", "8.3%"), "."),
        ("Positions shrank by ", p("BTC.open_interest_coins_growth", "4.7%"), " in coins."),
        ("A week of ", p("BTC.expected_move", "7.2%"), " either way."),
        ("Longs were ", p("market.liquidations_long_share", "77%"), " of it."),
    ],
)
def test_a_change_in_points_and_a_level_in_per_cent_stand(parts: Parts) -> None:
    assert found(*parts) == []


def test_a_change_of_a_rate_is_found_in_plain_words_too() -> None:
    assert any("in per cent of itself" in fault for fault in found("Funding rose 12% over the week."))
    assert not any("in per cent of itself" in fault for fault in found("Funding rose to 12% a year."))


# ---- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("deleverag*", "A week of deleveraging."),
        ("longs ... crowded", "Longs look rather crowded."),
        ("short squeeze*", "It was one of several short squeezes."),
        ("volatility ... eased", "Implied volatility in Bitcoin eased 4.0 points."),
        ("longs ... crowded", "Which may mean that longs are crowded."),
    ],
)
def test_a_phrase_is_heard_in_what_is_said(words: str, text: str) -> None:
    assert asserted(phrase(words), text)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("deleverag*", "There was no sign of deleveraging."),
        ("deleverag*", "Deleveraging has not begun."),
        ("longs ... crowded", "Longs are not crowded."),
        ("longs ... crowded", "Longs came back; shorts are crowded."),
        ("short squeeze*", "That raises the risk of a short squeeze."),
        ("short squeeze*", "A rally could end in a short squeeze."),
        ("short squeeze*", "Whether a short squeeze follows is open."),
        ("outflow*", "An outflow-free week."),
    ],
)
def test_a_phrase_is_not_heard_in_what_is_denied_or_supposed(words: str, text: str) -> None:
    assert not asserted(phrase(words), text)


@pytest.mark.parametrize("words", ["", "longs (crowded)", "5 weeks", "longs..crowded", "a.b"])
def test_a_phrase_is_made_of_words(words: str) -> None:
    with pytest.raises(ValueError, match="is no phrase"):
        phrase(words)


@given(st.text(alphabet="abc ,.;“”'’%$0123456789-", max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    for fault in faults((text, p("BTC.funding_apr", "1%"), text), "reading", UNITS.get):
        assert fault.instead and not re.search(r"\s$", str(fault))
