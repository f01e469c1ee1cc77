"""What an HTML page holds for a reader, style sheets apart: bytes in, its words and whatever could change them
later."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

from reporter.check import words

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())  # noqa: SIM905
# Elements whose text no reader sees, or sees only without scripts, or sees struck out.
SWALLOWING = frozenset(
    "audio canvas datalist del head iframe math noembed noframes noscript object option picture s script"  # noqa: SIM905
    " select strike style svg template textarea title video".split()
)
ACTIVE = frozenset(("applet", "base", "embed", "frame", "frameset", "iframe", "object", "script"))
CLOSES_PARAGRAPH = frozenset(
    "address article aside blockquote details dialog div dl fieldset figure footer form h1 h2 h3 h4 h5 h6"  # noqa: SIM905
    " header hr main nav ol p pre section table ul".split()
)
IMPORT = "@import"
DATA_SCRIPTS = frozenset(("application/json", "application/ld+json"))


@dataclass
class Text:
    """The visible letters of the whole page, of each block that is called the disclaimer, and what is active in it."""

    body: str = ""
    blocks: list[str] = field(default_factory=list)
    active: list[str] = field(default_factory=list)


def read(page: bytes) -> Text:
    """The words of a page as its markup alone shows them."""
    reader = _Reader()
    reader.feed(page.decode("utf-8", errors="replace"))
    reader.close()
    return reader.text


class _Reader(HTMLParser):
    """Keeps the open elements as (tag, hides its text, number of the disclaimer's block or None)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = Text()
        self.open: list[tuple[str, bool, int | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._note_active(tag, given)
        if tag in CLOSES_PARAGRAPH and self.open and self.open[-1][0] == "p":
            self.open.pop()
        if tag in VOID:
            return
        block = None
        if given.get("id") == "disclaimer":
            block = len(self.text.blocks)
            self.text.blocks.append("")
        self.open.append((tag, _hides(tag, given), block))

    def handle_endtag(self, tag: str) -> None:
        for at in reversed(range(len(self.open))):
            if self.open[at][0] == tag:
                del self.open[at:]
                return

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style" and IMPORT in data.lower():
            self.text.active.append("an @import in a style sheet")
        if self._is_hidden():
            return
        found = words.letters(data)
        self.text.body += found
        for _, _, block in self.open:
            if block is not None:
                self.text.blocks[block] += found

    def _is_hidden(self) -> bool:
        tags = [tag for tag, _, _ in self.open]
        for at, (tag, hides, _) in enumerate(self.open):
            if hides and not (tag == "details" and "summary" in tags[at + 1 : at + 2]):
                return True
        return False

    def _note_active(self, tag: str, given: dict[str, str]) -> None:
        if tag in ACTIVE and given.get("type") not in DATA_SCRIPTS:
            self.text.active.append(f"<{tag}>")
        self.text.active += [f"the attribute {name!r}" for name in given if name.startswith("on")]
        if tag == "link" and "stylesheet" in given.get("rel", "").lower().split():
            self.text.active.append("a linked style sheet")
        if tag == "meta" and given.get("http-equiv", "").lower() == "refresh":
            self.text.active.append("<meta http-equiv=refresh>")


def _hides(tag: str, given: dict[str, str]) -> bool:
    is_closed = tag in ("details", "dialog") and "open" not in given
    return tag in SWALLOWING or "hidden" in given or is_closed
