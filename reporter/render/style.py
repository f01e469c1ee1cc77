"""Style sheets and fonts: what the page's files name is put inside them, so that a page never asks for anything."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup, escape

from reporter import strict_yaml
from reporter.errors import RuleError, nearest
from reporter.render.engine import shown

FOLDER = "style"
SHEETS = (("screen.css", "all"), ("print.css", "print"))
TYPES = {
    ".woff2": "font/woff2",
    ".woff": "font/woff",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z))
      | (?P<url>url\(\s*(?P<quote>['"]?)(?P<target>.*?)(?P=quote)\s*\))
      | (?P<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      | (?P<foreign>@import\b|image-set\(|\bsrc\(|</style)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)


def elements(templates: Sequence[Path]) -> Markup:
    """The palette and both sheets as `<style>` elements. Raises RuleError for what would reach outside the file."""
    styles = [f"<style>{_palette(templates)}</style>"]
    for name, media in SHEETS:
        path = _find(name, templates)
        # The sheet starts right after its tag, so that a line that WeasyPrint complains of is a line of the file.
        origin = escape(shown(path, templates))
        styles.append(f'<style media="{media}" data-from="{origin}">{_inlined(path, templates)}</style>')
    return Markup("\n".join(styles))


def data_uri(body: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(body).decode('ascii')}"


def _palette(templates: Sequence[Path]) -> str:
    """The colours that charts use too, as custom properties: `open_interest` is `--open-interest`."""
    path = _find("palette.yaml", templates)
    document = strict_yaml.load(path, shown(path, templates), RuleError)
    if not isinstance(document.data, dict):
        raise RuleError(f"{document.name}: expected colours such as 'ink: \"#1b1f24\"'")
    for name, colour in document.data.items():
        if not isinstance(colour, str) or not COLOUR.fullmatch(colour):
            raise RuleError(
                f"{document.where(name)}: {name!r} is {colour!r}; expected a quoted colour such as '#1b1f24'"
            )
    colours = "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in document.data.items())
    return f":root{{{colours}}}"


def _inlined(path: Path, templates: Sequence[Path]) -> str:
    """The sheet without comments, and with every file it names in it; its lines stay where they were."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise RuleError(
            f"{shown(path, templates)}: byte {problem.start} is not UTF-8; save the file as UTF-8"
        ) from None

    def replaced(match: re.Match[str]) -> str:
        where = f"{shown(path, templates)}:{text.count(chr(10), 0, match.start()) + 1}"
        if match["comment"]:
            return "\n" * match["comment"].count("\n")
        if match["foreign"]:
            raise RuleError(f"{where}: {match['foreign']!r} cannot stand in a note's style; write the rules out here")
        return f'url("{_embedded(match["target"], where, templates)}")' if match["url"] else match[0]

    return TOKEN.sub(replaced, text)


def _embedded(target: str, where: str, templates: Sequence[Path]) -> str:
    """A file of a style folder as a data URI; what is one already, or points into the page, stays as it is."""
    if target.startswith(("data:", "#")):
        return target
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//", target):
        raise RuleError(
            f"{where}: {target!r} lies outside; a note makes no outside request: put the file into {FOLDER}/"
        )
    media_type = TYPES.get(Path(target).suffix.lower())
    if media_type is None:
        raise RuleError(f"{where}: {target!r} is of no known type; expected one of {', '.join(sorted(TYPES))}")
    for folder in templates:
        path = (folder / FOLDER / target).resolve()
        if path.is_relative_to((folder / FOLDER).resolve()) and path.is_file():
            return data_uri(path.read_bytes(), media_type)
    raise RuleError(f"{where}: no file {target!r} in {FOLDER}/{nearest(target, _files(templates))}")


def _find(name: str, templates: Sequence[Path]) -> Path:
    for folder in templates:
        if (folder / FOLDER / name).is_file():
            return folder / FOLDER / name
    raise RuleError(f"templates/{FOLDER}/{name}: no such file; copy it from the starter")


def _files(templates: Sequence[Path]) -> list[str]:
    roots = [folder / FOLDER for folder in templates]
    return sorted({path.relative_to(root).as_posix() for root in roots for path in root.rglob("*") if path.is_file()})
