"""YAML as authors mean it: text stays text, a key stands once, and every value knows its line.

A document becomes plain mappings, lists and scalars; `Lines` remembers where each of them stood, so that a mistake
found later can still be reported as file:line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from reporter.errors import AuthorError, ConfigError

MOST_BYTES = 2_000_000
INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
FLOAT = re.compile(r"[-+]?([0-9][0-9_]*)?\.?[0-9]+([eE][-+]?[0-9]+)?")
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
        body = path.read_bytes()
    except OSError as problem:
        raise error(f"{label}: cannot be read ({problem.strerror}); expected a YAML file at {path}") from None
    if len(body) > MOST_BYTES:
        raise error(f"{label}: {len(body)} bytes are more than the {MOST_BYTES} a YAML file may have")
    try:
        return parse(body.decode("utf-8-sig"), label, error)
    except UnicodeDecodeError as problem:
        raise error(f"{label}: byte {problem.start} is not UTF-8; save the file as UTF-8") from None


def parse(text: str, name: str, error: type[AuthorError] = ConfigError) -> Document:
    """The document in a text. Raises `error` for bad syntax, duplicate keys, anchors, tags and multiple documents."""
    lines: dict[Path_, int] = {}
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = None if node is None else _value(node, (), lines, name, error, depth=0)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise error(
            f"{name}{line}: {problem.problem or problem.context}; check indentation, quotes and colons"
        ) from None
    except yaml.YAMLError as problem:
        raise error(f"{name}: {str(problem).splitlines()[0]}; save the file as plain UTF-8 text") from None
    return Document(name, data, lines)


def _value(
    node: yaml.Node, path: Path_, lines: dict[Path_, int], name: str, error: type[AuthorError], depth: int
) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if depth > 40 or len(lines) > 200_000:
        raise error(f"{name}:{line}: nested or aliased too deeply; write it out flat")
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise error(f"{name}:{key_node.start_mark.line + 1}: a key must be plain text")
            key = key_node.value
            if key in result:
                raise error(f"{name}:{key_node.start_mark.line + 1}: {key!r} stands twice; remove one of them")
            lines[(*path, key)] = key_node.start_mark.line + 1
            result[key] = _value(value_node, (*path, key), lines, name, error, depth + 1)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, i), lines, name, error, depth + 1) for i, item in enumerate(node.value)]
    return _scalar(node, name, error)


def _scalar(node: yaml.Node, name: str, error: type[AuthorError]) -> Any:
    """Text, unless it is unmistakably a number, `true`, `false` or nothing; `NO` and `12:30` stay text."""
    text = str(node.value)
    if isinstance(node, yaml.ScalarNode) and node.style is not None:
        return text
    if text in NULLS:
        return None
    if text in BOOLEANS:
        return BOOLEANS[text]
    if INTEGER.fullmatch(text):
        return int(text)
    if FLOAT.fullmatch(text):
        return float(text)
    return text
