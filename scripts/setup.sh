#!/usr/bin/env bash
# setup.sh run|dev|test: makes .venv hold what the locks say, and this machine what WeasyPrint needs. Where that is so already it does nothing.
#   run   what `make note` needs      dev   and ruff, mypy, pytest      test   and the browser and PDF tools that some tests look with
# PYTHON=python3.12 chooses the interpreter. UV= (empty) uses pip even where uv is on the PATH.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

goal=${1:-run}
uv=${UV-uv}
{ [ -n "$uv" ] && command -v "$uv" >/dev/null; } || uv=

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# ---- python ----------------------------------------------------------------------------------------------------------------------------

probe='import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 14) or sys.exit(1); print(*v, sep=".")'

find_python() { # the real path of a suitable interpreter; a shim that exists and fails is passed over
  local candidate
  for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11 python3.14}; do
    if "$candidate" -c "$probe" >/dev/null 2>&1; then
      "$candidate" -c 'import sys; print(getattr(sys, "_base_executable", None) or sys.executable)'
      return
    fi
  done
  fail "${PYTHON:-python3} is $(${PYTHON:-python3} --version 2>/dev/null || echo 'not there'); Python 3.11, 3.12 or 3.13 is needed: install one, or name one that you have: make note PYTHON=/path/to/python3"
}

# ---- system packages -------------------------------------------------------------------------------------------------------------------

missing_packages() { # Debian's names of what $1 lacks for a virtual environment and for WeasyPrint, on one line
  "$1" - "$uv" <<'END'
import sys
from ctypes import CDLL

missing = []
if not sys.argv[1]:
    try:
        import ensurepip, venv
    except ImportError:
        missing.append("python%d.%d-venv" % sys.version_info[:2])
libraries = {"pango-1.0": "libpango-1.0-0", "pangoft2-1.0": "libpangoft2-1.0-0", "harfbuzz-subset": "libharfbuzz-subset0"}
for library, package in libraries.items():
    try:
        CDLL("lib%s.so.0" % library)
    except OSError:
        missing.append(package)
print(*missing)
END
}

apt_install() { # apt_install PACKAGE...: false where this machine or this user cannot
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
  say "installing $* with apt"
  [ -n "${apt_is_fresh:-}" ] || apt-get update -qq >&2 || true
  apt_is_fresh=yes
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" >&2
}

how_to_install() {
  if command -v apt-get >/dev/null; then echo "sudo apt-get install -y $*"; else echo "$* (Debian's names) with this system's package manager"; fi
}

prepare_system() { # the libraries, or one line that says how to get them
  if [ "$(uname -s)" = Darwin ]; then
    [ -e /opt/homebrew/lib/libpango-1.0.dylib ] || [ -e /usr/local/lib/libpango-1.0.dylib ] || say "PDF needs Pango; where it is missing: brew install pango"
    return
  fi
  local missing
  missing=$(missing_packages "$1")
  [ -n "$missing" ] || return 0
  # shellcheck disable=SC2086
  apt_install $missing || fail "$1 lacks what the note is made with; install it and run make again: $(how_to_install $missing)"
  missing=$(missing_packages "$1")
  [ -z "$missing" ] || fail "apt installed what it was asked for, yet $1 still lacks $missing; use this system's own Python: make note PYTHON=/usr/bin/python3"
}

missing_tools() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || echo chromium
  command -v pdftotext >/dev/null || { [ "$(uname -s)" = Darwin ] && echo poppler || echo poppler-utils; }
  command -v qpdf >/dev/null || echo qpdf
}

prepare_tools() { # one by one: where Chromium is no Debian package (Ubuntu), the others still come
  local tool missing
  missing=$(missing_tools)
  [ -n "$missing" ] || return 0
  if [ ! -e .venv/.stamp-tools ]; then
    for tool in $missing; do apt_install "$tool" || true; done
    touch .venv/.stamp-tools
    missing=$(missing_tools)
  fi
  # shellcheck disable=SC2086
  [ -z "$missing" ] || say "tests that look with a browser or PDF tools will be skipped; to run them: $(
    if [ "$(uname -s)" = Darwin ]; then echo brew install $missing; else how_to_install $missing; fi)"
}

# ---- the virtual environment -----------------------------------------------------------------------------------------------------------

state() { # what .venv must have been made from to be left alone; the place, because scripts in it name their own path
  pwd -P
  cat pyproject.toml requirements/run.txt "requirements/$1.txt" | cksum
}

is_as_asked() { # a Python that we support, and the version of $PYTHON where that is given
  local version
  version=$(.venv/bin/python -c "$probe" 2>/dev/null) || return 1
  [ -z "${PYTHON:-}" ] || [ "$version" = "$("$PYTHON" -c "$probe" 2>/dev/null)" ]
}

is_fresh() { [ -f ".venv/.stamp-$1" ] && [ "$(cat ".venv/.stamp-$1")" = "$(state "$1")" ] && is_as_asked; }

is_usable() { # a .venv that can be installed into: whole, and at home here
  [ ! -e .venv/.installing ] && is_as_asked && .venv/bin/python -c 'import pip' >/dev/null 2>&1 || return 1
  [ ! -f .venv/.stamp-run ] || [ "$(head -n 1 .venv/.stamp-run)" = "$(pwd -P)" ]
}

go_on_with_pip() { # pip knows certificates and mirrors (pip.conf) that uv does not; $1 is uv's exit code, 130 when interrupted
  [ "$1" -lt 128 ] || exit "$1"
  say "uv could not (see above); going on with pip"
  UV='' exec bash scripts/setup.sh "$goal"
}

make_venv() {
  local python=$1
  say "making .venv with $python"
  rm -rf .venv
  if [ -n "$uv" ]; then
    "$uv" venv --quiet --seed --python "$python" .venv || go_on_with_pip $?
  else
    "$python" -m venv .venv || fail "$python could not make .venv (see above)"
  fi
}

install() { # install OPTION...: into .venv
  if [ -n "$uv" ]; then
    "$uv" pip install --quiet --python .venv/bin/python "$@" || go_on_with_pip $?
  else
    .venv/bin/python -m pip install --quiet --disable-pip-version-check "$@" ||
      fail "pip could not install (see above); it needs a way to a package index: the network, a proxy (HTTPS_PROXY) or a mirror (PIP_INDEX_URL)"
  fi
}

prepare_venv() { # prepare_venv run|dev: the stamp comes last, so that what was interrupted is made again
  is_fresh "$1" && return
  touch .venv/.installing
  rm -f ".venv/.stamp-$1"
  say "installing the packages of requirements/$1.txt (about a minute, once)"
  install --require-hashes -r "requirements/$1.txt"
  [ "$1" = dev ] || install --no-deps --no-build-isolation --editable .
  state "$1" >".venv/.stamp-$1"
  rm -f .venv/.installing
}

case $goal in
run) wanted="run" ;;
dev | test) wanted="run dev" ;;
*) fail "setup.sh $goal: no such goal; choose run, dev or test" ;;
esac

exec 9<pyproject.toml # two runs at once: the second waits, where the system has flock
! command -v flock >/dev/null || flock 9

for part in $wanted; do is_fresh "$part" || stale=yes; done
if [ -n "${stale:-}" ]; then
  if is_usable; then python=.venv/bin/python; else python=$(find_python); fi
  prepare_system "$python"
  is_usable || make_venv "$python"
  for part in $wanted; do prepare_venv "$part"; done
fi
[ "$goal" != test ] || prepare_tools
