"""Contradictions in a finished note: each pair of the packaged table, signs, figures, dates; its neighbour has none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path

import pytest

from reporter import newsletter, rules
from reporter.check.contradictions import Held, findings
from reporter.errors import Several
from reporter.facts import measures
from reporter.model import Chart, Frame, Imprint, Note, Printed, Row, Section, Sentence
from reporter.rules.against import Pairs, parse
from reporter.rules.cases import frame_of
from reporter.rules.load import Rulebook
from reporter.rules.names import catalogue
from reporter.rules.sheet import opened
from tests.desk_run import newsletter as desk_folder
from tests.desk_run import reporter as command
from tests.sample_note import make_note
from tests.test_rules_sample import folder

KNOWN = catalogue(measures())
TEMPLATES = newsletter.starter() / "templates"
FIX = "correct it, or remove the pair"
OUTLINE = "sections:\n  - {id: title, layout: title, groups: [headline]}\n"


@cache
def table() -> Pairs:
    return rules.load([TEMPLATES], measures()).pairs


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """A rulebook that needs nothing of the packaged ones."""
    return rules.load([folder(tmp_path_factory.mktemp("book"), OUTLINE)], measures())


def said(
    *parts: str | Printed, subject: str = "market", topic: str = "", stance: str = "", rule: str = "one"
) -> Sentence:
    where = f"rules/{rule}.yaml:1"
    return Sentence(parts, "opening", "event", subject, rule, "fact", topic, stance, 0, (), 0.5, where)


def note_of(*sentences: Sentence, rows: tuple[Row, ...] = (), charts: tuple[Chart, ...] = ()) -> Note:
    made = make_note()
    title = replace(made.title, parts=("A week in derivatives",), where="rules/title.yaml:1")
    section = Section("opening", "", "prose", (sentences,), rows, ("now", "before", "change"), charts)
    return replace(made, title=title, sections=(section,), imprint=Imprint("n", "p", "en-US", "", "weekly"))


def checked(book: Rulebook, note: Note, given: Mapping[str, float | date] | None = None) -> list[str]:
    frame = frame_of(KNOWN, given or {})
    words = partial(rules.false_words, table(), book, rules.lead_view(frame))
    return [str(finding) for finding in findings(note, frame, Held(partial(rules.conflict, table()), words))]


# ---- stances ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", table().stances, ids=lambda pair: pair.id)
def test_each_pair_of_stances_is_found_and_one_of_them_alone_is_not(
    book: Rulebook, pair: rules.against.StancePair
) -> None:
    one = said("One.", topic=pair.one.topic, stance=pair.one.stance, rule="one")
    other = said("Other.", topic=pair.other.topic, stance=pair.other.stance, rule="other")
    (found,) = checked(book, note_of(one, other))
    assert found.startswith("rules/one.yaml:1 and rules/other.yaml:1: 'One.' (one) contradicts 'Other.' (other): ")
    assert checked(book, note_of(one, replace(other, stance=one.stance, topic=one.topic))) == []
    assert checked(book, note_of(one, replace(other, stance=""))) == []


def test_the_market_and_an_asset_contradict_each_other_only_where_the_pair_says_so(book: Rulebook) -> None:
    built = said("Built.", subject="BTC", topic="leverage", stance="build")
    cut = said("Cut.", subject="market", topic="leverage", stance="contraction", rule="other")
    assert len(checked(book, note_of(built, cut))) == 1
    assert checked(book, note_of(built, replace(cut, subject="ETH"))) == []
    inflow = said("In.", subject="BTC", topic="flows", stance="inflow")
    assert checked(book, note_of(inflow, said("Out.", topic="flows", stance="outflow"))) == []


def test_two_stances_on_one_topic_of_one_subject_need_no_table(book: Rulebook) -> None:
    one, other = (said(f"{each}.", topic="mood", stance=each, rule=each) for each in ("grim", "gay"))
    (found,) = checked(book, note_of(one, other))
    assert "'grim' against 'gay' on mood of market" in found


# ---- words against facts ---------------------------------------------------------------------------------------------

GROWTH, FUNDING, SIDE = "lead.open_interest_coins_growth", "lead.funding_apr", "market.liquidations_long_share"
HEAVY, DVOL, SKEW = "market.liquidations_usd_percentile", "lead.dvol_change", "lead.skew_25d"
FLOW, STREAK = "market.etf_net_flow_usd", "market.etf_streak_sessions"
WORDS = {  # a sentence, the facts that deny it, the facts that do not
    "deleveraging": ("It was a week of deleveraging.", {GROWTH: 0.021}, {GROWTH: 0.02}),
    "releveraging": ("Traders added exposure.", {GROWTH: -0.03}, {GROWTH: 0.03}),
    "positions-unchanged": ("Bitcoin positions hardly changed.", {GROWTH: 0.05}, {GROWTH: 0.01}),
    "longs-crowded": ("Longs look crowded.", {FUNDING: -0.01}, {FUNDING: 0.4}),
    "shorts-crowded": ("Shorts are crowded.", {FUNDING: 0.05}, {FUNDING: -0.05}),
    "nobody-crowded": ("Rates near zero tell little.", {FUNDING: 0.2}, {FUNDING: 0.01}),
    "shorts-squeezed": ("The week ended in a short squeeze.", {SIDE: 0.72}, {SIDE: 0.3}),
    "longs-flushed": ("Longs were flushed out.", {SIDE: 0.3}, {SIDE: 0.72}),
    "both-sides-hit": ("The split was fairly even.", {SIDE: 0.7}, {SIDE: 0.5}),
    "quiet-week": ("Derivatives had a quiet week.", {HEAVY: 0.9}, {HEAVY: 0.2}),
    "heavy-week": ("It was a heavy week.", {HEAVY: 0.4}, {HEAVY: 0.9}),
    "volatility-eased": ("Implied volatility eased.", {DVOL: 3.0}, {DVOL: -3.0}),
    "volatility-rose": ("Implied volatility in Bitcoin rose.", {DVOL: -3.0}, {DVOL: 3.0}),
    "bullish-options": ("Options look bullish.", {SKEW: -4.0}, {SKEW: 4.0}),
    "bearish-options": ("Protection was dear.", {SKEW: 4.0}, {SKEW: -4.0}),
    "outflow-streak": ("The outflow streak went on.", {FLOW: 1e9, STREAK: 3}, {FLOW: 1e9, STREAK: -1}),
    "inflow-streak": ("The inflow streak went on.", {FLOW: -1e9, STREAK: -3}, {FLOW: 1e9, STREAK: 3}),
    "net-outflow": ("Funds had net outflows.", {FLOW: 1e9}, {FLOW: -1e9}),
    "net-inflow": ("Spot ETFs took in money.", {FLOW: -1e9}, {FLOW: 1e9}),
    "attractive-carry": ("Carry looked attractive.", {"lead.basis_apr": 0.03}, {"lead.basis_apr": 0.12}),
    "backwardation": ("Futures fell into backwardation.", {"lead.basis_apr": 0.03}, {"lead.basis_apr": -0.01}),
    "contango": ("Futures stayed in contango.", {"lead.basis_apr": -0.03}, {"lead.basis_apr": 0.03}),
    "rally": ("Bitcoin rallied.", {"lead.price_usd_growth": -0.04}, {"lead.price_usd_growth": 0.04}),
    "sell-off": ("Bitcoin sold off.", {"lead.price_usd_growth": 0.04}, {"lead.price_usd_growth": -0.04}),
    "price-unchanged": ("Bitcoin barely moved.", {"lead.price_usd_growth": 0.04}, {"lead.price_usd_growth": 0.01}),
    "activity-surged": (
        "Activity surged.",
        {"lead.perp_volume_usd_growth": -0.1},
        {"lead.perp_volume_usd_growth": 0.1},
    ),
    "activity-faded": ("Activity faded.", {"lead.perp_volume_usd_growth": 0.1}, {"lead.perp_volume_usd_growth": -0.1}),
}


@pytest.mark.parametrize("pair", table().words, ids=lambda pair: pair.id)
def test_each_pair_of_words_and_facts_is_found_and_its_neighbour_is_not(
    book: Rulebook, pair: rules.against.WordPair
) -> None:
    text, against, beside = WORDS[pair.id]
    (found,) = checked(book, note_of(said(text)), against)
    assert found.startswith(f"rules/one.yaml:1: {text!r} (one) contradicts the week's facts: it says ")
    assert f"{pair.why} ({pair.id!r} in rules/contradictions.yaml:" in found
    assert checked(book, note_of(said(text)), beside) == []
    assert checked(book, note_of(said(text)), {}) == [], "a condition whose facts are missing does not hold"
    assert checked(book, note_of(said("Nothing was said of it.")), against) == []


def test_what_is_said_of_another_asset_is_held_against_its_own_facts(book: Rulebook) -> None:
    given = {"lead.open_interest_coins_growth": 0.08, "asset.open_interest_coins_growth": -0.08}
    ether = said("Ether went through a week of deleveraging.", subject="ETH")
    assert checked(book, note_of(ether), given) == []
    assert checked(book, note_of(replace(ether, subject="market")), given) == [], "the text names whom it speaks of"
    assert len(checked(book, note_of(said("Deleveraging went on.")), given)) == 1
    assert checked(book, note_of(replace(ether, parts=("Deleveraging.",))), {GROWTH: 0.08}) == []


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("Realized volatility eased.", {DVOL: 3.0}),
        ("Spot turnover fell.", {"lead.perp_volume_usd_growth": 0.2}),
        ("Front futures traded below spot.", {"lead.basis_apr": 0.05}),
        ("Net outflows of the week before ended.", {FLOW: 1e9}),
    ],
)
def test_words_about_something_else_are_not_held_against_the_pair(
    book: Rulebook, text: str, given: Mapping[str, float | date]
) -> None:
    assert checked(book, note_of(said(text)), given) == []


def test_a_title_and_the_text_of_a_chart_are_held_against_the_facts_too(book: Rulebook) -> None:
    note = note_of(said("Nothing."))
    titled = replace(note, title=replace(note.title, parts=("A quiet week in derivatives",)))
    assert len(checked(book, titled, {HEAVY: 0.95})) == 1
    chart = Chart("oi", "Deleveraging in coins", "A line.", "charts/oi.svg", b"", (), (), "")
    (found,) = checked(book, note_of(said("Nothing."), charts=(chart,)), {GROWTH: 0.05})
    assert found.startswith("charts/oi.svg: 'Deleveraging in coins' (chart 'oi') contradicts the week's facts")


# ---- signs -----------------------------------------------------------------------------------------------------------


def printed(fact: str, text: str, value: float, word: bool = False) -> Printed:
    return Printed(fact, text, repr(value), word)


PRICE, OPEN = "BTC.price_usd_growth", "BTC.open_interest_usd_growth"
UNTRUE = [
    ("Bitcoin gained ", printed(PRICE, "8.3%", -0.083), "."),
    ("Bitcoin ", printed(PRICE, "rose", -0.083, word=True), "."),
    ("Bitcoin ended the week ", printed(PRICE, "8.3%", -0.083), " higher."),
    ("A rise of ", printed(PRICE, "8.3%", -0.083), "."),
    ("Open interest fell by ", printed(OPEN, "12.0%", 0.12), "."),
    ("Funding was ", printed("BTC.funding_apr_change", "4.5", -0.045), " percentage points above the week before."),
    ("The funds had net inflows of ", printed("market.etf_net_flow_usd", "$898 million", -8.98e8), "."),
    ("Spot ETFs lost ", printed("market.etf_last_session_usd", "$194 million", 1.94e8), "."),
    ("A session of ", printed("market.etf_weakest_session_usd", "$194 million", -1.94e8), " of inflows."),
]


@pytest.mark.parametrize("parts", UNTRUE, ids=lambda parts: "".join(str(getattr(p, "text", p)) for p in parts))
def test_a_direction_word_against_its_sign_is_found(book: Rulebook, parts: tuple[str | Printed, ...]) -> None:
    (found,) = checked(book, note_of(said(*parts)))
    assert found.startswith("rules/one.yaml:1: ") and " says " in found
    turned = tuple(replace(p, value=repr(-float(p.value))) if isinstance(p, Printed) else p for p in parts)
    assert checked(book, note_of(said(*turned))) == []


@pytest.mark.parametrize(
    "parts",
    [
        ("Bitcoin fell to ", printed("BTC.price_usd", "$70,046", 70046.0), "."),
        ("Open interest fell ", printed(OPEN, "12.0%", -0.12), " in dollars and ", printed(PRICE, "4.7%", 0.047), "."),
        ("Bitcoin moved up ", printed(PRICE, "0.0%", -0.00001), "."),
        ("The change was ", printed(PRICE, "−8.3%", -0.083), "."),
        ("Bitcoin gave up ", printed(PRICE, "4.7%", -0.047), "."),
        ("Volume was ", printed("BTC.perp_volume_usd", "$3 billion", 3e9), " lower down."),
    ],
)
def test_what_says_no_direction_of_a_change_is_left_alone(book: Rulebook, parts: tuple[str | Printed, ...]) -> None:
    assert checked(book, note_of(said(*parts))) == []


def test_a_sentence_against_the_sign_in_the_box_names_both(book: Rulebook) -> None:
    row = Row("Bitcoin price", ((), (), (printed(PRICE, "−8.3%", -0.083),)), "rules/outline.yaml:60")
    text = said("Bitcoin gained ", printed("BTC.price_usd_change", "$6,000", 6000.0), ".")
    (found,) = checked(book, note_of(text, rows=(row,)))
    assert found.startswith("rules/one.yaml:1 and rules/outline.yaml:60: ")
    assert "'Bitcoin gained $6,000.' (one)" in found and "the row 'Bitcoin price' says '−8.3%'" in found
    agreeing = replace(row, cells=((), (), (printed(PRICE, "+8.3%", 0.083),)))
    assert checked(book, note_of(text, rows=(agreeing,))) == []


# ---- figures, dates, charts ------------------------------------------------------------------------------------------


def test_one_fact_in_two_texts_of_one_rounding_is_found(book: Rulebook) -> None:
    one = said("It came to ", printed("market.liquidations_usd", "$1.9 billion", 1.9e9), ".")
    row = Row("Liquidations", ((printed("market.liquidations_usd", "$1.8 billion", 1.9e9),),), "rules/outline.yaml:6")
    (found,) = checked(book, note_of(one, rows=(row,)))
    assert "prints '$1.9 billion' and the row 'Liquidations' '$1.8 billion' for market.liquidations_usd" in found


@pytest.mark.parametrize(
    "other",
    [
        ("Roughly ", printed("BTC.price_usd", "$70,000", 70046.0), "."),
        ("It fell ", printed("BTC.price_usd", "−$70,046", 70046.0), "."),
        ("In thousands ", printed("BTC.price_usd", "$70.0 thousand", 70046.0), "."),
        ("Finely ", printed("BTC.price_usd", "$70,046.3", 70046.0), "."),
    ],
)
def test_another_rounding_is_no_contradiction(book: Rulebook, other: tuple[str | Printed, ...]) -> None:
    exact = said("It closed at ", printed("BTC.price_usd", "$70,046", 70046.0), ".")
    assert checked(book, note_of(exact, said(*other))) == []


def test_a_figure_that_is_not_its_facts_is_found(book: Rulebook) -> None:
    text = said("It closed at ", printed("BTC.price_usd", "$70,046", 70046.0), ".")
    (found,) = checked(book, note_of(text), {"lead.price_usd": 71000.0})
    assert "prints '$70,046' for BTC.price_usd, which is 71000.0" in found
    assert checked(book, note_of(text), {"lead.price_usd": 70046.0}) == []


@pytest.mark.parametrize("ended", ["February 15", "February 15, 2026", "15 February 2026", "February 16"])
def test_the_week_ends_when_it_ends(book: Rulebook, ended: str) -> None:
    assert checked(book, note_of(said("In the week to ", ended, " it fell."))) == []


@pytest.mark.parametrize("ended", ["February 8", "February 15, 2025", "22 February 2026", "March 15"])
def test_another_end_of_the_week_is_found(book: Rulebook, ended: str) -> None:
    (found,) = checked(book, note_of(said("In the week ended ", ended, " it fell.")))
    assert "the week ends on February 15, 2026" in found


def test_the_date_of_a_fact_is_its_own_and_that_of_the_week_must_be_its_end(book: Rulebook) -> None:
    past = Printed("BTC.funding_apr_low_since", "September 10, 2025", "2025-09-10")
    first = Printed("week.first_day", "February 9", "2026-02-09")
    assert checked(book, note_of(said("One has to go back to the week to ", past, " for as little."))) == []
    assert len(checked(book, note_of(said("In the week to ", first, " it fell.")))) == 1


def test_an_earlier_week_may_be_named(book: Rulebook) -> None:
    text = "It was the largest weekly total since the week to May 11, 2025."
    assert checked(book, note_of(said(text))) == []


def test_the_description_of_a_chart_gives_a_fact_the_number_of_the_note(book: Rulebook) -> None:
    alt = "Bars; the shaded week adds up to $1.8 billion."
    chart = Chart("liquidations", "Liquidations", alt, "charts/l.svg", b"", ("market.liquidations_usd",), (), "")
    note = note_of(said("Nothing."), charts=(chart,))
    (found,) = checked(book, note, {"market.liquidations_usd": 1.94e9})
    assert "chart 'liquidations' says 'the shaded week adds up to $1.8 billion'" in found
    assert "market.liquidations_usd is $1.9 billion" in found
    assert checked(book, note, {"market.liquidations_usd": 1.79e9}) == []


# ---- the table -------------------------------------------------------------------------------------------------------


def read(tmp_path: Path, text: str) -> tuple[Pairs, list[str]]:
    (tmp_path / "contradictions.yaml").write_text(text, encoding="utf-8")
    problems: list[str] = []
    sheet = opened(tmp_path / "contradictions.yaml", "rules/contradictions.yaml", problems)
    return (parse(sheet, KNOWN) if sheet else Pairs()), problems


def test_every_mistake_in_the_table_is_named_at_once(tmp_path: Path) -> None:
    _, problems = read(
        tmp_path,
        """
stances:
  - {id: a, one: {topic: flows, stance: in}, other: {topic: flows}, why: so}
  - {id: a, one: {topic: flows, stance: in}, other: {topic: flows, stanse: out}, why: so}
words:
  - {id: b, words: [deleverag*], against: lead.open_interest_coin_growth > 0, why: so}
  - {id: c, words: ["longs (all)"], against: lead.dvol, why: so}
  - {id: d, words: [], against: lead.dvol > 0}
""",
    )
    assert [line.partition(" ")[0] for line in problems] == [
        f"rules/contradictions.yaml:{line}:" for line in (3, 4, 4, 6, 7, 7, 8, 8, 4)
    ], problems
    text = "\n".join(problems)
    assert "did you mean 'open_interest_coins_growth'?" in text
    assert "did you mean 'stance'?" in text
    assert "'longs (all)' is no phrase" in text
    assert "the id 'a' stands twice" in text


def test_a_pair_whose_stance_no_rule_takes_is_known(tmp_path: Path) -> None:
    pairs, problems = read(
        tmp_path,
        "stances:\n  - {id: a, one: {topic: flows, stance: in}, other: {topic: flows, stance: out}, why: so}\n",
    )
    assert problems == []
    assert [(pair.id, side.stance) for pair, side in rules.against.unheard(pairs, [("flows", "in")])] == [("a", "out")]


def test_the_table_is_tried_when_the_rulebook_is_loaded_and_read_by_lint(tmp_path: Path) -> None:
    templates = folder(tmp_path, OUTLINE)
    file = templates / "rules" / "contradictions.yaml"
    file.write_text("words: [{id: a, words: [up], against: lead.dvoll > 0, why: so}]\n", encoding="utf-8")
    with pytest.raises(Several, match=r"rules/contradictions.yaml:1: no fact is called 'dvoll'; did you mean 'dvol'"):
        rules.load([templates], measures())
    one, other = "{topic: flows, stance: in}", "{topic: flows, stance: out}"
    file.write_text(f"stances: [{{id: a, one: {one}, other: {other}, why: so}}]\n", encoding="utf-8")
    found = [f"{finding.severity} {finding}" for finding in rules.lint(rules.load([templates], measures()))]
    assert f"warning rules/contradictions.yaml:1: 'a': no rule takes the stance 'in' on 'flows'; {FIX}" in found


def test_every_stance_of_the_packaged_table_is_taken_by_a_packaged_rule() -> None:
    packaged = rules.load([TEMPLATES], measures())
    taken = {(rule.topic, rule.stance) for rule in packaged.rules}
    assert rules.against.unheard(table(), taken) == []


def test_no_packaged_rule_contradicts_the_facts_with_which_it_speaks() -> None:
    packaged = rules.load([TEMPLATES], measures())
    for rule in packaged.rules:
        for case in rule.cases:
            frame = frame_of(packaged.known, case.given) if case.speaks else None
            for said_of in _spoken(packaged, rule.id, frame) if frame else ():
                view = rules.lead_view(frame) if frame else None
                assert view and rules.false_words(table(), packaged, view, said_of) == "", said_of.text


def _spoken(packaged: Rulebook, rule_id: str, frame: Frame) -> list[Sentence]:
    from reporter.rules.cases import view_of
    from reporter.rules.write import spoken

    rule = next(each for each in packaged.rules if each.id == rule_id)
    found = (spoken(packaged, rule, view_of(rule, frame), number) for number in range(len(rule.say)))
    return [each for each in found if isinstance(each, Sentence)]


# ---- the whole -------------------------------------------------------------------------------------------------------


HOUSE = """\
topic: house
kind: fact
subject: lead
rules:
  - id: house-up
    section: key_points
    group: price
    when: price_usd_growth < 0
    rank: 9
    say: ["{{ lead.name }} gained {{ price_usd_growth | size | percent }} over the week."]
    cases: [{speak: {price_usd_growth: -0.083}}, {silent: {price_usd_growth: 0.083}}]
  - id: house-down
    section: opening
    group: price
    when: price_usd_growth < 0
    rank: 9
    say: ["{{ lead.name }} fell by {{ price_usd_growth | size | percent }} in seven days."]
    cases: [{speak: {price_usd_growth: -0.083}}, {silent: {price_usd_growth: 0.083}}]
"""


def test_a_rulebook_that_contradicts_itself_publishes_nothing_and_names_both(tmp_path: Path) -> None:
    desk = desk_folder(tmp_path)
    (desk / "templates" / "rules" / "house.yaml").write_text(HOUSE, encoding="utf-8")
    done = command("run", "--sample", folder=desk)
    assert done.returncode == 4, done.stderr
    one, other = (
        "'Bitcoin gained 8.3% over the week.' (house-up) says 'gained 8.3%'",
        "'Bitcoin fell by 8.3% in seven days.' (house-down) says 'fell by 8.3%'",
    )
    assert f"rules/house.yaml:5: {one}, and BTC.price_usd_growth is -0.08" in done.stderr
    assert f"rules/house.yaml:5 and rules/house.yaml:12: {one} and {other} of BTC.price_usd" in done.stderr
    assert not (desk / "output" / "2026-W07").exists()
    assert (desk / "output" / ".held" / "2026-W07" / "sample" / "findings.txt").is_file()
