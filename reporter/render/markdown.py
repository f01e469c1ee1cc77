"""A note becomes Markdown with YAML front matter: for static sites, repositories and other people's editors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Undefined
from markupsafe import Markup

from reporter import disclaimer
from reporter.model import Artifact, Cited, Note, Printed, Sentence
from reporter.render import appendix, engine

TEMPLATE = "note.md.j2"
MEDIA_TYPE = "text/markdown; charset=utf-8"
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
SPECIAL = re.compile(r"([\\`*_\[\]<|~]|&(?=#?\w+;))")
OPENING = re.compile(r"\A(\s*)([#=:>]|[-+](?=\s|-|\+|\Z)|\d{1,9}(?=[.)](?:\s|\Z)))")
Part = str | Printed | Cited
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def page(note: Note, templates: Sequence[Path]) -> Artifact:
    """`note.md`. Raises RuleError for a mistake in the template."""
    context = appendix.context(note)
    text = engine.render(templates, TEMPLATE, FORM, context)
    return Artifact("markdown", "note.md", MEDIA_TYPE, _dutiful(text, note).encode("utf-8"))


def escaped(text: str) -> str:
    """The text such that Markdown prints it as it is, in one line."""
    single = re.sub(r"\s+", lambda match: match[0] if match[0] == "\N{NO-BREAK SPACE}" else " ", text)
    safe = SPECIAL.sub(r"\\\1", single)
    return OPENING.sub(_opened, safe)


def linked(sentence: Sentence) -> Markup:
    """The sentence escaped, with what it cites as links."""
    runs = groupby(sentence.parts, key=lambda part: isinstance(part, Cited))
    return Markup("".join(_links(run) if is_cited else escaped(_text(run)) for is_cited, run in runs))


def _links(parts: Iterable[Part]) -> str:
    found = (part for part in parts if isinstance(part, Cited))
    return "".join(f"[{escaped(one.text)}]({address(one.link)})" for one in found)


def _text(parts: Iterable[Part]) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in parts)


def quoted(value: object) -> Markup:
    """A YAML string in double quotes, safe for any text."""
    text = json.dumps(str(value), ensure_ascii=False)
    return Markup(UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def address(path: str) -> Markup:
    """A path or URL as a Markdown link can hold it: no space, no bracket, no escape."""
    return Markup(quote(path, safe="/:?#@!$&*+,;=%~"))


def _opened(match: re.Match[str]) -> str:
    """What would make a heading, a list or a rule at the start of a line: a number's dot is escaped, not the number."""
    return f"{match[1]}{match[2]}\\" if match[2][0].isdigit() else f"{match[1]}\\{match[2]}"


def _printed(value: Any) -> Any:
    """What a template prints, escaped once; an undefined name raises where it is printed."""
    if isinstance(value, Undefined) or hasattr(value, "__html__"):
        return value
    return Markup(escaped(str(value)))


def _dutiful(text: str, note: Note) -> str:
    """The page with the notice above its body and the disclaimer below, whatever the template says."""
    front = FRONT_MATTER.match(text)
    cut = front.end() if front else 0
    head = f"\n> **{escaped(note.notice)}**\n" if note.notice else ""
    paragraphs = "\n\n".join(escaped(paragraph) for paragraph in note.disclaimer)
    body = re.sub(r"\n{3,}", "\n\n", text[cut:].strip("\n"))
    return f"{text[:cut]}{head}\n{body}\n\n## {disclaimer.HEADING}\n\n{paragraphs}\n"


FORM = engine.Form(
    {"quoted": quoted, "address": address, "linked": linked, "coverage": appendix.coverage}, finalize=_printed
)
