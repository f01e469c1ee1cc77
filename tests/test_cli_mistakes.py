"""Bad input of every kind: one clear line, the right exit code, nothing half-written, the last good note kept."""

from __future__ import annotations

import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desk_run import bodies, command, environment, newsletter, reporter

CSV = """newsletter: {name: N, publisher: P}
assets: [BTC]
sources:
  mine:
    use: csv
    files: prices.csv
    time: {column: day}
    asset: BTC
    values: [{measure: price_close, column: close, unit: usd}]
"""


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    """A newsletter with one mistake in one of its files."""
    newsletter(folder)
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return folder


MISTAKES = {
    "a wrong key": ("config.yaml", "assets:", "asets:", ["config.yaml:", "'asets'", "did you mean 'assets'?"]),
    "a wrong key deep down": (
        "config.yaml",
        "  publisher:",
        "  publischer:",
        ["config.yaml:", "did you mean 'publisher'?"],
    ),
    "an unknown source": ("config.yaml", "{use: sample}", "{use: simple}", ["config.yaml:", "did you mean 'sample'?"]),
    "an unknown required fact": (
        "config.yaml",
        "lead.price_usd",
        "lead.price_us",
        ["config.yaml:", "did you mean 'price_usd'?"],
    ),
    "broken YAML": ("config.yaml", "assets: [BTC", "assets: [[BTC", ["config.yaml:"]),
    "a rule with an unknown fact": (
        "templates/rules/flows.yaml",
        "when: etf_net_flow_usd <= -1.0e8 and",
        "when: eft_net_flow_usd <= -1.0e8 and",
        ["rules/flows.yaml:", "'eft_net_flow_usd'", "did you mean 'etf_net_flow_usd'?"],
    ),
    "a group the outline does not have": (
        "templates/rules/price.yaml",
        "group: price\n",
        "group: prise\n",
        ["rules/price.yaml:", "'prise'"],
    ),
    "a chart that there is not": (
        "templates/rules/outline.yaml",
        "charts: [liquidations]",
        "charts: [liquidationz]",
        ["rules/outline.yaml", "did you mean 'liquidations'?"],
    ),
    "a palette without a colour": ("templates/style/palette.yaml", "long:", "lnog:", ["palette.yaml"]),
    "an unknown name in a template": (
        "templates/note/page.html.j2",
        "{{ title }}",
        "{{ titel }}",
        ["page.html.j2:", "titel"],
    ),
    "a template that cannot be read": ("templates/note/page.html.j2", "{{", "{% if %}{{", ["page.html.j2:"]),
}


@pytest.mark.parametrize(("name", "old", "new", "said"), MISTAKES.values(), ids=MISTAKES.keys())
def test_the_authors_mistake_stops_before_anything_is_made(
    tmp_path: Path, name: str, old: str, new: str, said: list[str]
) -> None:
    done = reporter("run", "--config", "config.yaml", folder=edited(tmp_path, name, old, new))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert all(word in done.stderr for word in said), done.stderr
    assert not (tmp_path / "data").exists()
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize("name", ["note/page.html.j2", "style/print.css"])
def test_a_template_that_is_no_text_is_said(tmp_path: Path, name: str) -> None:
    newsletter(tmp_path)
    path = tmp_path / "templates" / name
    path.write_bytes(path.read_bytes() + b"\xff\xfe")
    done = reporter("rules", "lint", folder=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert f"{name}: byte" in done.stderr


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    edited(tmp_path, "templates/rules/price.yaml", "group: price\n", "group: prise\n")
    text = (tmp_path / "config.yaml").read_text().replace("lead.price_usd", "lead.price_us")
    (tmp_path / "config.yaml").write_text(text)
    done = reporter("rules", "lint", folder=tmp_path)
    assert done.returncode == 2
    assert "config.yaml:" in done.stderr
    assert "rules/price.yaml:" in done.stderr


@pytest.mark.parametrize(("week", "said"), [("2026-W60", "2026-W60"), ("next", "next"), ("2026-02-31", "2026-02-31")])
def test_a_week_that_is_none_is_said(tmp_path: Path, week: str, said: str) -> None:
    done = reporter("run", "--sample", "--week", week, folder=newsletter(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert said in done.stderr


def test_a_week_without_data_is_held_and_nothing_is_published(tmp_path: Path) -> None:
    done = reporter("run", "--sample", "--week", "2019-W10", folder=newsletter(tmp_path))
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "market.liquidations_usd" in done.stderr
    assert not (tmp_path / "output" / "2019-W10").exists()


def test_a_required_fact_that_is_missing_holds_the_note_with_its_findings(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV.replace("assets: [BTC]", "assets: [BTC]\nrequired: [lead.open_interest_usd]"))
    days = [f"2026-{month:02d}-{day:02d},{70000 + day}" for month in (1, 2) for day in range(1, 29)]
    (tmp_path / "prices.csv").write_text("\n".join(["day,close", *days]))
    done = reporter("run", "--week", "2026-W07", folder=tmp_path)
    assert done.returncode == 3, done.stderr
    assert "BTC.open_interest_usd: required, and missing" in done.stderr
    assert not (tmp_path / "output" / "2026-W07").exists()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"day,price\n2026-02-09,1\n", "no column 'close'"),
        (b"\xff\xfe\x00day,close\n", "is not utf-8"),
        (b"", "no column"),
        (b"day;close\n2026-02-09;1\n", "in one cell; set 'separator' to ';'"),
        (None, "no file prices.csv"),
    ],
    ids=["wrong column", "not text", "empty", "semicolons", "missing"],
)
def test_a_file_that_cannot_be_used_is_the_authors_mistake(tmp_path: Path, body: bytes | None, said: str) -> None:
    newsletter(tmp_path, CSV)
    if body is not None:
        (tmp_path / "prices.csv").write_bytes(body)
    done = reporter("run", "--week", "2026-W07", folder=tmp_path)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert said in done.stderr


def test_a_bad_row_is_named_and_left_out(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV)
    (tmp_path / "prices.csv").write_text("day,close\n2026-02-09,70000\n2026-02-10,sixty\n2026-02-11,71000\n")
    done = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    assert done.returncode == 0
    assert "prices.csv:3: column 'close': 'sixty' is no number; it is left out" in done.stderr
    assert "2 new or changed rows" in done.stdout


def test_a_bad_row_is_named_again_in_the_next_run(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV)
    (tmp_path / "prices.csv").write_text("day,close\n2026-02-09,70000\n2026-02-10,sixty\n")
    first = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    again = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    assert "prices.csv:3" in again.stderr
    assert again.stderr == first.stderr


def test_a_corrected_file_is_read_after_a_mistake(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV)
    (tmp_path / "prices.csv").write_text("day,Close\n2026-02-09,70000\n")
    assert reporter("collect", "--week", "2026-W07", folder=tmp_path).returncode == 2
    (tmp_path / "prices.csv").write_text("day,close\n2026-02-09,70000\n")
    done = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "1 new or changed row" in done.stdout


def test_a_column_may_be_renamed_in_file_and_mapping(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV)
    (tmp_path / "prices.csv").write_text("day,close\n2026-02-09,70000\n")
    assert reporter("collect", "--week", "2026-W07", folder=tmp_path).returncode == 0
    (tmp_path / "config.yaml").write_text(CSV.replace("column: close", "column: last"))
    (tmp_path / "prices.csv").write_text("day,last\n2026-02-09,70001\n")
    done = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_numbers_of_a_deleted_file_are_gone(tmp_path: Path) -> None:
    newsletter(tmp_path, CSV.replace("prices.csv", "'*.csv'"))
    rows = "".join(f"2026-02-{day:02d},7{day}000\n" for day in range(1, 16))
    (tmp_path / "right.csv").write_text(f"day,close\n{rows}")
    (tmp_path / "wrong.csv").write_text("day,close\n2026-02-15,7\n")
    assert reporter("collect", "--week", "2026-W07", folder=tmp_path).returncode == 0
    (tmp_path / "wrong.csv").unlink()
    done = reporter("facts", "--week", "2026-W07", folder=tmp_path)
    assert "BTC.price_usd " in done.stdout
    assert "$715,000" in done.stdout


def test_simulated_and_real_sources_do_not_stand_together(tmp_path: Path) -> None:
    done = reporter("run", folder=newsletter(tmp_path, f"{CSV}  sample: {{use: sample}}\n"))
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "config.yaml:10: source 'sample' is simulated" in done.stderr


def test_the_sample_keeps_out_of_the_real_edition(tmp_path: Path) -> None:
    done = reporter("run", "--sample", "--edition", "weekly", folder=newsletter(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (tmp_path / "output" / "2026-W07").iterdir()] == ["sample-weekly"]


def test_the_sample_runs_whatever_the_config_says(tmp_path: Path) -> None:
    done = reporter(
        "run",
        "--sample",
        folder=newsletter(
            tmp_path, CSV.replace("[BTC]", "[DOGE]").replace("newsletter:", "lead_asset: DOGE\nnewsletter:")
        ),
    )
    assert done.returncode == 0, done.stderr


def test_a_strict_source_stops_at_a_bad_row(tmp_path: Path) -> None:
    newsletter(tmp_path, f"{CSV}    strict: true\n")
    (tmp_path / "prices.csv").write_text("day,close\n2026-02-09,70000\n2026-02-10,sixty\n")
    done = reporter("collect", "--week", "2026-W07", folder=tmp_path)
    assert done.returncode == 2
    assert "prices.csv:3: column 'close'" in done.stderr


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a finished sample note."""
    folder = newsletter(tmp_path_factory.mktemp("good"))
    assert reporter("run", "--sample", folder=folder).returncode == 0
    return folder


def copied(good: Path, folder: Path) -> Path:
    import shutil

    return shutil.copytree(good, folder / "desk")


NOTE = Path("output/2026-W07/sample")


def test_a_disclaimer_laid_over_is_found(good: Path, tmp_path: Path) -> None:
    desk = copied(good, tmp_path)
    before = bodies(desk / NOTE)
    for name in ("screen.css", "print.css"):
        css = desk / "templates" / "style" / name
        veil = "body::after{content:'';position:fixed;top:0;left:0;right:0;bottom:0;background:#fff;z-index:99}"
        css.write_text(f"{css.read_text()}\n{veil}\n")
    done = reporter("build", "--sample", folder=desk)
    assert done.returncode == 4, done.stderr
    assert bodies(desk / NOTE) == before
    held = desk / "output" / ".held" / "2026-W07" / "sample"
    assert "disclaimer" in (held / "findings.txt").read_text()
    assert (held / "note.pdf").exists()


def test_an_output_that_cannot_be_written_is_one_line(good: Path, tmp_path: Path) -> None:
    desk = copied(good, tmp_path)
    config = (desk / "config.yaml").read_text().replace("output: output", "output: taken/output")
    (desk / "config.yaml").write_text(config)
    (desk / "taken").write_text("a file where a folder should be")
    done = reporter("build", "--sample", folder=desk)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "taken" in done.stderr


def smallest_files(limit: int) -> Callable[[], None]:
    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    return limited


def test_a_full_disk_leaves_the_last_note_where_it_was(good: Path, tmp_path: Path) -> None:
    desk = copied(good, tmp_path)
    before = bodies(desk / NOTE)
    done = subprocess.run(
        command("build", "--sample"), cwd=desk, env=environment(desk), capture_output=True, text=True, check=False,
        preexec_fn=smallest_files(60_000),
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert bodies(desk / NOTE) == before


def test_a_full_disk_on_the_first_run_is_one_line(tmp_path: Path) -> None:
    desk = newsletter(tmp_path)
    done = subprocess.run(
        command("run", "--sample"), cwd=desk, env=environment(desk), capture_output=True, text=True, check=False,
        preexec_fn=smallest_files(4_000),
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr


def test_a_kill_at_any_moment_leaves_a_whole_note(good: Path, tmp_path: Path) -> None:
    desk = copied(good, tmp_path)
    before = bodies(desk / NOTE)
    pick = random.Random(7)
    for _ in range(4):
        process = subprocess.Popen(
            command("run", "--sample"), cwd=desk, env=environment(desk), stdout=subprocess.DEVNULL
        )
        time.sleep(pick.uniform(0.3, 4.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if (desk / NOTE).exists():
            assert bodies(desk / NOTE) == before
    assert reporter("run", "--sample", folder=desk).returncode == 0
    assert bodies(desk / NOTE) == before
    assert [path.name for path in (desk / NOTE).parent.iterdir()] == ["sample"]


def test_two_runs_at_once_both_end_well(good: Path, tmp_path: Path) -> None:
    desk = copied(good, tmp_path)
    both = [
        subprocess.Popen(
            command("run", "--sample"),
            cwd=desk,
            env=environment(desk),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum("another run is at work" in text for text in said) == 1
