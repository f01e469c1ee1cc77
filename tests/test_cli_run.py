"""A whole run on the sample: what it leaves, that it leaves the same anywhere, and that it walks back to the bytes."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from reporter import disclaimer
from tests.desk_run import ROOT, bodies, newsletter, reporter, system_path

FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>"""
LOCALES = {"LC_ALL": "C", "LANG": "C"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newsletter's folder after `reporter run --sample`."""
    folder = newsletter(tmp_path_factory.mktemp("desk"))
    done = reporter("run", "--sample", folder=folder, env={"PATH": system_path()})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    (folder / "printed.txt").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def note(desk: Path) -> Path:
    return desk / "output" / "2026-W07" / "sample"


def test_a_run_ends_with_the_paths_of_the_note(desk: Path) -> None:
    paths = [line for line in (desk / "printed.txt").read_text().splitlines() if line.startswith("output/")]
    assert [Path(path).name for path in paths] == ["note.html", "note.md", "note.pdf"]
    assert all((desk / path).stat().st_size > 1000 for path in paths)


def test_the_folder_holds_the_note_and_nothing_else(note: Path) -> None:
    names = {name for name in bodies(note) if not name.startswith("charts/")}
    assert names == {"note.html", "note.pdf", "note.md", "note.json", "claims.json", "manifest.json"}
    assert len(list((note / "charts").glob("*.svg"))) >= 4
    assert [p.name for p in note.parent.iterdir()] == ["sample"]


def test_the_manifest_names_every_file_and_its_hash(note: Path) -> None:
    manifest = json.loads((note / "manifest.json").read_text())
    found = {name: hashlib.sha256(body).hexdigest() for name, body in bodies(note).items() if name != "manifest.json"}
    assert {name: record["sha256"] for name, record in manifest["files"].items()} == found
    assert {"archive", "settings", "ledger", "versions"} <= set(manifest)


def test_every_number_of_a_sentence_is_a_fact_with_its_payload(note: Path, desk: Path) -> None:
    claims = json.loads((note / "claims.json").read_text())
    kept = {path.name.removesuffix(".gz") for path in (desk / "data").rglob("*.gz")}
    for sentence in claims["sentences"]:
        rest = sentence["text"]
        for printed in sentence["printed"]:
            assert printed["text"] in rest
            rest = rest.replace(printed["text"], "", 1)
        assert not re.search(r"\d", rest), sentence["text"]
        payloads = {p for fact in sentence["facts"] for one in fact["inputs"] for p in one["payloads"]}
        assert payloads and payloads <= kept, sentence["text"]
        assert re.fullmatch(r"rules/[a-z_]+\.yaml:\d+", sentence["where"])


def test_the_page_marks_every_number_it_prints(note: Path) -> None:
    page = (note / "note.html").read_text()
    claims = json.loads((note / "claims.json").read_text())
    marked = set(re.findall(r'data-fact="([^"]+)"', page))
    assert {p["fact"] for s in claims["sentences"] for p in s["printed"]} <= marked


def test_the_disclaimer_stands_in_every_output(note: Path) -> None:
    for words in disclaimer.paragraphs("Example Desk"):
        assert words in (note / "note.md").read_text()
        assert words in (note / "note.html").read_text()


def test_every_output_says_that_its_data_are_illustrative(note: Path) -> None:
    pdfium = pytest.importorskip("pypdfium2")
    document = pdfium.PdfDocument(note / "note.pdf")
    pages = [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    assert len(pages) >= 3
    assert all(disclaimer.NOTICE in page for page in pages)
    assert disclaimer.NOTICE in (note / "note.html").read_text()
    assert disclaimer.NOTICE in (note / "note.md").read_text()
    for name in ("note.json", "claims.json", "manifest.json"):
        assert json.loads((note / name).read_text())["illustrative"] is True
    assert all(disclaimer.NOTICE in path.read_text() for path in (note / "charts").glob("*.svg"))


def test_another_folder_process_zone_locale_and_fontconfig_give_the_same_bytes(note: Path, tmp_path: Path) -> None:
    other = newsletter(tmp_path / "elsewhere" / "deep down")
    fonts = tmp_path / "fonts.conf"
    fonts.write_text(FONTS.format(fonts=ROOT / "templates" / "style" / "fonts", cache=tmp_path / "cache"))
    strange = {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "4711", "FONTCONFIG_FILE": str(fonts), **LOCALES}
    done = reporter("run", "--sample", folder=other, env=strange)
    assert done.returncode == 0, done.stderr
    again = bodies(other / "output" / "2026-W07" / "sample")
    assert again.keys() == bodies(note).keys()
    assert [name for name, body in bodies(note).items() if again[name] != body] == []


def test_a_second_run_gives_the_same_bytes_from_kept_facts(desk: Path, note: Path) -> None:
    before = bodies(note)
    assert reporter("run", "--sample", folder=desk).returncode == 0
    assert bodies(note) == before


def test_a_fact_is_explained_down_to_file_line_and_hash(desk: Path) -> None:
    done = reporter("explain", "BTC.price_usd", "--sample", "--json", folder=desk)
    assert done.returncode == 0, done.stderr
    (tree,) = json.loads(done.stdout)
    (used,) = tree["inputs"]
    (row,) = [row for row in used["rows"] if row["at"].startswith("2026-02-15")]
    assert row["value"] == float(tree["value"])
    body = json.loads(_gunzipped(desk, row["payload"]))
    entry = next(e for e in body["series"] if (e["measure"], e["asset"]) == ("price_close", "BTC"))
    assert entry["values"][row["line"] - 1] == row["value"]


def _gunzipped(desk: Path, payload: str) -> bytes:
    import gzip

    (path,) = (desk / "data").rglob(f"{payload}.gz")
    body = gzip.decompress(path.read_bytes())
    assert hashlib.sha256(body).hexdigest() == payload
    return body


def test_a_sentence_is_explained_by_its_rule_and_facts(desk: Path) -> None:
    done = reporter("explain", "wave of forced", "--sample", "--json", folder=desk)
    trees = json.loads(done.stdout) if done.returncode == 0 else []
    if not trees:  # another wording of the rule was due
        done = reporter("explain", "event-longs-flushed", "--sample", "--json", folder=desk)
        trees = json.loads(done.stdout)
    assert trees[0]["where"].startswith("rules/liquidations.yaml:")
    assert "market.liquidations_usd" in {fact["fact"] for fact in trees[0]["facts"]}


def test_what_is_not_there_is_explained_in_one_line(desk: Path) -> None:
    done = reporter("explain", "BTC.price_us", "--sample", folder=desk)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "did you mean 'BTC.price_usd'" in done.stderr


def test_facts_are_printed_for_a_machine(desk: Path) -> None:
    done = reporter("facts", "--sample", "--json", folder=desk)
    facts = {(f["subject"], f["name"]): f for f in json.loads(done.stdout)}
    assert 1.85e9 < facts["market", "liquidations_usd"]["value"] < 1.95e9
    assert set(facts["BTC", "price_usd"]) == {"subject", "name", "value", "unit", "window", "as_of", "inputs"}


def test_the_catalogue_of_facts_needs_no_data(tmp_path: Path) -> None:
    done = reporter("facts", "--json", folder=newsletter(tmp_path))
    assert {"price_usd", "funding_apr", "etf_net_flow_usd"} <= {f["name"] for f in json.loads(done.stdout)}
    assert not (tmp_path / "data").exists()


def test_rules_show_says_what_was_said_and_why_the_others_were_silent(desk: Path) -> None:
    done = reporter("rules", "show", "--sample", "--json", folder=desk)
    shown = json.loads(done.stdout)
    assert sum(s["section"] == "key_points" for s in shown["said"]) == 3
    assert all(u["why"] for u in shown["unsaid"])


def test_the_finished_note_is_checked_again(desk: Path) -> None:
    done = reporter("check", "--sample", folder=desk)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", ["note.html", "note.pdf", "note.md", "claims.json"])
def test_a_file_that_was_changed_afterwards_is_found(desk: Path, note: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(desk, tmp_path / "copy")
    path = copy / note.relative_to(desk) / name
    path.write_bytes(path.read_bytes() + b"\n")
    done = reporter("check", "--sample", folder=copy)
    assert done.returncode == 4
    assert name in done.stderr


def test_a_history_that_was_lost_is_made_again_from_the_archive(desk: Path, note: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(desk, tmp_path / "copy")
    for path in (copy / "data" / "sample").glob("reporter.sqlite*"):
        path.unlink()
    done = reporter("build", "--sample", folder=copy)
    assert done.returncode == 0, done.stderr
    assert bodies(copy / note.relative_to(desk)) == bodies(note)


def test_the_sample_note_reads_as_it_did(note: Path, golden: Callable[[str, str], None]) -> None:
    golden("2026-W07.md", (note / "note.md").read_text(encoding="utf-8"))
