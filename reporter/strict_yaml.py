"""YAML as authors mean it: text stays text, a key stands once, and every value knows its line.

A document becomes plain mappings, lists and scalars; `Lines` remembers where each of them stood, so that a mistake
found later can still be reported as file:line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reporter.errors import AuthorError, ConfigError

MOST_BYTES = 500_000
DEEPEST = 40
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*(_[0-9]+)*)", re.ASCII)
FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)?\.[0-9]+|0|[1-9][0-9]*)([eE][-+]?[0-9]+)?", re.ASCII)
LONGEST_NUMBER = 40
BOOLEANS = {"true": True, "false": False}
NULLS = {"", "~", "null"}

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Document:
    """A parsed file: `data`, and the line of every key and item by its path."""

    name: str
    data: Any
    lines: Mapping[Path_, int]

    def where(self, *path: str | int) -> str:
        """`config.yaml:14` for a path, or for the nearest enclosing one that has a line."""
        for end in range(len(path), -1, -1):
            if line := self.lines.get(path[:end]):
                return f"{self.name}:{line}"
        return self.name


def load(path: Path, name: str | None = None, error: type[AuthorError] = ConfigError) -> Document:
    """The document in a file. Raises `error` with file and line for what cannot be read or is no strict YAML."""
    label = name or path.name
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
    except OSError as problem:
        raise error(f"{label}: cannot be read ({problem.strerror}); expected a YAML file at {path}") from None
    if len(body) > MOST_BYTES:
        raise error(f"{label}: larger than the {MOST_BYTES:,} bytes a YAML file may have; split it")
    try:
        return parse(body.decode("utf-8-sig"), label, error)
    except UnicodeDecodeError as problem:
        line = body[: problem.start].count(b"\n") + 1
        raise error(f"{label}:{line}: byte {problem.start} is not UTF-8; save the file as UTF-8") from None


def parse(text: str, name: str, error: type[AuthorError] = ConfigError) -> Document:
    """The document in a text. Raises `error` for bad syntax, duplicate keys, anchors, tags and multiple documents."""
    lines: dict[Path_, int] = {}
    try:
        node = _composed(text)
        data = None if node is None else _value(node, (), lines)
    except yaml.MarkedYAMLError as problem:
        raise error(_line(problem, name)) from None
    except yaml.YAMLError as problem:
        raise error(f"{name}: {str(problem).splitlines()[0]}; save the file as plain UTF-8 text") from None
    return Document(name, data, lines)


def _composed(text: str) -> yaml.Node | None:
    """The document's node, read by libyaml in a tenth of the time; what it objects to is read again for a good line."""
    fast = getattr(yaml, "CSafeLoader", None)
    try:
        if fast and _is_plain(text, fast):
            return yaml.compose(text, Loader=fast)
    except yaml.YAMLError:
        pass
    return yaml.compose(text, Loader=_Strict)


def _is_plain(text: str, fast: Any) -> bool:
    """Whether a text has neither anchors nor tags and is not nested too deeply."""
    depth = 0
    for event in yaml.parse(text, Loader=fast):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        named = isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None)
        if named or depth > DEEPEST:
            return False
    return True


class _Strict(yaml.SafeLoader):
    """A loader that stops at what an author of plain settings has no need of, before anything is built from it."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _mistake(event, "anchors and aliases (& and *) are not read; write it out, or quote the text")
        if event.tag is not None:
            raise _mistake(event, "a tag (!) is not read; remove it, or quote the text")
        if self.depth > DEEPEST:
            raise _mistake(event, "nested too deeply; write it out flat")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _mistake(at: Any, what: str) -> yaml.MarkedYAMLError:
    """What is wrong with an event or node, where it begins."""
    return yaml.MarkedYAMLError(problem=what, problem_mark=at.start_mark)


def _line(problem: yaml.MarkedYAMLError, name: str) -> str:
    """file:line, what is wrong, and what to do."""
    mark = problem.problem_mark or problem.context_mark
    where = f"{name}:{mark.line + 1}" if mark else name
    what = str(problem.problem or problem.context)
    if ";" in what:
        return f"{where}: {what}"
    if "another document" in what:
        return f"{where}: a second document begins; remove the line '---'"
    if "'\\t'" in what:
        return f"{where}: a tab where spaces are expected; indent with spaces"
    return f"{where}: {what}; check indentation, quotes and colons"


def _value(node: yaml.Node, path: Path_, lines: dict[Path_, int]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, i), lines) for i, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path_, lines: dict[Path_, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise _mistake(key_node, "a key must be plain text; quote it if it begins with [ or {")
        key = str(key_node.value)
        if key in result:
            raise _mistake(key_node, f"{key[:60]!r} stands twice; remove one of them")
        lines[(*path, key)] = key_node.start_mark.line + 1
        result[key] = _value(value_node, (*path, key), lines)
    return result


def _scalar(node: yaml.Node) -> Any:
    """Text, unless it is unmistakably a number, `true`, `false` or nothing; `NO` and `12:30` stay text."""
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style:
        return text
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if len(text) <= LONGEST_NUMBER and INTEGER.fullmatch(text):
        return int(text)
    if len(text) <= LONGEST_NUMBER and FLOAT.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    return text
