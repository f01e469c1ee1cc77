"""The Monday job: read by the checkers of workflows, and each of its scripts run as the runner runs it.

What stands in for what: `actions/checkout` is a copy of this checkout without what git ignores; `actions/setup-python`
a fresh virtual environment that sees the packages of this one; `sudo` and `apt-get` write down what they are asked for;
the package index is closed, so that pip installs the program itself but finds each pin of the lock at home (one that is
not here is only said to be); the sources are the embedded sample. The cache and the uploads do not run: that what they
name is there, is looked at.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from importlib import metadata, util
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from reporter import clock, config

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
NOTE = FOLDER / "weekly-note.yml"
BIN = Path(sys.executable).parent
CHECKERS: Mapping[str, tuple[str, ...]] = {
    "actionlint": ("-no-color", "-shellcheck=", "-pyflakes="),  # whether those two are there, differs by machine
    "zizmor": ("--offline", "--no-config", "--no-progress", "--color=never", "--persona=pedantic"),
    "check-jsonschema": ("--builtin-schema", "vendor.github-workflows"),
}
PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
SAMPLE = """newsletter: {name: A note, publisher: A desk}
assets: [BTC, ETH, SOL]
required: [market.liquidations_usd, lead.price_usd]
sources: {sample: {use: sample}}
"""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def workflow(path: Path) -> Any:
    """The parsed workflow; its key `on` is a truth value in YAML."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {("on" if key is True else key): value for key, value in data.items()}


def steps(path: Path = NOTE) -> list[dict[str, Any]]:
    return [step for job in workflow(path)["jobs"].values() for step in job["steps"]]


def step(name: str) -> dict[str, Any]:
    return next(one for one in steps() if one["name"] == name)


# ---- what the checkers say -------------------------------------------------------------------------------------------


def findings(checker: str, path: Path) -> str:
    """What a checker found, or an empty text."""
    command = [str(BIN / checker), *CHECKERS[checker], str(path)]
    home = {"HOME": str(path.parent), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, env=home, capture_output=True, text=True, timeout=60, check=False)
    return f"{done.stdout}{done.stderr}" if done.returncode else ""


def rules(path: Path) -> Iterator[str]:
    """What is not as we want it, whatever the checkers think."""
    text, data = path.read_text(encoding="utf-8"), workflow(path)
    for used in re.findall(r"uses: *(.*)", text):
        if not PINNED.fullmatch(used):
            yield f"{used}: no full commit with its version"
    if data.get("permissions") != {}:
        yield "the workflow may do something before a job asks for it"
    if data.get("concurrency", {}).get("cancel-in-progress") is not False or "group" not in data["concurrency"]:
        yield "two runs at once, or one that stops the other"
    for name, job in data["jobs"].items():
        if job.get("permissions", {}) not in ({}, {"contents": "read"}):
            yield f"{name}: may do more than read"
        if not 0 < job.get("timeout-minutes", 0) <= 120:
            yield f"{name}: may run for ever"
        if "permissions" in job and job["permissions"] is None:
            yield f"{name}: has the usual permissions"
    for one in (one for job in data["jobs"].values() for one in job["steps"]):
        if "${{" in one.get("run", ""):
            yield f"{one['name']}: a value is written into the script"
        if str(one.get("uses")).startswith("actions/checkout@") and one.get("with", {}).get(
            "persist-credentials", True
        ):
            yield f"{one['name']}: the token stays on the disk"


def schedule(path: Path) -> Iterator[str]:
    """What is wrong with the time of the note."""
    lag = config.load(ROOT / "config.yaml")[0].lag
    for entry in workflow(path)["on"]["schedule"]:
        minute, hour, *days = entry["cron"].split()
        if days != ["*", "*", "1"]:
            yield "not each Monday, and only then"
        elif timedelta(hours=int(hour), minutes=int(minute)) <= lag:
            yield "before the week can be written of"
        if minute == "0":
            yield "on the hour"


@each_workflow
@pytest.mark.parametrize("checker", CHECKERS)
def test_no_checker_finds_anything(checker: str, path: Path) -> None:
    assert findings(checker, path) == ""


@each_workflow
def test_a_workflow_is_as_we_want_it(path: Path) -> None:
    assert list(rules(path)) == []


def test_the_note_is_made_on_monday_after_the_cut() -> None:
    assert list(schedule(NOTE)) == []


def test_at_that_time_the_week_that_ended_is_the_one_to_write_of() -> None:
    minute, hour, *_ = workflow(NOTE)["on"]["schedule"][0]["cron"].split()
    monday = datetime(2026, 2, 16, tzinfo=UTC)
    lag = config.load(ROOT / "config.yaml")[0].lag
    assert clock.last_week(monday.replace(hour=int(hour), minute=int(minute)), lag).end == monday


BROKEN = {  # a change, and who must see it
    "a tag instead of a commit": (r"@[0-9a-f]{40} # (v6)\.0\.2", r"@\1", {"zizmor", "rules"}),
    "a commit without its version": (r"(@[0-9a-f]{40}) # v6\.0\.2", r"\1", {"rules"}),
    "an hour that is none": (r"17 14 \* \* 1", "17 25 * * 1", {"actionlint"}),
    "on the hour": (r"17 14 \* \* 1", "0 15 * * 1", {"schedule"}),
    "at the cut": (r"17 14 \* \* 1", "0 14 * * 1", {"schedule"}),
    "a Sunday": (r"17 14 \* \* 1", "17 14 * * 0", {"schedule"}),
    "every day": (r"17 14 \* \* 1", "17 14 * * *", {"schedule"}),
    "rights for everything": (r"permissions: \{\}", "permissions: write-all", {"zizmor", "rules"}),
    "no rights named": (r"permissions: \{\}\n", "", {"zizmor", "rules"}),
    "a job that may write": ("contents: read", "contents: write", {"rules"}),
    "a job that never ends": (r"timeout-minutes: \d+", "timeout-minutes: 6000", {"rules"}),
    "a token that may stay": ("persist-credentials: false", "persist-credentials: true", {"rules"}),
    "a token that stays": (r"\n +with:\n +persist-credentials: false", "", {"zizmor", "rules"}),
    "a value in a script": (r'--week="\$WEEK"', "--week=${{ inputs.week }}", {"zizmor", "rules"}),
    "a run that stops another": ("cancel-in-progress: false", "cancel-in-progress: true", {"rules"}),
    "a runner that is none": ("ubuntu-24.04", "ubuntu-latests", {"actionlint"}),
    "a key that is none": ("timeout-minutes:", "timeout:", {"actionlint", "check-jsonschema", "rules"}),
    "an output of no step": (r"steps\.note\.outcome", "steps.notes.outcome", {"actionlint"}),
}


@pytest.mark.parametrize("change", BROKEN)
def test_a_small_mistake_is_seen(change: str, tmp_path: Path) -> None:
    old, new, seen = BROKEN[change]
    text, count = re.subn(old, new, NOTE.read_text(encoding="utf-8"))
    assert count == 1, f"{old} is not there once"
    path = tmp_path / ".github" / "workflows" / "weekly-note.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    ours = {"rules": rules, "schedule": schedule}
    for one in seen:
        assert list(ours[one](path)) if one in ours else findings(one, path), f"{one} saw nothing"


# ---- what the steps name ---------------------------------------------------------------------------------------------


def test_the_libraries_are_those_of_the_set_up() -> None:
    wanted = re.findall(r'"(lib[a-z0-9.+-]+)"', (ROOT / "scripts" / "setup.sh").read_text(encoding="utf-8"))
    assert len(wanted) == 3
    assert set(re.findall(r" (lib\S+)", step("Install what PDFs are made with")["run"])) == set(wanted)


def test_the_python_is_one_that_the_program_runs_on() -> None:
    wanted = re.search(r'requires-python = ">=([\d.]+)"', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert wanted
    assert step("Set up Python")["with"]["python-version"] == wanted[1]


def test_every_key_that_a_source_reads_is_given_to_the_run_and_to_nothing_else() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "reporter" / "collect").rglob("*.py"))
    keys = set(re.findall(r"\b[A-Z]+_API_KEY\b", code))
    given = {name: value for name, value in step("Make the note")["env"].items() if name != "WEEK"}
    assert given == {name: f"${{{{ secrets.{name} }}}}" for name in given}
    assert keys <= set(given)
    assert NOTE.read_text(encoding="utf-8").count("secrets.") == len(given)


def test_the_store_is_fetched_before_the_run_and_kept_whatever_it_ends_with() -> None:
    names = [one["name"] for one in steps()]
    fetch, save = step("Fetch the store of the run before"), step("Keep the store")
    assert names.index(fetch["name"]) < names.index("Make the note") < names.index(save["name"])
    folder = config.load(ROOT / "config.yaml")[0].data
    assert {fetch["with"]["path"], save["with"]["path"]} == {folder}
    assert save["if"].startswith("always()")
    assert save["with"]["key"].startswith(fetch["with"]["restore-keys"])
    assert {"github.run_id", "github.run_attempt"} <= set(re.findall(r"github\.\w+", save["with"]["key"]))


def test_midway_the_same_store_is_read_and_nothing_is_written() -> None:
    (read,) = steps(FOLDER / "keep-store.yml")
    assert read["uses"] == step("Fetch the store of the run before")["uses"]
    assert read["with"] == step("Fetch the store of the run before")["with"]
    assert workflow(FOLDER / "keep-store.yml")["on"]["schedule"][0]["cron"].endswith(" * * 4")


# ---- the scripts, run as the runner runs them ------------------------------------------------------------------------


@dataclass(frozen=True)
class Runner:
    """A machine of the hosted kind: a checkout, a Python, and a PATH with stand-ins before the system's."""

    home: Path

    @property
    def checkout(self) -> Path:
        return self.home / "checkout"

    @property
    def log(self) -> list[str]:
        """What the stand-ins were asked for."""
        return (self.home / "log").read_text(encoding="utf-8").splitlines()

    @property
    def summary(self) -> str:
        return (self.home / "GITHUB_STEP_SUMMARY").read_text(encoding="utf-8")

    def run(self, name: str, **inputs: str) -> subprocess.CompletedProcess[str]:
        """A step's script, from a file, in the shell that `shell: bash` stands for."""
        one = step(name)
        script = self.home / "step.sh"
        script.write_text(one["run"], encoding="utf-8")
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.checkout,
            env=self._environment() | {key: filled(value, inputs) for key, value in one.get("env", {}).items()},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def _environment(self) -> dict[str, str]:
        files = {name: str(self.home / name) for name in ("GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        (self.home / "GITHUB_STEP_SUMMARY").write_text("")
        path = f"{self.home / 'bin'}:{self.home / 'python' / 'bin'}:/usr/bin:/bin"
        runner = {"CI": "true", "GITHUB_ACTIONS": "true", "RUNNER_TEMP": str(self.home / "temp"), "PATH": path}
        return {**files, **runner, "HOME": str(self.home), "LANG": "C.UTF-8", "PIP_NO_INDEX": "1"}


def filled(value: str, inputs: Mapping[str, str]) -> str:
    """A value of `env` as the runner fills it in: a secret that is not set is an empty text, as is an input."""
    found = re.fullmatch(r"\$\{\{ (inputs|secrets)\.(\w+) \}\}", value)
    assert found, value
    return inputs.get(found[2], "") if found[1] == "inputs" else ""


def clean(folder: str, names: list[str]) -> set[str]:
    """What a checkout does not hold: what .gitignore names, at the top where it says so."""
    lines = [".git/", *(ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()]
    here = [line.strip("/") for line in lines if not line.startswith("/") or Path(folder) == ROOT]
    return {name for name in names if any(fnmatch(name, pattern) for pattern in here)}


def python(home: Path) -> None:
    """A virtual environment of its own that sees the packages of this one, pip among them."""
    base = str(getattr(sys, "_base_executable", sys.executable))
    subprocess.run([base, "-m", "venv", "--without-pip", str(home / "python")], check=True, timeout=60)
    (site,) = (home / "python" / "lib").glob("python*/site-packages")
    (site / "packages.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    lock = (ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    for name, pin in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE):
        if not any(one.version == pin for one in metadata.distributions(name=name)):
            said = site / f"{name.replace('-', '_')}-{pin}.dist-info" / "METADATA"
            said.parent.mkdir()
            said.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {pin}\n", encoding="utf-8")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """The machine with all installed, by the steps before the note is made."""
    if util.find_spec("pip") is None:
        pytest.skip("this environment has no pip")
    runner = Runner(tmp_path_factory.mktemp("runner"))
    copytree(ROOT, runner.checkout, ignore=clean)
    python(runner.home)
    (runner.home / "bin").mkdir()
    (runner.home / "temp").mkdir()
    for name, script in {"sudo": 'exec "$@"', "apt-get": f'echo "apt-get $*" >>"{runner.home}/log"'}.items():
        (runner.home / "bin" / name).write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        (runner.home / "bin" / name).chmod(0o755)
    for name in ("Install what PDFs are made with", "Install the program"):
        done = runner.run(name)
        assert done.returncode == 0, done.stdout + done.stderr
    (runner.checkout / "config.yaml").write_text(SAMPLE, encoding="utf-8")
    return runner


@pytest.fixture(scope="module")
def made(machine: Runner) -> subprocess.CompletedProcess[str]:
    """The step that makes the note, on the schedule: no week is named, no key is set."""
    return machine.run("Make the note")


def test_every_script_of_the_job_is_run_here() -> None:
    scripts = [one["name"] for one in steps() if "run" in one]
    assert scripts == ["Install what PDFs are made with", "Install the program", "Make the note"]
    assert {one["shell"] for one in [workflow(NOTE)["jobs"]["note"]["defaults"]["run"]]} == {"bash"}
    assert not [one for one in steps() if "shell" in one or "working-directory" in one]


def test_the_libraries_are_installed_without_a_question(machine: Runner) -> None:
    update, install = machine.log
    assert update.startswith("apt-get update")
    assert install.startswith("apt-get install -y ")


def test_the_program_is_installed_whole(machine: Runner) -> None:
    command = [str(machine.home / "python" / "bin" / "python"), "-c", "import reporter; print(reporter.__file__)"]
    done = subprocess.run(command, cwd=machine.home, env={}, capture_output=True, text=True, check=False)
    package = Path(done.stdout.strip()).parent
    assert package.is_relative_to(machine.home / "python"), done.stderr
    assert (package / "_starter" / "config.yaml").exists()
    assert (machine.home / "python" / "bin" / "reporter").exists()


def test_the_job_leaves_a_pdf_where_it_is_kept_from(machine: Runner, made: subprocess.CompletedProcess[str]) -> None:
    assert made.returncode == 0, made.stdout + made.stderr
    (pdf,) = machine.checkout.glob(step("Keep the PDF")["with"]["path"])
    assert pdf.read_bytes().startswith(b"%PDF-")
    kept = machine.checkout / step("Keep the whole note")["with"]["path"]
    assert {"note.html", "note.md", "note.pdf", "claims.json"} <= {path.name for path in kept.rglob("*")}
    assert (machine.checkout / step("Keep the store")["with"]["path"] / "reporter.sqlite").exists()


def test_what_the_run_said_can_be_read_on_its_page(machine: Runner, made: subprocess.CompletedProcess[str]) -> None:
    assert "note.pdf" in made.stdout
    assert machine.run("Make the note", week="soon").returncode == 2
    assert machine.summary.startswith("Exit code 2 (")
    assert "    --week: 'soon' is no week" in machine.summary


def test_the_past_is_fetched_once(machine: Runner, made: subprocess.CompletedProcess[str]) -> None:
    assert "new or changed rows from" in made.stdout
    assert "new or changed rows from" not in machine.run("Make the note", week="2020-W01").stdout


def test_a_note_that_is_held_fails_the_job_and_is_kept(machine: Runner, made: subprocess.CompletedProcess[str]) -> None:
    done = machine.run("Make the note", week="2020-W01")
    assert done.returncode == 3, done.stdout + done.stderr
    keep = step("Keep a draft that was held")
    held = machine.checkout / keep["with"]["path"]
    assert list(held.glob("2020-W01/*/findings.txt"))
    assert (keep["if"], keep["with"]["include-hidden-files"]) == ("always()", True)


def test_a_mistake_in_the_config_fails_the_job(machine: Runner, made: subprocess.CompletedProcess[str]) -> None:
    path = machine.checkout / "config.yaml"
    path.write_text(SAMPLE.replace("assets:", "asets:"), encoding="utf-8")
    try:
        done = machine.run("Make the note")
    finally:
        path.write_text(SAMPLE, encoding="utf-8")
    assert done.returncode == 2
    assert "did you mean 'assets'?" in done.stdout


@pytest.mark.parametrize("week", ['2026-W07"; touch pwned; "', "$(touch pwned)", "--help", "`touch pwned`"])
def test_what_somebody_writes_as_week_is_never_a_command(
    machine: Runner, made: subprocess.CompletedProcess[str], week: str
) -> None:
    done = machine.run("Make the note", week=week)
    assert done.returncode == 2
    assert "is no week" in done.stdout
    assert not (machine.checkout / "pwned").exists()
