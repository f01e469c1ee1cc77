"""Looking back over weeks: every turn of a rule is counted once, under what it did, and what stands twice is found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import rules
from reporter.model import Frame, Printed, Sentence, Unsaid
from reporter.rules.repeats import Repeat, repeats
from reporter.rules.replay import Checks, Followed, Replay, Tally, replay, told, turn
from tests.test_rules_sample import WEEK, book, frame, rule

BY_FORCE = "market.liquidations_usd"
Values = Mapping[str, float | date]


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> rules.Rulebook:
    """A rule that beats another of its group, one of each asset, one to watch with an outcome."""
    return book(
        tmp_path_factory.mktemp("four"),
        rule(id="large", when="liquidations_usd >= 1e9", rank="0.9", say=['"It was a week of force."']),
        rule(id="plain"),
        rule(id="each", subject="asset", section="metrics", group="funding", topic="funding",
             when="funding_apr > 0.1", say=['"{{ asset.name }} longs paid {{ funding_apr | apr }} a year."']),
        rule(id="look", kind="watch", section="metrics", group="options", subject="lead", topic="vol",
             when="dvol >= 60", outcome="price_usd_growth < 0", say=['"Volatility is what to watch."']),
    )  # fmt: skip


def played(read: rules.Rulebook, *weeks: Values, checks: Checks | None = None) -> Replay:
    """A replay of weeks that follow each other, each written without memory."""
    frames = [frame(values, WEEK.shifted(number)) for number, values in enumerate(weeks)]
    return replay(read, (told(read, one, rules.write(read, one, "main"), checks) for one in frames))


def of(found: Replay, rule_id: str) -> Tally:
    return next(each for each in found.tallies if each.rule.id == rule_id)


def counts(each: Tally) -> tuple[int, int, int, int]:
    return each.spoke, each.lost, each.silent, each.gaps


# ---- what rules did --------------------------------------------------------------------------------------------------


def test_each_turn_of_a_rule_is_counted_under_what_it_did(four: rules.Rulebook) -> None:
    # Week 1: large beats plain. Week 2: large is false, plain speaks. Week 3: nothing is known.
    found = played(four, {BY_FORCE: 2e9}, {BY_FORCE: 5e8}, {})
    assert of(found, "large").cells == ("spoke", "silent", "gap")
    assert of(found, "plain").cells == ("lost", "spoke", "gap")
    assert of(found, "plain").lost_to == (("large", 1),)
    assert of(found, "plain").wants == (("market.liquidations_usd", 1),)


def test_a_rule_of_each_asset_has_a_turn_a_week_and_asset_and_the_cell_of_the_one_that_came_furthest(
    four: rules.Rulebook,
) -> None:
    found = played(four, {"BTC.funding_apr": 0.2, "ETH.funding_apr": 0.01}, {"ETH.funding_apr": 0.01})
    assert counts(of(found, "each")) == (1, 0, 2, 3)  # BTC spoke; ETH twice too low; SOL twice and BTC once unknown
    assert of(found, "each").cells == ("spoke", "silent")
    assert of(found, "each").weeks == 1


AMOUNTS = st.sampled_from([0.0, 5e8, 2e9])
WEEKS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            BY_FORCE: AMOUNTS,
            "BTC.funding_apr": st.floats(-1, 1),
            "SOL.funding_apr": st.floats(-1, 1),
            "ETH.funding_apr": st.floats(-1, 1),
            "BTC.dvol": st.floats(1, 200),
            "BTC.price_usd_growth": st.floats(-0.5, 0.5),
        },
    ),
    max_size=6,
)


@given(WEEKS)
def test_what_a_rule_did_adds_up_to_weeks_times_subjects(four: rules.Rulebook, weeks: list[dict[str, float]]) -> None:
    found = played(four, *weeks)
    for each in found.tallies:
        subjects = 3 if each.rule.subject == "asset" else 1
        assert sum(counts(each)) == len(weeks) * subjects
        assert sum(times for _, times in each.lost_to) == each.lost
        assert sum(times for _, times in each.wants) == each.gaps
        assert len(each.cells) == len(weeks)
    assert sum(each.spoke for each in found.tallies) == sum(len(one.sentences) for one in found.told)


@pytest.mark.parametrize(
    ("why", "act", "cause"),
    [
        ("lost to 'large' in group 'event' (weight 0.50 against 0.90)", "lost", "large"),
        ("contradicted by 'large': 'up' against 'down' on leverage of BTC", "lost", "large"),
        ("says the same as 'large' in section 'opening'", "lost", "large"),
        ("section 'key_points' is full with 3 sentences of more weight", "lost", "section 'key_points' is full"),
        ("no wording is left", "lost", "no wording is left"),
        ("needs BTC.dvol: there is no source: none", "gap", "BTC.dvol"),
        ("its condition is false: dvol > 60 (BTC.dvol is 40.0)", "silent", ""),
        ("its values cannot be calculated with (ZeroDivisionError)", "silent", ""),
        ("BTC.price_usd_growth prints as zero, for which the rule has no third word", "silent", ""),
        ("BTC.price_usd_growth prints as zero, from which its wording cannot go on", "silent", ""),
    ],
)
def test_why_a_rule_is_silent_says_what_it_did(four: rules.Rulebook, why: str, act: str, cause: str) -> None:
    found = turn(four, Unsaid("plain", "market", why, "rules/book.yaml:1"))
    assert (found.act, found.cause) == (act, cause)


def test_rules_that_never_speak_say_why(four: rules.Rulebook) -> None:
    found = played(four, {BY_FORCE: 2e9, "BTC.dvol": 40.0}, {BY_FORCE: 3e9, "BTC.dvol": 41.0})
    assert {each.rule.id: each.why_never for each in found.dead} == {
        "plain": "could speak 2 of 2 times and never won; lost 2 times to: large",
        "each": "wants BTC.funding_apr, which was missing 2 of 6 times",
        "look": "its condition never held; its facts were there 2 of 2 times",
    }
    assert [each.rule.id for each in found.never_win] == ["plain"]


def test_a_rule_that_mostly_has_its_facts_is_not_said_to_want_them(four: rules.Rulebook) -> None:
    found = played(four, {"BTC.dvol": 40.0}, {"BTC.dvol": 41.0}, {})
    assert of(found, "look").why_never == "its condition never held; its facts were there 2 of 3 times"


def test_rules_that_speak_often_and_always_are_told_apart(four: rules.Rulebook) -> None:
    calm = {BY_FORCE: 5e8}
    found = played(four, *[{**calm, "BTC.dvol": 70.0}] * 2, calm)
    assert [(each.rule.id, each.weeks) for each in found.often] == [("plain", 3), ("look", 2)]
    assert [each.rule.id for each in found.always] == ["plain"]
    assert played(four).often == ()


def test_rules_stand_in_the_order_of_the_note(tmp_path: Path) -> None:
    read = book(tmp_path, rule(id="last", section="metrics", group="options"), rule(id="first"))
    assert [each.rule.id for each in played(read).tallies] == ["first", "last"]


# ---- what followed ---------------------------------------------------------------------------------------------------


def test_an_outcome_is_judged_in_the_week_that_follows_and_against_all_weeks(four: rules.Rulebook) -> None:
    weeks = [  # spoke in weeks 1, 2 and 4; the price fell in weeks 2 and 4 of the four in which it is known
        {"BTC.dvol": 70.0, "BTC.price_usd_growth": 0.1},
        {"BTC.dvol": 70.0, "BTC.price_usd_growth": -0.1},
        {"BTC.dvol": 40.0, "BTC.price_usd_growth": 0.2},
        {"BTC.dvol": 70.0, "BTC.price_usd_growth": -0.2},
        {"BTC.dvol": 70.0},
    ]
    # After week 1 it fell, after week 2 it rose, after week 4 nobody knows.
    assert of(played(four, *weeks), "look").followed == Followed(1, 2, 2, 4)
    assert of(played(four, *weeks), "plain").followed is None


def test_a_week_that_is_not_the_next_one_is_no_outcome(four: rules.Rulebook) -> None:
    frames = [
        frame({"BTC.dvol": 70.0, "BTC.price_usd_growth": 0.1}, WEEK),
        frame({"BTC.price_usd_growth": -0.1}, WEEK.shifted(2)),
    ]
    found = replay(four, (told(four, one, rules.write(four, one, "main")) for one in frames))
    assert of(found, "look").followed == Followed(0, 0, 1, 2)


# ---- findings --------------------------------------------------------------------------------------------------------


def test_other_checks_are_asked_of_every_week(four: rules.Rulebook) -> None:
    def named(one: Frame, sentences: Sequence[Sentence]) -> Iterator[str]:
        yield from (f"{one.week.label}: {said.text}" for said in sentences)

    found = played(four, {BY_FORCE: 2e9}, {}, checks=Checks(contradictions=named))
    assert [one.contradictions for one in found.told] == [(f"{WEEK.label}: It was a week of force.",), ()]
    assert [one.language for one in found.told] == [(), ()]


def test_a_section_that_fell_short_is_named(four: rules.Rulebook) -> None:
    assert played(four, {BY_FORCE: 2e9}).told[0].short == ("key_points: 0 of at least 1",)


# ---- repetitions -----------------------------------------------------------------------------------------------------


def said(text: str, rule_id: str = "total", section: str = "opening", **more: object) -> Sentence:
    """A sentence; `{$2}` in its text is a figure, `{up}` a word of the same fact."""
    parts: list[str | Printed] = []
    for number, piece in enumerate(re.split(r"[{}]", text)):
        is_word = piece.isalpha()
        parts.append(Printed(BY_FORCE, piece, "2.0", is_word) if number % 2 else piece)
    filled = tuple(part for part in parts if part)
    plain = Sentence(filled, section, "event", "market", rule_id, "fact", "t", "", 0, (), 0.5, "x.yaml:1")
    return replace(plain, **more)  # type: ignore[arg-type]


def repeated(read: rules.Rulebook, *notes: Sequence[Sentence]) -> list[tuple[str, str, str, str]]:
    weeks = [(WEEK.shifted(number), note) for number, note in enumerate(notes)]
    return [(one.kind, one.week[-3:], one.rule_id, one.first) for one in repeats(read, weeks)]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> rules.Rulebook:
    three = ["'Forced closures came to {{ liquidations_usd | usd }}.'", "'One a.'", "'Two b.'"]
    return book(
        tmp_path_factory.mktemp("pair"),
        rule(id="total", say=three),
        rule(id="other", group="scale", say=["'Only one.'"]),
        rule(id="may", group="price", again="true"),
    )


def test_a_figure_that_stands_twice_in_the_running_text_is_found(pair: rules.Rulebook) -> None:
    first = said("Some {$2} were closed.")
    assert repeated(pair, [first, said("It was {$2}.", "other")]) == [("figure", "W07", "other", "total")]
    assert repeated(pair, [first, said("It was {$3}.", "other")]) == []
    assert repeated(pair, [first, said("It went {up}.", "other"), said("So went it {up}.", "may")]) == []


def test_a_figure_may_stand_again_in_key_points_and_where_its_rule_says_so(pair: rules.Rulebook) -> None:
    first = said("Some {$2} were closed.")
    assert repeated(pair, [said("In all {$2}.", "other", "key_points"), first]) == []
    assert repeated(pair, [first, said("It was {$2}.", "may")]) == []


def test_two_sentences_of_one_note_that_begin_alike_are_found(pair: rules.Rulebook) -> None:
    alike = [said("Longs were closed by force."), said("Longs were closed in haste.", "other")]
    assert repeated(pair, alike) == [("opening", "W07", "other", "total")]
    assert repeated(pair, [alike[0]], [alike[1]]) == []
    assert repeated(pair, [alike[0], replace(alike[1], section="title")]) == []


def test_a_wording_may_come_back_when_the_others_were_used(pair: rules.Rulebook) -> None:
    # Of three wordings none of the last two; what lies further back may stand again.
    used = [[said(f"Note {number}.", variant=variant)] for number, variant in enumerate((0, 1, 2, 0, 1, 0))]
    assert repeated(pair, *used) == [("wording", "W12", "total", "2026-W10")]


def test_a_rule_with_one_wording_cannot_vary_it_and_joined_wordings_count_apart(pair: rules.Rulebook) -> None:
    assert repeated(pair, [said("Note a.", "other")], [said("Note b.", "other")]) == []
    assert repeated(pair, [said("Note a.")], [said("Note b.", joined=True)]) == []


def test_a_sentence_of_the_note_before_is_found_and_of_an_older_one_not(pair: rules.Rulebook) -> None:
    one, two = [said("The same words.", "other")], [said("Other words.", "other")]
    assert repeated(pair, one, one) == [("sentence", "W08", "other", "2026-W07")]
    assert repeated(pair, one, two, one) == []


def test_what_stands_twice_is_said_in_words(pair: rules.Rulebook) -> None:
    found = list(repeats(pair, [(WEEK, [said("Some {$2} were closed."), said("It was {$2}.", "other")])]))
    assert found == [Repeat("figure", "2026-W07", "other", f"{BY_FORCE} $2", "total")]
