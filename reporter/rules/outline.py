"""The outline: which sections a note has, in which order, which groups of rules each is made of, and the data box."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

from reporter.errors import nearest
from reporter.model import LEAD, Sentence
from reporter.rules.names import SUBJECTS, Catalogue
from reporter.rules.shapes import Mode, Place, Reading
from reporter.rules.sheet import Sheet, Steps, noted
from reporter.rules.walk import read
from reporter.rules.weight import Weights

WEIGHTS = asdict(Weights())
LAYOUTS = ("title", "bullets", "prose", "table")
NO_LIMIT = 1_000_000
CELLS = ("value", "previous", "change")
SECTION_KEYS = (
    "id",
    "heading",
    "headings",
    "layout",
    "least",
    "most",
    "groups",
    "paragraphs",
    "charts",
    "columns",
    "rows",
)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that say the same kind of thing: one of them speaks, or up to `most` for different subjects. Those on the
    topic of the section that the group `follows`, if any, come first."""

    id: str
    most: int
    follows: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Groups that are printed together, in this order, behind a `label` where it has one."""

    id: str
    groups: tuple[Group, ...]
    most: int
    label: str = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that is used where `when` holds for the lead asset."""

    when: Reading
    say: Reading


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A line of the data box; `cells` are expressions in the order of `CELLS`, an empty one prints nothing."""

    label: Reading
    subject: str
    cells: tuple[Reading | None, ...]
    drop_if_missing: bool
    where: str


@dataclass(frozen=True, slots=True)
class Part:
    """A section as the outline has it."""

    id: str
    heading: str
    headings: tuple[Heading, ...]
    layout: str
    least: int
    most: int
    paragraphs: tuple[Paragraph, ...]
    charts: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[BoxRow, ...]
    where: str

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(group.id for paragraph in self.paragraphs for group in paragraph.groups)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a group stands; `number` counts the groups of the note in reading order."""

    number: int
    part: Part
    paragraph: Paragraph
    group: Group


@dataclass(frozen=True)
class Outline:
    """The sections in the order of the note."""

    parts: tuple[Part, ...]
    weights: Weights = field(default_factory=Weights)

    def part(self, section: str) -> Part | None:
        return next((part for part in self.parts if part.id == section), None)

    @cached_property
    def seats(self) -> Mapping[tuple[str, str], Seat]:
        """The seat of each group, by section and group."""
        places = (
            (part, paragraph, group)
            for part in self.parts
            for paragraph in part.paragraphs
            for group in paragraph.groups
        )
        return {
            (part.id, group.id): Seat(n, part, paragraph, group) for n, (part, paragraph, group) in enumerate(places)
        }


def paragraphs(part: Part, sentences: Iterable[Sentence]) -> tuple[tuple[Sentence, ...], ...]:
    """The sentences of one section as its paragraphs, the first of each with its label, empty ones left out; each
    bullet is a paragraph of its own."""
    mine = [sentence for sentence in sentences if sentence.section == part.id]
    if part.layout == "bullets":
        return tuple((sentence,) for sentence in mine)
    groups = ((each, {group.id for group in each.groups}) for each in part.paragraphs)
    placed = ((each, [one for one in mine if one.group in ids]) for each, ids in groups)
    return tuple((replace(found[0], label=each.label), *found[1:]) for each, found in placed if found)


# ---- reading the file ------------------------------------------------------------------------------------------------


def parse(sheet: Sheet, known: Catalogue) -> Outline:
    """The outline in a document; mistakes are noted in the sheet and what they stand in is left out."""
    sheet.mapping((), ("sections", "weights"))
    parts = [_part(sheet, ("sections", number), known) for number in sheet.items(("sections",), least=1)]
    _once(sheet, [(("sections", number, "id"), part.id) for number, part in enumerate(parts)], "section")
    _once(sheet, [(("sections", n, "charts"), chart) for n, part in enumerate(parts) for chart in part.charts], "chart")
    for number, part in enumerate(parts):
        _followed(sheet, ("sections", number), part, [each.id for each in parts])
    return Outline(tuple(parts), _weights(sheet))


def _weights(sheet: Sheet) -> Weights:
    """How far materiality and novelty move a rank; as the house has them where the file says nothing."""
    if sheet.at(("weights",)) is None or not sheet.mapping(("weights",), tuple(WEIGHTS)):
        return Weights()
    found = {name: sheet.number(("weights", name), usual) for name, usual in WEIGHTS.items()}
    return Weights(**found)


def _followed(sheet: Sheet, at: Steps, part: Part, sections: Sequence[str]) -> None:
    for group in (group for paragraph in part.paragraphs for group in paragraph.groups):
        if group.follows and (group.follows not in sections or group.follows == part.id):
            known = [each for each in sections if each != part.id]
            hint = nearest(group.follows, known) or f"; expected one of {', '.join(known)}"
            sheet.wrong(at, f"group {group.id!r} follows {group.follows!r}, which is no other section{hint}")


def _part(sheet: Sheet, at: Steps, known: Catalogue) -> Part:
    sheet.mapping(at, SECTION_KEYS)
    part = Part(
        id=sheet.text((*at, "id")),
        heading=sheet.text((*at, "heading"), ""),
        headings=tuple(_heading(sheet, (*at, "headings", n), known) for n in sheet.items((*at, "headings"))),
        layout=sheet.one_of((*at, "layout"), LAYOUTS),
        least=sheet.whole((*at, "least"), 0),
        most=sheet.whole((*at, "most"), NO_LIMIT),
        paragraphs=_paragraphs(sheet, at),
        charts=sheet.texts((*at, "charts")),
        columns=sheet.texts((*at, "columns")),
        rows=tuple(_row(sheet, (*at, "rows", number), known) for number in sheet.items((*at, "rows"))),
        where=sheet.where(*at),
    )
    _consistent(sheet, at, part)
    return part


def _consistent(sheet: Sheet, at: Steps, part: Part) -> None:
    if part.least > part.most:
        sheet.wrong((*at, "least"), f"'least' {part.least} is more than 'most' {part.most}; lower it")
    if part.rows and part.layout != "table":
        sheet.wrong((*at, "rows"), f"'rows' stand in a section with layout {part.layout!r}; expected layout table")
    if part.rows and len(part.columns) != len(CELLS):
        sheet.wrong((*at, "columns"), f"{len(part.columns)} 'columns' for the cells {', '.join(CELLS)}; name each")
    for number, label in enumerate(paragraph.label for paragraph in part.paragraphs):
        step = (*at, "paragraphs", number, "label")
        if label and part.layout != "prose":
            sheet.wrong(step, f"'label' stands in a section with layout {part.layout!r}; expected layout prose")
        if any(sign.isdigit() for sign in label):
            sheet.wrong(step, f"the label {label!r} has a digit; figures come from facts, in a sentence")


def _paragraphs(sheet: Sheet, at: Steps) -> tuple[Paragraph, ...]:
    """The paragraphs; groups that stand directly under a section are one paragraph without a name."""
    if sheet.at((*at, "groups")) is not None:
        if sheet.at((*at, "paragraphs")) is not None:
            sheet.wrong((*at, "groups"), "'groups' stands beside 'paragraphs'; put every group into a paragraph")
        found: tuple[Paragraph, ...] = (Paragraph("", _groups(sheet, (*at, "groups")), NO_LIMIT),)
    else:
        numbers = sheet.items((*at, "paragraphs"))
        found = tuple(_paragraph(sheet, (*at, "paragraphs", number)) for number in numbers)
    every = [(at, group.id) for paragraph in found for group in paragraph.groups]
    _once(sheet, every, "group")
    return found


def _paragraph(sheet: Sheet, at: Steps) -> Paragraph:
    sheet.mapping(at, ("id", "label", "groups", "most"))
    most, label = sheet.whole((*at, "most"), NO_LIMIT), sheet.text((*at, "label"), "")
    return Paragraph(sheet.text((*at, "id")), _groups(sheet, (*at, "groups")), most, label)


def _groups(sheet: Sheet, at: Steps) -> tuple[Group, ...]:
    return tuple(_group(sheet, (*at, number)) for number in sheet.items(at, least=1))


def _group(sheet: Sheet, at: Steps) -> Group:
    if not isinstance(sheet.at(at), dict):
        return Group(sheet.text(at), 1)
    sheet.mapping(at, ("id", "most", "follows"))
    return Group(sheet.text((*at, "id")), sheet.whole((*at, "most"), 1), sheet.text((*at, "follows"), ""))


def _heading(sheet: Sheet, at: Steps, known: Catalogue) -> Heading:
    sheet.mapping(at, ("when", "say"))
    when = _read(sheet, (*at, "when"), "when", Place(known, LEAD))
    say = _read(sheet, (*at, "say"), "label", Place(known, LEAD, certain=when.certain))
    return Heading(when, say)


def _row(sheet: Sheet, at: Steps, known: Catalogue) -> BoxRow:
    sheet.mapping(at, ("label", "subject", *CELLS, "drop_if_missing"))
    subject = sheet.one_of((*at, "subject"), SUBJECTS)
    place = Place(known, subject if subject in SUBJECTS else LEAD)
    label = _read(sheet, (*at, "label"), "label", place)
    cells = tuple(_cell(sheet, (*at, name), place, name == "value") for name in CELLS)
    return BoxRow(label, subject, cells, sheet.flag((*at, "drop_if_missing")), sheet.where(*at))


def _cell(sheet: Sheet, at: Steps, place: Place, is_needed: bool) -> Reading | None:
    if sheet.at(at) is None and not is_needed:
        return None
    source = sheet.text(at)
    reading = read(f"{{{{ {source} }}}}", "say", place)
    noted(sheet, at, "", reading.problems if source else ())
    return reading


def _read(sheet: Sheet, at: Steps, mode: Mode, place: Place) -> Reading:
    source = sheet.text(at)
    reading = read(source, mode, place)
    noted(sheet, at, "", reading.problems if source else ())
    return reading


def _once(sheet: Sheet, found: Iterable[tuple[Steps, str]], what: str) -> None:
    seen: set[str] = set()
    for at, name in found:
        if name and name in seen:
            sheet.wrong(at, f"the {what} {name!r} stands twice; give one of them another name")
        seen.add(name)


def seat_problem(outline: Outline, section: str, group: str) -> str:
    """Why a rule cannot sit there, or an empty text."""
    part = outline.part(section)
    if part is None:
        known = [each.id for each in outline.parts]
        return f"no section is called {section!r}{nearest(section, known) or '; the outline has ' + ', '.join(known)}"
    if group not in part.groups:
        hint = nearest(group, part.groups) or f"; it has {', '.join(part.groups) or 'none'}"
        return f"section {section!r} has no group {group!r}{hint}; or add it to rules/outline.yaml"
    return ""
