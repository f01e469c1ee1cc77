"""Two weeks against each other: what moved for its kind, which sentences are new, gone or the opposite, which gaps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reporter import rules
from reporter.model import Frame, Gap, Printed, Sentence, Unit
from reporter.rules.difference import Difference, difference
from reporter.rules.write import Written
from tests.test_rules_sample import WEEK, book, frame, rule

BEFORE = WEEK.previous


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> rules.Rulebook:
    return book(tmp_path_factory.mktemp("difference"), rule())


def said(text: str, rule_id: str = "total", **more: str) -> Sentence:
    plain = Sentence((text,), "opening", "event", "market", rule_id, "fact", "side", "", 0, (), 0.5, "x.yaml:1")
    return replace(plain, **more)  # type: ignore[arg-type]


def turned(word: str, value: str, rule_id: str = "total", fact: str = "BTC.price_usd_growth") -> Sentence:
    return replace(said("", rule_id), parts=("The price ", Printed(fact, word, value, word=True), "."))


def between(
    read: rules.Rulebook, before: list[Sentence], now: list[Sentence], frames: tuple[Frame, Frame] | None = None
) -> Difference:
    first, second = frames or (frame({}, BEFORE), frame({}))
    return difference(read, (first, Written(tuple(before), (), {}, ())), (second, Written(tuple(now), (), {}, ())))


def texts(found: tuple[Sentence, ...]) -> list[str]:
    return [one.text for one in found]


def test_a_sentence_is_the_same_where_its_rule_speaks_of_the_same_subject_in_other_words(read: rules.Rulebook) -> None:
    found = between(read, [said("One."), said("Old.", "old")], [said("Another one."), said("New.", "new")])
    assert (texts(found.new), texts(found.gone), found.reversed) == (["New."], ["Old."], ())


def test_the_same_rule_on_another_subject_is_another_sentence(read: rules.Rulebook) -> None:
    found = between(read, [said("Of BTC.", subject="BTC")], [said("Of ETH.", subject="ETH")])
    assert (texts(found.new), texts(found.gone)) == (["Of ETH."], ["Of BTC."])


def test_another_stance_on_the_same_topic_is_a_reversal_and_neither_new_nor_gone(read: rules.Rulebook) -> None:
    old, new = said("Longs fled.", "a", stance="longs"), said("Shorts fled.", "b", stance="shorts", section="metrics")
    found = between(read, [old], [new])
    assert [(one.before, one.now, one.what) for one in found.reversed] == [(old, new, "side: longs to shorts")]
    assert (found.new, found.gone) == ((), ())


@pytest.mark.parametrize("change", [{"stance": ""}, {"topic": "other"}, {"subject": "BTC"}, {"stance": "longs"}])
def test_no_reversal_without_another_stance_on_the_same_topic_and_subject(
    read: rules.Rulebook, change: dict[str, str]
) -> None:
    new = replace(said("Shorts fled.", "b", stance="shorts"), **change)  # type: ignore[arg-type]
    assert between(read, [said("Longs fled.", "a", stance="longs")], [new]).reversed == ()


def test_a_fact_whose_direction_word_turned_in_one_group_is_a_reversal(read: rules.Rulebook) -> None:
    found = between(read, [turned("rose", "0.04", "up")], [turned("fell", "-0.02", "down")])
    assert [one.what for one in found.reversed] == ["BTC.price_usd_growth turned"]
    assert (found.new, found.gone) == ((), ())


@pytest.mark.parametrize(
    "now",
    [
        turned("gained", "0.02"),
        turned("held", "0.0"),
        turned("fell", "-0.02", fact="ETH.price_usd_growth"),
        replace(turned("fell", "-0.02"), group="price"),
    ],
    ids=["another word for the same sign", "no change", "another fact", "another group"],
)
def test_no_reversal_where_no_sign_turned(read: rules.Rulebook, now: Sentence) -> None:
    assert between(read, [turned("rose", "0.04")], [now]).reversed == ()


def test_one_sentence_of_before_is_reversed_once(read: rules.Rulebook) -> None:
    new = [said("Shorts fled.", "b", stance="shorts"), said("Both fled.", "c", stance="both")]
    found = between(read, [said("Longs fled.", "a", stance="longs")], new)
    assert [one.now.rule_id for one in found.reversed] == ["b"]
    assert texts(found.new) == ["Both fled."]


# ---- facts, headings, gaps -------------------------------------------------------------------------------------------


def with_swings(one: Frame, swings: dict[str, float]) -> Frame:
    found = dict(one.facts)
    for key, swing in swings.items():
        subject, _, name = key.partition(".")
        fact = found[subject, name]
        found[subject, f"{name}_swing"] = replace(fact, name=f"{name}_swing", value=swing, unit=Unit.SHARE)
    return replace(one, facts=found)


def test_facts_that_moved_most_for_their_kind_come_first_the_market_before_assets(read: rules.Rulebook) -> None:
    values = {"BTC.dvol": 60.0, "ETH.dvol": 70.0, "market.liquidations_usd": 2e9, "BTC.price_usd": 9e4}
    now = with_swings(frame(values), {"BTC.dvol": 0.5, "ETH.dvol": 0.9, "market.liquidations_usd": 0.9})
    found = between(read, [], [], (frame({**values, "BTC.dvol": 50.0}, BEFORE), now))
    assert [(one.now.key, one.swing) for one in found.moves] == [
        ("market.liquidations_usd", 0.9),
        ("ETH.dvol", 0.9),
        ("BTC.dvol", 0.5),
    ]
    assert found.moves[2].before.value == 50.0


def test_a_fact_without_a_swing_or_without_a_week_before_is_no_move(read: rules.Rulebook) -> None:
    now = with_swings(frame({"BTC.dvol": 60.0, "ETH.dvol": 70.0}), {"BTC.dvol": 0.5})
    assert between(read, [], [], (frame({"ETH.dvol": 1.0}, BEFORE), now)).moves == ()


def test_headings_that_changed_are_named_with_both(read: rules.Rulebook) -> None:
    first, second = {"opening": "Calm", "metrics": "Same"}, {"opening": "Stress", "metrics": "Same"}
    found = difference(read, (frame({}, BEFORE), Written((), (), first, ())), (frame({}), Written((), (), second, ())))
    assert [(one.section, one.before, one.now) for one in found.headings] == [("opening", "Calm", "Stress")]


def test_gaps_are_new_or_mended(read: rules.Rulebook) -> None:
    frames = (
        frame({}, BEFORE, {"BTC.dvol": "late", "ETH.dvol": "late"}),
        frame({}, gaps={"ETH.dvol": "x", "SOL.dvol": "y"}),
    )
    found = between(read, [], [], frames)
    assert found.gaps_new == (Gap("dvol", "SOL", "y"),)
    assert found.gaps_mended == (Gap("dvol", "BTC", "late"),)


def test_a_real_note_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    one = book(tmp_path, rule(stance="heavy"))
    week = frame({"market.liquidations_usd": 2e9})
    written = rules.write(one, week, "main")
    found = difference(one, (week, written), (week, written))
    assert written.sentences
    assert (found.moves, found.reversed, found.new, found.gone, found.headings) == ((), (), (), (), ())
