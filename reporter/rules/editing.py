"""An editor's decisions carried out: written sentences and a desk file in, the sentences of the note out, with a record
of each decision and what an editor should know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from reporter import units
from reporter.desk_file import FOLDER, Edit
from reporter.errors import RuleError
from reporter.model import LEAD, Finding, Frame, Printed, Sentence, Unsaid
from reporter.rules import context, finish, voice
from reporter.rules.attributed import attributed, closed, quotation
from reporter.rules.called import Parts
from reporter.rules.context import View
from reporter.rules.editor import DeskFile, Entry, Quote, Seat
from reporter.rules.figure import UnspokenError
from reporter.rules.load import Rulebook
from reporter.rules.prose import goes_on, sentence
from reporter.rules.shapes import Reading
from reporter.rules.write import Written, drafted

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Edited:
    """The sentences as edited, what was done, and what was not or may have to be looked at."""

    written: Written
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]


@dataclass
class Sheet:
    """A note under the editor's pen."""

    book: Rulebook
    frame: Frame
    sentences: list[Sentence]
    unsaid: list[Unsaid]
    edits: list[Edit] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def warn(self, where: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(where, what, "warning", remedy))

    def stop(self, where: str, what: str, remedy: str) -> None:
        self.findings.append(Finding(where, what, "error", remedy))


def edited(book: Rulebook, frame: Frame, written: Written, file: DeskFile) -> Edited:
    """The note's sentences after an editor's decisions: those that are out of date are left, and named in a warning.

    Attributions come last, to sentences as they stand then. Raises RuleError where a wording makes no sentence of this
    week's facts.
    """
    sheet = Sheet(book, frame, list(written.drafted), list(written.unsaid), findings=list(file.findings))
    entries = [entry for entry in file.entries if _is_due(entry, sheet)]
    for entry in entries:
        ACTIONS.get(entry.action, _nothing)(entry, sheet)
    for number, quote in enumerate(file.quotes, start=1):
        _quote(quote, number, sheet)
    sheet.sentences = list(_mended(written.drafted, sheet))
    for entry in entries:
        if entry.action == "attribute":
            _attribute(entry, sheet)
    _limits(sheet)
    _bereft(written.drafted, sheet)
    _left_out(written.drafted, sheet)
    sentences = finish.named(sheet.sentences, book.names, book.outline)
    done = replace(written, sentences=sentences, unsaid=tuple(sheet.unsaid), drafted=tuple(sheet.sentences))
    return Edited(done, tuple(sheet.edits), tuple(sheet.findings))


# ---- whether a decision still holds ----------------------------------------------------------------------------------


def _is_due(entry: Entry, sheet: Sheet) -> bool:
    last = sheet.frame.week.cut.date()
    if entry.until and entry.until < last:
        sheet.warn(
            entry.where, f"ran out on {entry.until.isoformat()} and is not applied", "remove it, or date it anew"
        )
        return False
    moved = list(_moved(entry, sheet.frame))
    for what in moved:
        kept = "it is not applied" if entry.strict else "it is applied all the same"
        sheet.warn(entry.where, f"{what}; {kept}", "read the sentence again, and write what you see under 'expects'")
    return not (moved and entry.strict)


def _moved(entry: Entry, frame: Frame) -> Iterator[str]:
    """A line for each fact that no longer prints as it did when the editor saw it."""
    for name, value in entry.expects.items():
        owner, _, short = name.partition(".")
        found = frame.get(owner, short)
        if found is None:
            yield f"{name} is missing this week"
        elif (now := units.text(found.value, found.unit)) != (then := units.text(value, found.unit)):
            yield f"{name} is {now} now, and was {then}"


# ---- sentences -------------------------------------------------------------------------------------------------------


def _add(entry: Entry, sheet: Sheet) -> None:
    view = View(sheet.frame, entry.subject, sheet.frame.subject(entry.subject))
    if entry.say and entry.seat and (parts := _parts(entry.say, view, entry.where, entry.seat.section, sheet)):
        said = Sentence(
            parts=parts,
            section=entry.seat.section,
            group=entry.seat.group,
            subject=view.subject,
            rule_id=f"desk-line-{entry.where.rpartition(':')[2]}",
            kind=entry.kind,
            topic=entry.topic,
            stance=entry.stance,
            variant=0,
            cites=_cites(entry.say, view),
            rank=1.0,
            where=entry.where,
        )
        sheet.sentences.insert(_place(entry.seat, sheet), said)
        _done(entry, sheet, replace(said, parts=()), said)


def _drop(entry: Entry, sheet: Sheet) -> None:
    for old in _spoken(entry, sheet):
        sheet.sentences.remove(old)
        sheet.unsaid.append(Unsaid(old.rule_id, old.subject, f"dropped by {entry.who}: {entry.why}", entry.where))
        _done(entry, sheet, old, replace(old, parts=()))


def _replace(entry: Entry, sheet: Sheet) -> None:
    rule = next(rule for rule in sheet.book.rules if rule.id == entry.rule_id)
    for old in _spoken(entry, sheet):
        view = View(sheet.frame, rule.subject, old.subject)
        parts = _parts(entry.say, view, entry.where, old.section, sheet) if entry.say else ()
        if entry.say and parts:
            new = replace(old, parts=parts, cites=_cites(entry.say, view), where=entry.where, joined=False)
            sheet.sentences[sheet.sentences.index(old)] = new
            _done(entry, sheet, old, new)


def _attribute(entry: Entry, sheet: Sheet) -> None:
    for old in _spoken(entry, sheet):
        if entry.outlet in _alone(old, sheet):
            sheet.warn(entry.where, f"the sentence of {old.rule_id!r} names {entry.outlet} already", "remove the entry")
            continue
        new = replace(old, parts=attributed(old.parts, entry.outlet, entry.link))
        sheet.sentences[sheet.sentences.index(old)] = new
        _done(entry, sheet, old, new)


def _nothing(entry: Entry, sheet: Sheet) -> None:
    """What is done later."""


ACTIONS: Mapping[str, Callable[[Entry, Sheet], None]] = {"add": _add, "drop": _drop, "replace": _replace}


def _spoken(entry: Entry, sheet: Sheet) -> list[Sentence]:
    """The sentences that an entry is about; a warning where there is none."""
    subject = sheet.frame.subject(entry.subject)
    found = [s for s in sheet.sentences if s.rule_id == entry.rule_id and subject in {"", s.subject}]
    if not found:
        silent = (u for u in sheet.unsaid if u.rule_id == entry.rule_id and subject in {"", u.subject})
        why = next((f": {one.why}" for one in silent), "")
        what = f"the rule {entry.rule_id!r} did not speak{f' of {subject}' if subject else ''}{why}"
        sheet.warn(entry.where, f"nothing to {entry.action}: {what}", "remove the entry")
    return found


def _done(entry: Entry, sheet: Sheet, was: Sentence, now: Sentence) -> None:
    """Records a decision, with both sentences as they read by themselves, names in full."""
    source = {"outlet": entry.outlet, "link": entry.link} if entry.outlet else {}
    before, after = (_alone(replace(one, parts=closed(one.parts)), sheet) if one.parts else "" for one in (was, now))
    sheet.edits.append(
        Edit(entry.action, now.rule_id, now.subject, entry.who, entry.why, entry.where, before, after, source)
    )


def _alone(each: Sentence, sheet: Sheet) -> str:
    return finish.alone(each, sheet.book.names).text


def _parts(say: Reading, view: View, where: str, section: str, sheet: Sheet) -> Parts:
    """The wording on this week's facts; empty, with a warning, where it cannot be said."""
    part = sheet.book.outline.part(section)
    try:
        if why := context.missing(view, say.names):
            sheet.warn(where, f"is not said: it {why}", "name facts that are there, or remove it")
            return ()
        rendered = voice.rendered(sheet.book, say, view)
        return sentence(rendered, part is not None and part.layout == "title")
    except (UnspokenError, ArithmeticError) as why:
        sheet.warn(where, f"is not said: {why}", "reword it")
        return ()
    except RuleError as problem:
        raise RuleError(f"{where}: {problem}") from None


def _cites(say: Reading, view: View) -> tuple[str, ...]:
    return tuple(dict.fromkeys(view.key(name) for name in say.names))


# ---- quotes ----------------------------------------------------------------------------------------------------------


def _quote(quote: Quote, number: int, sheet: Sheet) -> None:
    rule_id, view = f"desk-quote-{number}", View(sheet.frame, LEAD, sheet.frame.lead)
    plain = Sentence((), quote.seat.section, quote.seat.group, view.subject, rule_id, "quote", "", "", 0, (), 1.0,
                     quote.where)  # fmt: skip
    said = [replace(plain, parts=quotation(quote.text, quote.speaker, quote.role, quote.outlet, quote.link))]
    if quote.lead_in and (lead_in := _parts(quote.lead_in, view, quote.where, quote.seat.section, sheet)):
        cites = _cites(quote.lead_in, view)
        said.insert(0, replace(plain, parts=lead_in, rule_id=f"{rule_id}-lead-in", kind="reading", cites=cites))
    place = _place(quote.seat, sheet)
    sheet.sentences[place:place] = said
    named = {"speaker": quote.speaker, "role": quote.role, "date": quote.day.isoformat()}
    source = {**named, **({"outlet": quote.outlet} if quote.outlet else {}), "link": quote.link}
    text = " ".join(_alone(each, sheet) for each in said)
    sheet.edits.append(Edit("quote", rule_id, "", quote.who, quote.why, quote.where, "", text, source))


# ---- the text as a whole ---------------------------------------------------------------------------------------------


def _place(seat: Seat, sheet: Sheet) -> int:
    """The position behind the sentence that it is to follow, else behind the last of its group or of those before."""
    seats, sentences = sheet.book.outline.seats, sheet.sentences
    mine = seats[seat.section, seat.group]
    near = [seats[each.section, each.group] for each in sentences]
    after = [
        n for n, each in enumerate(sentences) if each.rule_id == seat.after and near[n].paragraph is mine.paragraph
    ]
    before = after or [n for n, each in enumerate(near) if each.number <= mine.number]
    place = before[-1] + 1 if before else 0
    while place < len(sentences) and sentences[place].joined and near[place].paragraph is mine.paragraph:
        place += 1
    return place


def _mended(original: tuple[Sentence, ...], sheet: Sheet) -> Iterator[Sentence]:
    """The sentences, of which none goes on from one that is no longer there, and none ends without a stop."""
    behind = {_key(each): _key(before) for before, each in pairwise(original) if each.joined}
    kept: list[Sentence] = []
    for each in sheet.sentences:
        torn = each.joined and (not kept or behind.get(_key(each)) != _key(kept[-1]))
        if said := _untied(each, sheet) if torn else each:
            kept.append(said)
    for each, following in zip(kept, [*kept, None][1:], strict=True):
        open_end = following is not None and following.joined and goes_on(following.text)
        yield each if open_end or _is_title(each, sheet) else replace(each, parts=closed(each.parts))


def _key(each: Sentence) -> Key:
    return (each.rule_id, each.subject, each.where)


def _is_title(each: Sentence, sheet: Sheet) -> bool:
    part = sheet.book.outline.part(each.section)
    return part is not None and part.layout == "title"


def _untied(each: Sentence, sheet: Sheet) -> Sentence | None:
    """What its rule says by itself, in the first wording that fits the week; None, and a warning, without one."""
    rule = next(rule for rule in sheet.book.rules if rule.id == each.rule_id)
    view = View(sheet.frame, rule.subject, each.subject)
    said = (drafted(sheet.book, rule, view, number) for number in range(len(rule.say)))
    found = next((one for one in said if isinstance(one, Sentence)), None)
    if found is None:
        sheet.warn(each.where, f"{each.rule_id!r} went on from a sentence that is gone", "drop it too")
        return None
    return replace(found, weight=each.weight)


def _limits(sheet: Sheet) -> None:
    """An editor's sentences keep the outline's limits and repeat nothing; the check finds what they contradict."""
    own = [each for each in sheet.sentences if each.where.startswith(f"{FOLDER}/")]
    for each in own:
        seat = sheet.book.outline.seats[each.section, each.group]
        mine = [other for other in sheet.sentences if other.section == each.section]
        beside = [other for other in mine if other.group in {group.id for group in seat.paragraph.groups}]
        if len(mine) > seat.part.most or len(beside) > seat.paragraph.most:
            most = min(seat.part.most, seat.paragraph.most)
            what = f"section {each.section!r} has {len(mine)} sentences with it, of at most {most}"
            sheet.stop(each.where, what, "drop another one there")
        others = [other for other in sheet.sentences if other is not each]
        text = _alone(each, sheet)
        if any(_alone(other, sheet).casefold() == text.casefold() for other in others):
            sheet.stop(each.where, f"says what is said already: {text!r}", "reword it, or drop the other")


def _bereft(original: tuple[Sentence, ...], sheet: Sheet) -> None:
    """Names the readings whose topic no sentence states any more."""
    stated = {each.topic for each in sheet.sentences if each.kind == "fact"}
    gone = {each.topic for each in original if each.kind == "fact"} - stated
    for each in sheet.sentences:
        if each.kind == "reading" and each.topic in gone:
            what = f"{each.rule_id!r} reads a fact on {each.topic} that no sentence states any more"
            sheet.warn(each.where, what, "drop it too, or keep the fact")


def _left_out(original: tuple[Sentence, ...], sheet: Sheet) -> None:
    """Names the sentences that leave out a figure since another one printed it, which no sentence does any more."""
    gone = _printed(original) - _printed(sheet.sentences)
    for each in sheet.sentences:
        for key in sorted(gone.intersection(_printed(_at_first(each, sheet)))):
            what = f"{each.rule_id!r} leaves out {key}, which no sentence prints any more"
            sheet.warn(each.where, what, "drop it too, or say the figure")


def _printed(sentences: Iterable[Sentence]) -> set[str]:
    return {part.fact for each in sentences for part in each.parts if isinstance(part, Printed)}


def _at_first(each: Sentence, sheet: Sheet) -> list[Sentence]:
    """A rule's sentence as it would read were it the first to print its figures."""
    rule = next((rule for rule in sheet.book.rules if rule.id == each.rule_id), None)
    if rule is None or each.where.startswith(f"{FOLDER}/"):
        return []
    found = drafted(sheet.book, rule, View(sheet.frame, rule.subject, each.subject), each.variant, each.joined)
    return [found] if isinstance(found, Sentence) else []
