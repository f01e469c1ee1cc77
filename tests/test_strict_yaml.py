"""YAML as authors mean it: text stays text, a mistake has a line, and no file can stall or surprise the reader."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reporter import strict_yaml
from reporter.errors import ConfigError, RuleError


def parse(text: str) -> Any:
    return strict_yaml.parse(text, "config.yaml").data


def mistake(text: str) -> str:
    with pytest.raises(ConfigError) as problem:
        strict_yaml.parse(text, "config.yaml")
    assert "\n" not in str(problem.value)
    return str(problem.value)


# ---- text and numbers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["NO", "no", "yes", "on", "Off", "True", "FALSE", "12:30", "1:30:00", "2026-11-20", "2026-11-20T12:00:00Z", "0x1F",
     "0o17", "0b1", "007", "1_", "1__0", "_1", "1.", "1.2.3", "1,5", "+", ".", "e5", ".inf", "-.Inf", ".nan", "nan",
     "Infinity", "1e999", "-1e999", "9" * 60, "0." + "1" * 60, "١٢", "BTC", "10%", "<<"],
)  # fmt: skip
def test_what_is_not_unmistakably_a_number_stays_text(text: str) -> None:
    assert parse(f"key: {text}\n") == {"key": text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("14", 14), ("-3", -3), ("+5", 5), ("1_000_000", 1_000_000), ("0.5", 0.5), (".5", 0.5), ("-0.25", -0.25),
     ("1e3", 1000.0), ("1.5e-3", 0.0015), ("2E+2", 200.0)],
)  # fmt: skip
def test_a_plain_number_is_a_number(text: str, expected: float) -> None:
    found = parse(f"key: {text}")["key"]
    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize("text", ["14", "0.5", "true", "null", "~", "", "NO"])
@pytest.mark.parametrize("quote", ["'", '"'])
def test_quoted_text_stays_text(text: str, quote: str) -> None:
    assert parse(f"key: {quote}{text}{quote}") == {"key": text}


def test_a_block_of_text_stays_text() -> None:
    assert parse("key: |\n  14\nother: >-\n  true\n") == {"key": "14\n", "other": "true"}


def test_true_false_and_nothing() -> None:
    assert parse("a: true\nb: false\nc: null\nd: ~\ne:\n") == {"a": True, "b": False, "c": None, "d": None, "e": None}


def test_a_key_is_text_whatever_it_looks_like() -> None:
    assert parse("14: a\ntrue: b\nNO: c\n2026-11-20: d\n'': e\n") == {
        "14": "a",
        "true": "b",
        "NO": "c",
        "2026-11-20": "d",
        "": "e",
    }


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdefg", min_size=1), inner, max_size=3),
    max_leaves=12,
)


@given(plain)
def test_what_is_written_as_json_is_read_back(data: Any) -> None:
    """JSON quotes every text: nothing is taken for anything else."""
    assert parse(json.dumps(data, ensure_ascii=False)) == data


# ---- mistakes --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "config.yaml:3: 'a' stands twice; remove one of them"),
        ("x:\n  y: 1\n  'y': 2\n", "config.yaml:3: 'y' stands twice; remove one of them"),
        ("1: a\n'1': b\n", "config.yaml:2: '1' stands twice; remove one of them"),
        ("a: 1\n? [x, y]\n: 2\n", "config.yaml:2: a key must be plain text; quote it if it begins with [ or {"),
        ("a: 1\n{x: y}: 2\n", "config.yaml:2: a key must be plain text; quote it if it begins with [ or {"),
        ("a: 1\n---\nb: 2\n", "config.yaml:2: a second document begins; remove the line '---'"),
        ("a:\n\t- b\n", "config.yaml:2: a tab where spaces are expected; indent with spaces"),
        ("a: 1\nb: c: d\n", "config.yaml:2: mapping values are not allowed here; check indentation, quotes and colons"),
        ("a: 'x\n", "config.yaml:2: found unexpected end of stream; check indentation, quotes and colons"),
        ("a: {{ x }}\n", "config.yaml:1: a key must be plain text; quote it if it begins with [ or {"),
    ],
)
def test_a_mistake_has_its_line(text: str, expected: str) -> None:
    assert mistake(text) == expected


ANCHORS = "anchors and aliases (& and *) are not read; write it out, or quote the text"
TAG = "a tag (!) is not read; remove it, or quote the text"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: &x [1]\n", f"config.yaml:2: {ANCHORS}"),
        ("a: 1\nb: *x\n", f"config.yaml:2: {ANCHORS}"),
        ("a: &x 1\n", f"config.yaml:1: {ANCHORS}"),
        ("? &x a\n: 1\n", f"config.yaml:1: {ANCHORS}"),
        ("a: &x\n  b: *x\n", f"config.yaml:1: {ANCHORS}"),
        ("a: !!python/object/apply:os.system ['touch gotcha']\n", f"config.yaml:1: {TAG}"),
        ("a: 1\nb: !!str 12\n", f"config.yaml:2: {TAG}"),
        ("a: !include other.yaml\n", f"config.yaml:1: {TAG}"),
        ("a: ! x\n", f"config.yaml:1: {TAG}"),
        ("!!map a: 1\n", f"config.yaml:1: {TAG}"),
    ],
)
def test_anchors_and_tags_are_refused(text: str, expected: str) -> None:
    assert mistake(text) == expected


def test_a_thousand_million_laughs_stop_at_the_first() -> None:
    lines = ['a0: &a0 ["lol"]']
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert mistake("\n".join(lines)) == f"config.yaml:1: {ANCHORS}"


@pytest.mark.parametrize("text", ["[" * 10_000, "{a: " * 10_000, "- " * 10_000 + "a", "? " * 10_000])
def test_what_is_nested_beyond_reason_is_refused(text: str) -> None:
    assert mistake(text) == "config.yaml:1: nested too deeply; write it out flat"


def test_forty_levels_are_read() -> None:
    assert parse("[" * 40 + "]" * 40)
    assert mistake("[" * 42 + "]" * 42).endswith("nested too deeply; write it out flat")


def test_a_long_document_is_not_a_deep_one() -> None:
    assert parse("".join(f"key{n}: [[{n}]]\n" for n in range(200)))["key199"] == [[199]]


def test_control_characters_are_refused() -> None:
    expected = "config.yaml: unacceptable character #x0007: special characters are not allowed; save the file as plain"
    assert mistake("a: \x07\n") == f"{expected} UTF-8 text"


@given(st.text(max_size=60) | st.text("ab:-[]{}&*!|>'\"#%@, \n\t?", max_size=40))
def test_any_text_is_read_or_refused_in_a_line(text: str) -> None:
    try:
        strict_yaml.parse(text, "config.yaml")
    except ConfigError as problem:
        assert "\n" not in str(problem)
        assert str(problem).startswith("config.yaml")


# ---- files -----------------------------------------------------------------------------------------------------------


def write(folder: Path, body: bytes) -> Path:
    path = folder / "config.yaml"
    path.write_bytes(body)
    return path


def refused(path: Path) -> str:
    with pytest.raises(ConfigError) as problem:
        strict_yaml.load(path)
    assert "\n" not in str(problem.value)
    return str(problem.value)


@pytest.mark.parametrize("body", [b"", b"\n\n", b"# only a comment\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_nothing(tmp_path: Path, body: bytes) -> None:
    document = strict_yaml.load(write(tmp_path, body))
    assert document.data is None
    assert document.where("a") in ("config.yaml", "config.yaml:1", "config.yaml:2")


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    assert strict_yaml.load(write(tmp_path, "\ufeffname: Käse\r\n".encode())).data == {"name": "Käse"}


def test_a_file_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    body = "a: 1\nname: Käse\n".encode("latin-1")
    assert refused(write(tmp_path, body)) == "config.yaml:2: byte 12 is not UTF-8; save the file as UTF-8"
    assert "not UTF-8" in refused(write(tmp_path, "name: Käse\n".encode("utf-16")))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    with path.open("wb") as file:
        file.truncate(200 * 10**9)  # a hole: it takes no room, but would not fit into memory
    assert refused(path) == "config.yaml: larger than the 500,000 bytes a YAML file may have; split it"


def test_a_file_of_the_allowed_size_is_read(tmp_path: Path) -> None:
    line = b"key: value  # " + b"x" * (strict_yaml.MOST_BYTES - 15) + b"\n"
    assert len(line) == strict_yaml.MOST_BYTES
    assert strict_yaml.load(write(tmp_path, line)).data == {"key": "value"}
    assert refused(write(tmp_path, line + b"\n")).endswith("split it")


def test_a_missing_file_is_named_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    with pytest.raises(RuleError, match=r"^rules/rules\.yaml: cannot be read \(No such file or directory\)") as problem:
        strict_yaml.load(path, "rules/rules.yaml", RuleError)
    assert str(problem.value).endswith(f"expected a YAML file at {path}")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "cannot be read (Is a directory)" in refused(tmp_path)


# ---- where -----------------------------------------------------------------------------------------------------------


def test_every_key_and_item_knows_its_line() -> None:
    text = dedent("""\
        # a comment
        newsletter:
          name: Note

        assets:
          - BTC
          - ETH
        sources:
          flows:
            values:
              - {measure: etf_flow,
                 unit: musd}
              - measure: funding
        text: |
          one
          two
        last: [1, 2]
        """)
    where = strict_yaml.parse(text, "config.yaml").where
    assert where() == "config.yaml:2"
    assert where("newsletter") == "config.yaml:2"
    assert where("newsletter", "name") == "config.yaml:3"
    assert where("assets", 1) == "config.yaml:7"
    assert where("sources", "flows", "values", 0, "measure") == "config.yaml:11"
    assert where("sources", "flows", "values", 0, "unit") == "config.yaml:12"
    assert where("sources", "flows", "values", 1) == "config.yaml:13"
    assert where("text") == "config.yaml:14"
    assert where("last", 1) == "config.yaml:17"


def test_what_is_not_there_is_placed_where_it_would_be() -> None:
    document = strict_yaml.parse("a: 1\nnewsletter:\n  name: Note\n", "config.yaml")
    assert document.where("newsletter", "publisher") == "config.yaml:2"
    assert document.where("newsletter", "name", "first", 3) == "config.yaml:3"
    assert document.where("zzz") == "config.yaml:1"
