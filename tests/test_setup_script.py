"""scripts/setup.sh as it is, in a bare folder: stand-ins on the PATH take the place of uv, apt-get, id and Pythons."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("bash", "cat", "chmod", "cksum", "dirname", "head", "mkdir", "rm", "sleep", "touch", "uname")
PYTHON = str(getattr(sys, "_base_executable", sys.executable))
UV = """echo "uv $*" >>"$LOG"
new=.venv/bin/python
case $1 in
venv) mkdir -p .venv/bin && printf '#!/bin/sh\\nexec "%s" "$@"\\n' "$REAL" >$new && chmod +x $new ;;
pip) [ ! -e "$LOG.code" ] || exit "$(cat "$LOG.code")" ;;
esac"""
# A Python that has all it needs but what $LACKS names, until a file says that apt has been; and that makes no venv.
SYSTEM = """
import ctypes, os, sys, types
if "venv" in sys.orig_argv:
    os._exit(1)
lacks = [] if os.path.exists(os.environ["LOG"] + ".installed") else os.environ["LACKS"].split()
sys.modules["ensurepip"] = None if "ensurepip" in lacks else types.ModuleType("ensurepip")
def load(name, *rest):
    if name in lacks:
        raise OSError(name)
ctypes.CDLL = load
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are Debian's")


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


@dataclass
class Machine:
    """A folder with a checkout's set-up in it, and a PATH on which lies only what the test puts there."""

    home: Path
    checkout: Path
    env: dict[str, str] = field(default_factory=dict)

    @property
    def log(self) -> list[str]:
        """What the stand-ins were asked for, a line each; reading it empties it."""
        path = self.home / "log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def command(self, name: str, body: str) -> None:
        path = self.home / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
        path.chmod(0o755)

    def start(self, goal: str = "run", **env: str) -> subprocess.Popen[str]:
        home = {"PATH": str(self.home / "bin"), "LOG": str(self.home / "log"), "PYTHONPATH": str(self.home / "site")}
        world = home | {"REAL": sys.executable, "LACKS": "", "PYTHONDONTWRITEBYTECODE": "1"} | self.env | env
        command = ["bash", "scripts/setup.sh", goal]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.checkout, env=world, stdout=pipe, stderr=pipe, text=True)

    def setup(self, goal: str = "run", **env: str) -> Done:
        run = self.start(goal, **env)
        out, err = run.communicate(timeout=300)
        return Done(run.returncode, out, err)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A whole machine: Python, uv, Pango and the tools are there; the user is not root."""
    machine = Machine(tmp_path, tmp_path / "a checkout")
    (tmp_path / "bin").mkdir()
    for name in COMMANDS:
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    for name in ("pyproject.toml", "requirements/run.txt", "requirements/dev.txt", "scripts/setup.sh"):
        (machine.checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, machine.checkout / name)
    machine.command("python3", f'exec "{PYTHON}" "$@"')
    machine.command("uv", UV)
    machine.command("id", "echo 1000")
    for name in ("chromium", "pdftotext", "qpdf"):
        machine.command(name, "")
    machine.command("apt-get", 'echo "apt-get $*" >>"$LOG"')
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(SYSTEM, encoding="utf-8")
    return machine


def only_line(done: Done) -> str:
    """The one line of a run that stopped."""
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.rstrip("\n")


# ---- the virtual environment ---------------------------------------------------------------------------------------


def test_the_first_run_installs_the_lock_and_then_the_package(machine: Machine) -> None:
    done = machine.setup()
    assert done.returncode == 0, done.stderr
    assert machine.log == [
        f"uv venv --quiet --seed --python {PYTHON} .venv",
        "uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/run.txt",
        "uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .",
    ]


def test_a_second_run_does_nothing_and_says_nothing(machine: Machine) -> None:
    machine.setup()
    assert machine.log
    done = machine.setup()
    assert done == Done(0, "", "")
    assert machine.log == []


def test_development_is_added_to_what_the_note_needs(machine: Machine) -> None:
    machine.setup("run")
    assert machine.log
    machine.setup("dev")
    assert [line.split()[-1] for line in machine.log] == ["requirements/dev.txt"]
    machine.setup("dev")
    machine.setup("run")
    assert machine.log == []


@pytest.mark.parametrize("file", ["pyproject.toml", "requirements/run.txt"])
def test_a_changed_lock_or_project_is_installed_again_without_a_new_venv(machine: Machine, file: str) -> None:
    machine.setup()
    with (machine.checkout / file).open("a", encoding="utf-8") as lines:
        lines.write("# changed\n")
    assert machine.log
    machine.setup()
    assert [line.split()[1] for line in machine.log] == ["pip", "pip"]


def test_what_was_interrupted_is_made_again_from_the_start(machine: Machine) -> None:
    (machine.home / "log.code").write_text("130", encoding="utf-8")
    assert machine.setup().returncode == 130
    (machine.home / "log.code").unlink()
    assert [line.split()[1] for line in machine.log] == ["venv", "pip"]
    assert machine.setup().returncode == 0
    assert [line.split()[1] for line in machine.log] == ["venv", "pip", "pip"]


def test_where_uv_fails_pip_goes_on(machine: Machine) -> None:
    (machine.home / "log.code").write_text("2", encoding="utf-8")
    done = machine.setup()
    _, after = done.stderr.split("setup: uv could not (see above); going on with pip\n")
    assert after.startswith(f"setup: making .venv with {PYTHON}\n")


@pytest.mark.parametrize("body", ["exit 127", 'case "$*" in *version_info*) exit 1 ;; esac'])
def test_a_broken_or_unsuitable_venv_is_made_again(machine: Machine, body: str) -> None:
    machine.setup()
    assert machine.log
    (machine.checkout / ".venv" / "bin" / "python").write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    assert machine.setup().returncode == 0
    assert machine.log[0].startswith("uv venv")


def test_a_checkout_that_was_moved_gets_its_own_venv(machine: Machine) -> None:
    machine.setup()
    assert machine.log
    machine.checkout = machine.checkout.rename(machine.home / "moved")
    machine.setup()
    assert machine.log[0].startswith("uv venv")


def test_two_runs_at_once_install_once(machine: Machine) -> None:
    if not (flock := shutil.which("flock")):
        pytest.skip("this system has no flock")
    (machine.home / "bin" / "flock").symlink_to(flock)
    machine.command("uv", "sleep 0.3\n" + UV)
    runs = [machine.start() for _ in range(2)]
    assert [run.communicate(timeout=60)[1] != "" for run in runs].count(True) == 1, "one makes it, the other waits"
    assert [line.split()[1] for line in machine.log] == ["venv", "pip", "pip"]


# ---- the interpreter -----------------------------------------------------------------------------------------------


def test_without_a_suitable_python_one_line_says_what_is_there_and_what_is_needed(machine: Machine) -> None:
    machine.command("python3", 'case $1 in --version) echo "Python 3.9.2" ;; *) exit 1 ;; esac')
    line = only_line(machine.setup())
    assert line.startswith("setup: python3 is Python 3.9.2; Python 3.11, 3.12 or 3.13 is needed")
    assert not (machine.checkout / ".venv").exists()


def test_without_any_python_the_line_says_so(machine: Machine) -> None:
    (machine.home / "bin" / "python3").unlink()
    assert only_line(machine.setup()).startswith("setup: python3 is not there; ")


def test_a_shim_that_exists_and_fails_is_passed_over(machine: Machine) -> None:
    machine.command("python3", "exit 1")
    machine.command("python3.13", 'echo "python3.13: command not found" >&2; exit 127')
    machine.command("python3.12", f'exec "{PYTHON}" "$@"')
    assert machine.setup().returncode == 0


def test_an_interpreter_that_was_named_takes_the_place_of_another(machine: Machine) -> None:
    machine.setup()
    assert machine.log
    asked = "3.13" if sys.version_info[:2] != (3, 13) else "3.12"
    machine.command("other", f'case "$*" in *version_info*) echo {asked} ;; *) exec "{PYTHON}" "$@" ;; esac')
    assert machine.setup(PYTHON=PYTHON).returncode == 0
    assert machine.log == []
    machine.setup(PYTHON="other")
    assert machine.log[0].startswith("uv venv")


def test_an_interpreter_that_was_named_is_the_only_one_tried(machine: Machine) -> None:
    assert only_line(machine.setup(PYTHON="python3.99")).startswith("setup: python3.99 is not there; ")


# ---- the system ----------------------------------------------------------------------------------------------------

EVERYTHING = "ensurepip libpango-1.0.so.0 libpangoft2-1.0.so.0 libharfbuzz-subset.so.0"
PACKAGES = f"python3.{sys.version_info[1]}-venv libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


@pytest.fixture
def bare(machine: Machine) -> Machine:
    """Debian's python3 and nothing with it; no uv."""
    machine.env |= {"LACKS": EVERYTHING, "UV": ""}
    return machine


def test_a_user_is_told_the_one_command_that_installs_what_is_missing(bare: Machine) -> None:
    line = only_line(bare.setup())
    assert line.endswith(f"; install it and run make again: sudo apt-get install -y {PACKAGES}")
    assert bare.log == []


def test_only_what_is_missing_is_named(bare: Machine) -> None:
    assert only_line(bare.setup(LACKS="libpango-1.0.so.0")).endswith(" install -y libpango-1.0-0")


def test_uv_needs_no_ensurepip(bare: Machine) -> None:
    assert only_line(bare.setup(UV="uv")).endswith(" install -y " + PACKAGES.partition(" ")[2])


def test_a_system_without_apt_is_told_what_to_look_for(bare: Machine) -> None:
    (bare.home / "bin" / "apt-get").unlink()
    assert only_line(bare.setup()).endswith(f": {PACKAGES} (Debian's names) with this system's package manager")


def test_root_has_it_installed(bare: Machine) -> None:
    bare.command("id", "echo 0")
    bare.command("apt-get", 'echo "apt-get $*" >>"$LOG"\ncase $* in *install*) touch "$LOG.installed" ;; esac')
    done = bare.setup()
    update, install = bare.log
    assert update == "apt-get update -qq"
    assert install.startswith("apt-get install -y ")
    assert install.endswith(f" {PACKAGES}")
    assert "making .venv" in done.stderr


def test_what_apt_could_not_mend_is_said(bare: Machine) -> None:
    bare.command("id", "echo 0")
    done = bare.setup()
    assert done.returncode == 1
    assert f"still lacks {PACKAGES}; " in done.stderr.splitlines()[-1]


def test_without_browser_and_pdf_tools_the_tests_still_run_and_a_line_says_what_skips(machine: Machine) -> None:
    (machine.home / "bin" / "chromium").unlink()
    (machine.home / "bin" / "qpdf").unlink()
    machine.setup("dev")
    done = machine.setup("test")
    assert done.returncode == 0
    assert done.stderr.endswith("will be skipped; to run them: sudo apt-get install -y chromium qpdf\n")


def test_root_gets_the_tools_one_by_one_and_only_one_attempt(machine: Machine) -> None:
    for name in ("chromium", "pdftotext"):
        (machine.home / "bin" / name).unlink()
    machine.command("id", "echo 0")
    machine.command("apt-get", 'echo "apt-get $*" >>"$LOG"\ncase $* in *chromium*) exit 100 ;; esac')
    assert machine.setup("test").returncode == 0
    asked = [line.split()[-1] for line in machine.log if line.startswith("apt-get")]
    assert asked == ["-qq", "chromium", "poppler-utils"]
    machine.setup("test")
    assert machine.log == []


def test_an_unknown_goal_is_refused(machine: Machine) -> None:
    assert only_line(machine.setup("nonsense")) == "setup: setup.sh nonsense: no such goal; choose run, dev or test"
