"""Past weeks written again from what is kept: each frame as it was known at its own cut, each note with the memory of
those before it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import combinations
from typing import TYPE_CHECKING

from reporter import clock
from reporter.errors import ConfigError
from reporter.model import Frame, Said, Sentence, Week
from reporter.pipeline.asking import Step, Tell, silent
from reporter.pipeline.building import FOREVER
from reporter.pipeline.desk import Desk, chosen_week, decisions
from reporter.pipeline.keeping import ledger_of

if TYPE_CHECKING:
    from reporter.history import History
    from reporter.rules import Written
    from reporter.rules.against import Pairs
    from reporter.rules.difference import Difference
    from reporter.rules.replay import Checks, Replay

DAY = timedelta(days=1)


def complete_weeks(desk: Desk, history: History, last: int | None = None) -> list[Week]:
    """Every week of which the store may hold all days, the oldest first, or the `last` of them. Raises ConfigError
    where there is none."""
    lag = desk.newsletter.config.lag
    first, newest = history.first_at(), max((end for _, end in history.span(FOREVER).values()), default=None)
    weeks: list[Week] = []
    if first is not None and newest is not None:
        begin, end = (clock.week_of(moment, lag) for moment in (first, newest))
        begin = begin if begin.start >= first else begin.shifted(1)
        end = end if newest >= end.end - DAY else end.previous
        last_cut = chosen_week(desk, None, None)
        count = (min(end.start, last_cut.start) - begin.start).days // 7 + 1
        weeks = [begin.shifted(n) for n in range(count)]
    if not weeks:
        raise ConfigError("replay: the store holds no complete week; collect first: reporter collect --backfill 52")
    return weeks[-last:] if last else weeks


def notes(
    desk: Desk, history: History, weeks: Sequence[Week], memory: Sequence[Said] = (), tell: Tell = silent
) -> Iterator[tuple[Frame, Written]]:
    """Each week's frame and what is written of it; every note remembers `memory` and the notes before it, of each rule
    as many appearances as the choice of wordings and the ranking ever ask for."""
    from reporter import facts, rules
    from reporter.rules import vary

    most = max(vary.LONGEST_MEMORY, vary.WEEKS_LATELY * len(desk.setting.assets))
    past: dict[tuple[str, bool], deque[Said]] = {}

    def remember(one: Said) -> None:
        past.setdefault((one.rule_id, one.joined), deque(maxlen=most)).append(one)

    for said in memory:
        remember(said)
    for done, frame in enumerate(facts.frames(history, desk.setting, weeks, FOREVER), 1):
        written = rules.write(desk.book, frame, desk.edition, [said for some in past.values() for said in some])
        for sentence in written.sentences:
            remember(said_of(sentence, frame.week))
        tell(Step("weeks", done, len(weeks)))
        yield frame, written


def said_of(sentence: Sentence, week: Week) -> Said:
    """A sentence as the notes of later weeks remember it."""
    return Said(
        week=week.start.date(),
        rule_id=sentence.rule_id,
        subject=sentence.subject,
        variant=sentence.variant,
        joined=sentence.joined,
        topic=sentence.topic,
        stance=sentence.stance,
        text=sentence.text,
    )


def replay(desk: Desk, history: History, weeks: Sequence[Week], tell: Tell = silent) -> Replay:
    """What the rules do over these weeks, which must follow each other."""
    from reporter.rules import replay as engine

    look, every = checks(desk), notes(desk, history, weeks, tell=tell)
    return engine.replay(desk.book, (engine.told(desk.book, frame, written, look) for frame, written in every))


def checks(desk: Desk) -> Checks:
    """What is held against each week's sentences: the table of contradictions, and the language of the house."""
    from reporter.rules.replay import Checks

    return Checks(partial(_contradictions, desk, desk.book.pairs), _language)


def _contradictions(desk: Desk, pairs: Pairs, frame: Frame, sentences: Sequence[Sentence]) -> Iterator[str]:
    from reporter import rules

    view = rules.lead_view(frame)
    for one, other in combinations(sentences, 2):
        if why := rules.conflict(pairs, one, other):
            yield f"{one.rule_id} with {other.rule_id}: {why}"
    for one in sentences:
        if why := rules.false_words(pairs, desk.book, view, one):
            yield f"{one.rule_id}: {why}"


def _language(frame: Frame, sentences: Sequence[Sentence]) -> Iterator[str]:
    from reporter.language import faults

    units = {fact.key: fact.unit for fact in frame.facts.values()}
    for one in sentences:
        yield from (f"{one.rule_id}: {fault}" for fault in faults(one.parts, one.kind, units.get))


def differing(desk: Desk, history: History, week: Week) -> Difference:
    """A week against the one before it, each as its note would be written now, with what an editor decided for it.

    Raises Several for mistakes in a desk file."""
    from reporter import facts, rules
    from reporter.rules.difference import difference

    heard = list(ledger_of(desk).said(desk.edition, week.previous))
    both = []
    for frame in facts.frames(history, desk.setting, [week.previous, week], FOREVER):
        written = rules.write(desk.book, frame, desk.edition, heard)
        written = rules.edited(desk.book, frame, written, decisions(desk, frame.week)).written
        heard += [said_of(sentence, frame.week) for sentence in written.sentences]
        both.append((frame, written))
    before, now = both
    return difference(desk.book, before, now)
