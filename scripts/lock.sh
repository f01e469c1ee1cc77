#!/usr/bin/env bash
# lock.sh [--upgrade]: writes requirements/run.txt and requirements/dev.txt: every package pinned and hashed, one version for every Python
# and system we support, no address of any index. Versions already locked stay unless --upgrade is given.
set -euo pipefail
unset CDPATH
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

uv=$(command -v uv || true)
if [ -z "$uv" ]; then
  uv=.cache/uv/bin/uv
  [ -x "$uv" ] || { "${PYTHON:-python3}" -m venv .cache/uv && .cache/uv/bin/python -m pip install --quiet uv; }
fi

compile() { # compile FILE [options]: resolves pyproject.toml into FILE
  local file=$1
  shift
  UV_CUSTOM_COMPILE_COMMAND="make lock" "$uv" pip compile pyproject.toml --quiet --no-config --universal --python-version 3.11 \
    --fork-strategy fewest --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --output-file "$file" "$@"
  if grep -nE '://|^ *--(extra-)?index|^ *--find-links' "$file"; then
    echo "lock: $file names an address (above); a lock must install from whatever index its reader uses" >&2
    exit 1
  fi
}

mkdir -p requirements
compile requirements/run.txt --group build "$@"
compile requirements/dev.txt --group build --extra dev --constraints requirements/run.txt "$@"
