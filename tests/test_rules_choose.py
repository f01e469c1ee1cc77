"""Which candidates stand: groups, stances, bounds, readings and repeated texts."""

from __future__ import annotations

from pathlib import Path

from reporter import rules
from tests.test_rules_sample import OUTLINE, book, frame, rule, texts

FACTS = {
    "market.liquidations_usd": 1.9e9,
    "BTC.dvol": 40.0,
    "ETH.dvol": 60.0,
    "SOL.dvol": 80.0,
    "BTC.funding_apr": 0.1,
}


def line(name: str, rank: float, section: str = "opening", group: str = "event", **more: object) -> str:
    """A rule that always speaks, says its own id, and has this rank."""
    keys: dict[str, object] = {"topic": name, "when": "liquidations_usd > 0", "say": [f"The {name} speaks."], **more}
    return rule(id=name, section=section, group=group, rank=rank, **keys)


def said(path: Path, *entries: str, outline: str = OUTLINE) -> tuple[list[str], dict[str, str]]:
    """The ids that spoke, in the order of the note, and why each of the others did not."""
    written = rules.write(book(path, *entries, outline=outline), frame(FACTS), "main")
    return [each.rule_id for each in written.sentences], {each.rule_id: each.why for each in written.unsaid}


# ---- groups ----------------------------------------------------------------------------------------------------------


def test_the_highest_rank_of_a_group_speaks(tmp_path: Path) -> None:
    spoke, silent = said(tmp_path, line("low", 0.2), line("high", 0.9), line("middle", 0.5))
    assert spoke == ["high"]
    assert silent == {
        "middle": "lost to 'high' in group 'event' (weight 0.55 against 0.95)",
        "low": "lost to 'high' in group 'event' (weight 0.25 against 0.95)",
    }


def test_equal_ranks_are_decided_by_id_and_not_by_order(tmp_path: Path) -> None:
    assert said(tmp_path / "a", line("b", 0.5), line("a", 0.5))[0] == ["a"]
    assert said(tmp_path / "b", line("a", 0.5), line("b", 0.5))[0] == ["a"]


def test_a_group_of_the_same_name_in_another_section_is_another_group(tmp_path: Path) -> None:
    assert said(tmp_path, line("here", 0.5), line("there", 0.9, "key_points", "event"))[0] == ["there", "here"]


def test_an_asset_group_speaks_of_as_many_assets_as_the_outline_lets_it(tmp_path: Path) -> None:
    each = line(
        "each", 0.5, "metrics", "funding", subject="asset", when="dvol > 0", say=["Of {{ asset.name }} this."]
    ).replace("rank: 0.5", "rank: dvol / 100")
    written = rules.write(book(tmp_path, each), frame(FACTS), "main")
    assert texts(written) == ["Of ether this.", "Of Solana this."]  # the two highest ranks, in the order of the assets
    assert [unsaid.subject for unsaid in written.unsaid] == ["BTC"]


def test_two_rules_of_an_asset_group_do_not_speak_of_one_asset(tmp_path: Path) -> None:
    entries = [
        line(name, rank, "metrics", "funding", subject="asset", when="asset.ticker == 'ETH'", say=[f"Say {name}."])
        for name, rank in (("one", 0.4), ("two", 0.6))
    ]
    assert said(tmp_path, *entries)[0] == ["two"]


# ---- stances ---------------------------------------------------------------------------------------------------------


def test_of_two_stances_on_a_topic_the_higher_rank_stands_and_the_other_group_falls_to_its_next(tmp_path: Path) -> None:
    spoke, silent = said(
        tmp_path,
        line("up", 0.9, group="event", topic="leverage", stance="rising"),
        line("down", 0.8, group="scale", topic="leverage", stance="falling"),
        line("neutral", 0.1, group="scale"),
    )
    assert spoke == ["up", "neutral"]
    assert silent == {"down": "contradicted by 'up': 'falling' against 'rising' on leverage of market"}


def test_a_stance_holds_over_sections_and_for_the_lead_as_for_its_asset(tmp_path: Path) -> None:
    entries = (
        line("lead", 0.9, subject="lead", topic="crowd", stance="longs", when="dvol > 0"),
        line("asset", 0.8, "metrics", "options", subject="asset", topic="crowd", stance="shorts", when="dvol < 50"),
    )
    written = rules.write(book(tmp_path, *entries), frame(FACTS), "main")
    spoke, silent = [each.rule_id for each in written.sentences], [each.why for each in written.unsaid]
    assert spoke == ["lead"]
    assert "contradicted by 'lead': 'shorts' against 'longs' on crowd of BTC" in silent


def test_other_subjects_and_topics_may_have_other_stances(tmp_path: Path) -> None:
    spoke, _ = said(
        tmp_path,
        line("a", 0.9, group="event", topic="crowd", stance="longs"),
        line("b", 0.8, group="scale", topic="crowd", stance="shorts", subject="lead", when="dvol > 0"),
        line("c", 0.7, group="price", topic="price", stance="shorts"),
        line("d", 0.6, "metrics", "options", topic="crowd"),
        line("e", 0.5, "key_points", "event", topic="crowd", stance="longs"),
    )
    assert spoke == ["e", "a", "b", "c", "d"]


def test_of_equal_ranks_the_stance_that_stands_first_in_the_outline_wins(tmp_path: Path) -> None:
    spoke, _ = said(
        tmp_path,
        line("a-late", 0.5, group="scale", topic="t", stance="x"),
        line("z-early", 0.5, group="event", topic="t", stance="y"),
    )
    assert spoke == ["z-early"]


def test_a_sentence_that_lost_its_seat_does_not_impose_its_stance(tmp_path: Path) -> None:
    spoke, _ = said(
        tmp_path,
        line("winner", 0.9, group="event", topic="other"),
        line("loser", 0.8, group="event", topic="t", stance="x"),
        line("free", 0.7, group="scale", topic="t", stance="y"),
    )
    assert spoke == ["winner", "free"]


# ---- bounds ----------------------------------------------------------------------------------------------------------


def test_above_the_most_of_a_section_the_highest_ranks_stand_in_the_order_of_the_outline(tmp_path: Path) -> None:
    spoke, silent = said(
        tmp_path,
        line("first", 0.3, "key_points", "event"),
        line("second", 0.1, "key_points", "price"),
        line("third", 0.9, "key_points", "flows"),
    )
    assert spoke == ["first", "third"]
    assert silent == {"second": "section 'key_points' is full with 2 sentences of more weight"}


def test_a_paragraph_has_bounds_too(tmp_path: Path) -> None:
    spoke, silent = said(tmp_path, line("one", 0.9, group="flows"), line("two", 0.8, group="interpretation"))
    assert spoke == ["one"]
    assert silent["two"] == "paragraph 'interpretation' of section 'opening' is full with 1 sentences of more weight"


def test_paragraphs_hold_the_sentences_of_their_groups_and_each_bullet_is_one(tmp_path: Path) -> None:
    entries = (
        line("p", 0.3, "key_points", "event"),
        line("q", 0.3, "key_points", "flows"),
        line("a", 0.5),
        line("b", 0.5, group="price"),
        line("c", 0.5, group="flows"),
    )
    read = book(tmp_path, *entries)
    sentences = rules.write(read, frame(FACTS), "main").sentences
    placed = {
        part.id: [[each.rule_id for each in some] for some in rules.paragraphs(part, sentences)]
        for part in read.outline.parts
    }
    assert placed == {"title": [], "key_points": [["p"], ["q"]], "opening": [["a", "b"], ["c"]], "metrics": []}


# ---- readings --------------------------------------------------------------------------------------------------------


def reading(name: str, rank: float, group: str = "interpretation", section: str = "opening", **more: object) -> str:
    return line(name, rank, section, group, kind="reading", **more)


def test_a_reading_stands_beside_a_fact_that_cites_what_it_needs(tmp_path: Path) -> None:
    assert said(tmp_path, line("fact", 0.2), reading("view", 0.9))[0] == ["fact", "view"]


def test_a_reading_without_its_fact_is_dropped_and_its_group_falls_to_the_next(tmp_path: Path) -> None:
    spoke, silent = said(
        tmp_path,
        line("fact", 0.2),
        reading("lonely", 0.9, when="lead.funding_apr > 0"),
        reading("other", 0.1, topic="fact"),
    )
    assert spoke == ["fact", "other"]
    assert silent == {"lonely": "no chosen sentence states a fact that it reads"}


def test_a_reading_on_the_topic_of_a_chosen_fact_stands(tmp_path: Path) -> None:
    assert said(tmp_path, line("fact", 0.2, topic="t"), reading("view", 0.9, when="true", topic="t"))[0] == [
        "fact",
        "view",
    ]


def test_a_reading_of_one_asset_does_not_rest_on_another(tmp_path: Path) -> None:
    fact = line("fact", 0.5, "metrics", "funding", subject="asset", topic="vol", when="dvol < 50")
    view = reading(
        "view", 0.4, "options", "metrics", subject="asset", topic="vol", when="funding_apr is missing and dvol > 70"
    )
    assert said(tmp_path, fact, view.replace("topic: vol", "topic: vol\n    optional: [funding_apr]"))[0] == ["fact"]


def test_a_reading_looks_for_facts_elsewhere_only_where_its_section_states_none(tmp_path: Path) -> None:
    view = reading("view", 0.4, "options", "metrics", topic="t")
    elsewhere = line("fact", 0.5, "opening", "event", topic="t")
    beside = line("beside", 0.5, "metrics", "funding", when="lead.dvol > 0")
    assert said(tmp_path / "a", elsewhere, view)[0] == ["fact", "view"]
    assert said(tmp_path / "b", elsewhere, view, beside)[0] == ["fact", "beside"]


def test_a_reading_does_not_rest_on_another_reading_nor_on_a_fact_that_lost(tmp_path: Path) -> None:
    first = reading("first", 0.9, topic="t", when="true")
    second = reading("second", 0.8, "options", "metrics", topic="t", when="true")
    beaten = line("beaten", 0.1, "opening", "event", topic="t", when="true")
    winner = line("winner", 0.7, "opening", "event", topic="u", when="lead.dvol > 0")
    assert said(tmp_path, first, second, beaten, winner)[0] == ["winner"]


def test_a_watch_sentence_needs_no_fact_beside_it(tmp_path: Path) -> None:
    assert said(tmp_path, line("look", 0.5, kind="watch", when="true"))[0] == ["look"]


def test_a_dropped_reading_no_longer_contradicts(tmp_path: Path) -> None:
    spoke, _ = said(
        tmp_path,
        reading("lonely", 0.9, topic="t", stance="x", when="lead.funding_apr > 0"),
        line("fact", 0.5, group="event", topic="t", stance="y"),
    )
    assert spoke == ["fact"]


# ---- repeated texts --------------------------------------------------------------------------------------------------


def test_no_text_stands_twice_and_the_higher_rank_keeps_it(tmp_path: Path) -> None:
    spoke, silent = said(
        tmp_path,
        line("point", 0.4, "key_points", "event", say=["Longs were flushed."]),
        line("opening", 0.6, "opening", "event", say=["longs were  flushed!"]),
    )
    assert spoke == ["opening"]
    assert silent == {"point": "says the same as 'opening' in section 'opening'"}


def test_the_order_of_rules_in_the_files_decides_nothing(tmp_path: Path) -> None:
    entries = [
        line("a", 0.5, topic="t", stance="x"),
        line("b", 0.5, group="scale", topic="t", stance="y"),
        line("c", 0.5, group="scale"),
        reading("d", 0.6, topic="c"),
        line("e", 0.5, "key_points", "event", topic="t", stance="y"),
    ]
    one = said(tmp_path / "a", *entries)[0]
    two = said(tmp_path / "b", *reversed(entries))[0]
    assert one == two == ["e", "b", "d"]
