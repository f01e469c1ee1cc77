"""Rules and a frame to sentences: who speaks of whom, with which parts, and why the others are silent."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reporter import rules, units
from reporter.errors import RuleError
from reporter.model import Printed, Said, Sentence, Unit
from reporter.rules.filters import PRINTERS
from tests.test_rules_sample import KNOWN, MEASURES, OUTLINE, WEEK, book, folder, frame, rule, texts

PLAIN = {"market.liquidations_usd": 1.9e9}


def only(written: rules.Written) -> Sentence:
    (sentence,) = written.sentences
    return sentence


def whys(written: rules.Written) -> dict[tuple[str, str], str]:
    return {(unsaid.rule_id, unsaid.subject): unsaid.why for unsaid in written.unsaid}


def test_a_sentence_carries_its_parts_its_rule_and_its_facts(tmp_path: Path) -> None:
    read = book(tmp_path, rule(stance="much", rank="0.25"))
    said = only(rules.write(read, frame(PLAIN), "main"))
    assert said.parts == (
        "Liquidations came to ",
        Printed("market.liquidations_usd", "$1.9 billion", "1900000000.0"),
        ".",
    )
    assert (said.section, said.group, said.subject, said.rule_id) == ("opening", "event", "market", "total")
    assert (said.kind, said.topic, said.stance, said.variant, said.rank) == ("fact", "liquidations", "much", 0, 0.25)
    assert (said.cites, said.where) == (("market.liquidations_usd",), "rules/book.yaml:2")


def test_the_lead_is_printed_as_the_asset_that_it_is(tmp_path: Path) -> None:
    say = '"{{ lead.name }} ({{ lead.ticker }}) stood at {{ price_usd | price }}."'
    read = book(tmp_path, rule(subject="lead", when="price_usd > 0", say=[say]))
    facts = {"BTC.price_usd": 69812.0, "ETH.price_usd": 2001.5}
    bitcoin = only(rules.write(read, frame(facts), "main"))
    ether = only(rules.write(read, frame(facts, lead="ETH"), "main"))
    assert (bitcoin.subject, bitcoin.text) == ("BTC", "Bitcoin (BTC) stood at $69,812.")
    assert (ether.subject, ether.text) == ("ETH", "Ether (ETH) stood at $2,002.")
    assert ether.cites == ("ETH.price_usd",)


def test_an_asset_rule_speaks_of_each_asset_and_crosses_over(tmp_path: Path) -> None:
    say = '"In {{ asset.name }} {{ dvol | points }}, in {{ lead.name }} {{ lead.dvol | points }}."'
    entry = rule(section="metrics", group="funding", subject="asset", when="asset.ticker != lead.ticker", say=[say])
    written = rules.write(book(tmp_path, entry), frame({"BTC.dvol": 40.0, "ETH.dvol": 60.0, "SOL.dvol": 80.0}), "main")
    assert texts(written) == ["In ether 60.0, in Bitcoin 40.0.", "In Solana 80.0, in Bitcoin 40.0."]
    assert [said.cites for said in written.sentences] == [("ETH.dvol", "BTC.dvol"), ("SOL.dvol", "BTC.dvol")]
    assert whys(written) == {("total", "BTC"): "its condition is false: asset.ticker != lead.ticker"}


def test_a_condition_that_is_false_is_said_with_what_it_looked_at(tmp_path: Path) -> None:
    entry = rule(when="liquidations_usd_percentile >= 0.8 and lead.price_usd > 0")
    facts = {**PLAIN, "market.liquidations_usd_percentile": 0.2, "BTC.price_usd": 69812.0}
    assert whys(rules.write(book(tmp_path, entry), frame(facts), "main")) == {
        ("total", "market"): (
            "its condition is false: liquidations_usd_percentile >= 0.8 and lead.price_usd > 0 "
            "(market.liquidations_usd_percentile is 20%, BTC.price_usd is $69,812)"
        )
    }


@pytest.mark.parametrize(
    ("gaps", "reason"),
    [
        ({"BTC.dvol_percentile": "12 of 26 weeks are known"}, "12 of 26 weeks are known"),
        ({"BTC.dvol": "dvol: no rows in the week"}, "dvol: no rows in the week"),
        ({}, "there is no percentile for it this week"),
    ],
)
def test_a_missing_fact_is_said_with_the_reason_of_its_gap(tmp_path: Path, gaps: dict[str, str], reason: str) -> None:
    read = book(tmp_path, rule(when="lead.dvol_percentile > 0.5"))
    written = rules.write(read, frame(PLAIN, gaps=gaps), "main")
    assert written.sentences == ()
    assert whys(written) == {("total", "market"): f"needs BTC.dvol_percentile: {reason}"}


def test_a_fact_that_nobody_knows_of_is_said_to_be_missing(tmp_path: Path) -> None:
    written = rules.write(book(tmp_path, rule()), frame({}), "main")
    assert whys(written) == {("total", "market"): "needs market.liquidations_usd: it is not among the week's facts"}


def test_absence_of_an_optional_fact_can_be_spoken_of(tmp_path: Path) -> None:
    say = (
        '"{% if lead.dvol is known %}Volatility was {{ lead.dvol | points }}'
        '{% else %}No volatility was published{% endif %}."'
    )
    read = book(tmp_path, rule(when="true", optional=["lead.dvol"], say=[say], rank="lead.dvol / 100"))
    with_it = only(rules.write(read, frame({"BTC.dvol": 40.0}), "main"))
    without = only(rules.write(read, frame({}), "main"))
    assert (with_it.text, with_it.rank, with_it.cites) == ("Volatility was 40.0.", 0.4, ("BTC.dvol",))
    assert (without.text, without.rank, without.cites) == ("No volatility was published.", 0.5, ())


def test_a_fact_of_another_wording_is_needed_but_not_cited(tmp_path: Path) -> None:
    both = ['"{{ liquidations_usd | usd }}."', '"{{ lead.dvol | points }}."']
    read = book(tmp_path, rule(when="true", say=both))
    assert rules.write(read, frame(PLAIN), "main").sentences == ()
    said = only(rules.write(read, frame({**PLAIN, "BTC.dvol": 40.0}), "main"))
    assert said.cites == (("market.liquidations_usd",), ("BTC.dvol",))[said.variant]


def test_a_division_by_zero_leaves_the_rule_silent(tmp_path: Path) -> None:
    read = book(tmp_path, rule(when="1 / liquidations_usd > 0"))
    why = "its values cannot be calculated with (ZeroDivisionError)"
    assert whys(rules.write(read, frame({"market.liquidations_usd": 0.0}), "main")) == {("total", "market"): why}


def test_a_rank_that_is_no_finite_number_leaves_the_rule_silent(tmp_path: Path) -> None:
    read = book(tmp_path, rule(rank="liquidations_usd * liquidations_usd", say=["Plain."]))
    assert rules.write(read, frame({"market.liquidations_usd": 1e200}), "main").sentences == ()


def test_a_zero_without_a_word_leaves_the_rule_silent(tmp_path: Path) -> None:
    say = "\"It {{ lead.price_usd_growth | direction('rose', 'fell') }}.\""
    read = book(tmp_path, rule(when="true", say=[say]))
    assert texts(rules.write(read, frame({"BTC.price_usd_growth": -0.1}), "main")) == ["It fell."]
    assert whys(rules.write(read, frame({"BTC.price_usd_growth": 0.0}), "main")) == {
        ("total", "market"): "BTC.price_usd_growth prints as zero, for which the rule has no third word"
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_not_finite_never_chooses_a_branch(tmp_path: Path, value: float) -> None:
    read = book(tmp_path, rule(when="not liquidations_usd > 5"))
    with pytest.raises(RuleError) as caught:
        rules.write(read, frame({"market.liquidations_usd": value}), "main")
    assert str(caught.value) == (
        f"rules/book.yaml:2: rule 'total': market.liquidations_usd is {value}; "
        "a fact is a finite number or a gap, mend it where it is made"
    )


# ---- the text --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("say", "text"),
    [
        ('"  it   came\\n to {{ liquidations_usd | usd }} ."', "It came to $1.9 billion."),
        ('"{{ lead.name }} lost, (it) said {{ liquidations_usd | usd }} !"', "Bitcoin lost, (it) said $1.9 billion!"),
        ('"{{ etf_streak_sessions | count }} sessions."', "Three sessions."),
        ("\"{{ etf_net_flow_usd | direction('inflows', 'outflows') }} came.\"", "Outflows came."),
        ('"“{{ lead.name }}” (it says) isn\'t down."', "“Bitcoin” (it says) isn't down."),
        ('"{{ liquidations_usd | usd }} in all."', "$1.9 billion in all."),
        ('"Seen until {{ week.last_day | day }} in {{ week.label }}."', "Seen until February 15 in 2026-W07."),
    ],
)
def test_the_text_is_tidied_and_begins_with_a_capital(tmp_path: Path, say: str, text: str) -> None:
    facts = {**PLAIN, "market.etf_streak_sessions": 3.0, "market.etf_net_flow_usd": -5.0}
    assert texts(rules.write(book(tmp_path, rule(when="true", say=[say])), frame(facts), "main")) == [text]


def test_days_of_the_week_are_printed_parts_but_no_cited_facts(tmp_path: Path) -> None:
    read = book(tmp_path, rule(when="true", say=['"Until {{ week.last_day | day }} of {{ week.label }}."']))
    said = only(rules.write(read, frame({}), "main"))
    printed = [part for part in said.parts if isinstance(part, Printed)]
    assert printed == [
        Printed("week.last_day", "February 15", "2026-02-15"),
        Printed("week.label", "2026-W07", "2026-W07"),
    ]
    assert said.cites == ()


@pytest.mark.parametrize(
    ("say", "problem"),
    [
        ("{% if liquidations_usd < 5 %}Calm.{% endif %}", "the text is empty; give every 'if' in it an 'else'"),
        ("No end", "the text does not end with a full stop, exclamation mark or question mark; add one: 'No end'"),
        (
            "It ended:",
            "the text does not end with a full stop, exclamation mark or question mark; add one: 'It ended:'",
        ),
        ("Two (of them.", "the text opens a bracket or quote without closing it; balance them: 'Two (of them.'"),
        ("A “quote.", "the text opens a bracket or quote without closing it; balance them: 'A “quote.'"),
        ("Over, . and out.", "the text has two stops in a row; remove one: 'Over,. and out.'"),
    ],
)
def test_what_is_no_sentence_is_refused_with_its_rule(tmp_path: Path, say: str, problem: str) -> None:
    read = book(tmp_path, rule(say=[f"'{say}'" if "'" not in say else f'"{say}"']))
    with pytest.raises(RuleError) as caught:
        rules.write(read, frame(PLAIN), "main")
    assert str(caught.value) == f"rules/book.yaml:2: rule 'total': {problem}"


def test_a_text_without_end_is_refused_as_too_long(tmp_path: Path) -> None:
    read = book(tmp_path, rule(say=["word " * 130 + "end."]))
    with pytest.raises(RuleError, match="the text has 654 characters, more than 600; split it into two rules"):
        rules.write(read, frame(PLAIN), "main")


def test_a_title_ends_without_a_stop(tmp_path: Path) -> None:
    good = rule(section="title", group="headline", say=["Liquidations surge"])
    assert texts(rules.write(book(tmp_path / "good", good), frame(PLAIN), "main")) == ["Liquidations surge"]
    bad = rule(section="title", group="headline", say=["Liquidations surge."])
    with pytest.raises(RuleError, match="a title ends with a stop; remove it"):
        rules.write(book(tmp_path / "bad", bad), frame(PLAIN), "main")


# ---- wording, headings, shortfalls -----------------------------------------------------------------------------------


def test_the_same_frame_and_edition_give_the_same_note_from_a_fresh_rulebook(tmp_path: Path) -> None:
    entries = [rule(id=f"r{n}", group="event", rank=0.5, say=[f"One {n * 'x'}.", "Two.", "Three."]) for n in range(3)]
    first, second = (rules.write(book(tmp_path / name, *entries), frame(PLAIN), "main") for name in ("a", "b"))
    assert first == second


def test_a_wording_never_follows_itself(tmp_path: Path) -> None:
    read = book(tmp_path, rule(say=["One.", "Two.", "Three."]))
    said: list[str] = []
    memory: list[Said] = []
    for number in range(60):
        week = WEEK.shifted(number)
        one = only(rules.write(read, frame(PLAIN, week), "main", memory))
        said.append(one.text)
        memory.append(Said(week.start.date(), one.rule_id, one.subject, one.variant, False, "", "", one.text))
    assert set(said) == {"One.", "Two.", "Three."}
    assert all(before != after for before, after in pairwise(said))


def test_a_heading_follows_its_condition_and_falls_back(tmp_path: Path) -> None:
    conditional = (
        "  - {id: metrics, heading: Plain, layout: prose, groups: [funding], headings: "
        "[{when: funding_apr < 0, say: '{{ lead.name }} pays shorts'}, {when: dvol > 0, say: Volatile}]}\n"
    )
    outline = OUTLINE[: OUTLINE.index("  - id: metrics")] + conditional
    read = rules.load([folder(tmp_path, outline)], MEASURES)
    assert rules.headings(read, frame({"BTC.funding_apr": -0.1}))["metrics"] == "Bitcoin pays shorts"
    assert rules.headings(read, frame({"BTC.funding_apr": 0.1, "BTC.dvol": 4.0}))["metrics"] == "Volatile"
    assert rules.write(read, frame({"BTC.funding_apr": 0.1}), "main").headings["metrics"] == "Plain"


def test_a_section_with_too_few_sentences_is_told(tmp_path: Path) -> None:
    read = book(tmp_path, rule())
    written = rules.write(read, frame(PLAIN), "main")
    assert rules.shortfalls(read, written.sentences) == [("key_points", 0, 1)]


# ---- property: what is printed is what was measured ------------------------------------------------------------------

FINITE = st.floats(-1e15, 1e15, allow_nan=False, allow_infinity=False)
PRINTING = [(n, p) for n, o in sorted(KNOWN.items()) for p in sorted(PRINTERS) if PRINTERS[p].fits(o)]


def everything(path: Path) -> rules.Rulebook:
    """A rule for each fact and each filter that prints it, each in a group of its own."""
    groups = [f"g{number}" for number in range(len(PRINTING))]
    outline = f"sections: [{{id: all, layout: prose, groups: [{', '.join(groups)}]}}]"
    entries = []
    for number, (name, printer) in enumerate(PRINTING):
        owner = "lead" if "market" not in KNOWN[name].each else "market"
        say = f'"Of {"x" * (number + 1)} it is {{{{ {owner}.{name} | {printer} }}}}."'
        entries.append(rule(id=f"r{number}", section="all", group=f"g{number}", when="true", say=[say], again="true"))
    return book(path, *entries, outline=outline)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(data=st.data())
def test_every_printed_part_is_the_unit_function_of_its_fact(tmp_path: Path, data: st.DataObject) -> None:
    read = READ.setdefault("book", None) or everything(tmp_path)
    READ["book"] = read
    values: dict[str, float | date] = {}
    for name, offer in KNOWN.items():
        owner = "BTC" if "market" not in offer.each else "market"
        value: float | date = data.draw(st.dates()) if offer.unit is Unit.DATE else data.draw(FINITE)
        values[f"{owner}.{name}"] = value
    found = frame(values)
    written = rules.write(read, found, "main")
    assert len(written.sentences) == len(PRINTING)
    for (name, printer), said in zip(PRINTING, written.sentences, strict=True):
        (part,) = (part for part in said.parts if isinstance(part, Printed))
        subject, _, short = part.fact.partition(".")
        fact = found.facts[subject, short]
        assert short == name
        assert part.text == PRINTERS[printer].text(fact.value)
        assert part.value == units.machine(fact.value)


READ: dict[str, rules.Rulebook | None] = {}
