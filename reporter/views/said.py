"""A week's note as its rules see it: what was said, what lost and to whom, what wants which fact, what did not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reporter import inside, pipeline
from reporter.inside import View
from reporter.model import Rule, Sentence, Unsaid
from reporter.newsletter import Newsletter

if TYPE_CHECKING:
    from reporter.pipeline import Desk
    from reporter.rules.confidence import Confidence
    from reporter.rules.replay import Turn

Pair = tuple["Turn", Unsaid]


def said(desk: Desk, newsletter: Newsletter, week: str | None) -> View:
    """What was said in a week, by which rule, in which wording and how surely, and why the others were silent."""
    from reporter.rules import replay, voice

    _, history = pipeline.stores(desk)
    inside.read_in(desk, newsletter, history)
    frame = pipeline.measure(desk, history, pipeline.chosen_week(desk, week, None), None)
    written = pipeline.draft(desk, history, frame, None).written
    rules = {rule.id: rule for rule in desk.book.rules}
    turns = [(replay.turn(desk.book, one), one) for one in written.unsaid]
    sure = [voice.confidence_of(desk.book, frame, one) if one.rule_id in rules else None for one in written.sentences]
    spoken = [_said_record(one, how, rules) for one, how in zip(written.sentences, sure, strict=True)]
    lines = [*(line for record in spoken for line in _said_lines(record)), *_unsaid_lines(turns, rules)]
    data = {
        "week": frame.week.label,
        "said": spoken,
        "unsaid": [_unsaid_record(turn, one) for turn, one in turns],
    }
    return View((f"said: {_counted(len(spoken), 'sentence')}", *lines), data)


def _wordings(one: Sentence, rules: dict[str, Rule]) -> int:
    """How many wordings there are of the kind in which a sentence stands; 1 where no rule wrote it."""
    rule = rules.get(one.rule_id)
    if rule is None:
        return 1
    return len(rule.joined.say) if one.joined and rule.joined else len(rule.say)


def _said_record(one: Sentence, sure: Confidence | None, rules: dict[str, Rule]) -> dict[str, Any]:
    """A sentence with its place in the choice; `confidence` is the step of the ladder that its facts come to, and
    `doubts` are the reasons against more."""
    return {
        "section": one.section,
        "group": one.group,
        "rule_id": one.rule_id,
        "where": one.where,
        "subject": one.subject,
        "rank": one.rank,
        "weight": one.weight,
        "wording": one.variant + 1,
        "wordings": _wordings(one, rules),
        "joined": one.joined,
        "confidence": sure.step.value if sure else None,
        "doubts": [*sure.weak, *sure.partial] if sure else [],
        "text": one.text,
    }


def _unsaid_record(turn: Turn, one: Unsaid) -> dict[str, Any]:
    """`act` is lost, gap or silent; `cause` the rule that won or the fact that is wanting, where there is one."""
    return {
        "rule_id": one.rule_id,
        "subject": one.subject,
        "act": turn.act,
        "cause": turn.cause,
        "why": one.why,
        "where": one.where,
    }


def _said_lines(one: dict[str, Any]) -> Iterator[str]:
    how = "joined wording" if one["joined"] else "wording"
    sure = f", confidence {one['confidence']}" if one["confidence"] else ""
    yield f"{one['section']}/{one['group']}  {one['rule_id']} ({one['where']}, rank {one['rank']:.2f})"
    yield f"    {one['subject']}, weight {one['weight']:.2f}, {how} {one['wording']} of {one['wordings']}{sure}"
    yield f"    {one['text']}"


def _unsaid_lines(turns: Sequence[Pair], rules: dict[str, Rule]) -> Iterator[str]:
    """The three kinds of silence, each sorted by what an editor would look for: the winner, the fact, the place."""
    lost = [pair for pair in turns if pair[0].act == "lost"]
    wanting = [pair for pair in turns if pair[0].act == "gap"]
    quiet = [pair for pair in turns if pair[0].act == "silent"]

    def place(pair: Pair) -> str:
        rule = rules[pair[1].rule_id]
        return f"{rule.section}/{rule.group}"

    yield from ("", f"not said: {_counted(len(turns), 'time')}")
    yield from _grouped(f"lost: {len(lost)}", lost, lambda pair: pair[0].cause)
    yield from _grouped(f"wanting a fact: {len(wanting)}", wanting, lambda pair: pair[0].cause)
    yield from _grouped(f"nothing to say: {len(quiet)}", quiet, place)


def _grouped(head: str, pairs: Sequence[Pair], key: Callable[[Pair], str]) -> Iterator[str]:
    """A heading, and below it the pairs under the key they share; of what is wanting the reason stands once."""
    if not pairs:
        return
    yield from ("", head)
    for name, found in groupby(sorted(pairs, key=key), key=key):
        some = list(found)
        wanting = some[0][0].act == "gap"
        reason = some[0][1].why.removeprefix(f"needs {name}: ") if wanting else ""
        yield f"  {name}: {reason}" if wanting else f"  {'to ' if some[0][0].act == 'lost' else ''}{name}"
        yield from (_line(one, "" if wanting else one.why) for _, one in some)


def _line(one: Unsaid, why: str) -> str:
    return f"    {one.rule_id} [{one.subject}] ({one.where})" + (f": {why}" if why else "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"
