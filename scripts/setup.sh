#!/usr/bin/env bash
# Make .venv: `setup.sh demo` with what the demo and aligning need, `setup.sh` with everything to run, test and build
# Syncline. Needs Python 3.11 or later with its venv module; as root on Debian the script installs that module if it is
# missing.
set -euo pipefail
cd "$(dirname "$0")/.."

DEMO=worker,local
DEVELOPMENT=$DEMO,languages,languages-cjk,enrich,translate-server,docs,dev
case "${1:-development}" in
  demo) extras=$DEMO ready=(demo-ready) ;;
  development) extras=$DEVELOPMENT ready=(demo-ready ready) ;;
  *) echo "setup: usage: bash scripts/setup.sh [demo|development]" >&2; exit 2 ;;
esac

find_python() {
  local candidate
  for candidate in "${PYTHON3:-}" python3 python3.13 python3.12 python3.11 python3.14; do
    if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  echo "setup: Python 3.11 or later is needed (Debian, Ubuntu: apt install python3 python3-venv)." >&2
  exit 2
}

# Debian and Ubuntu keep ensurepip, which gives a virtual environment its pip, in the package python3-venv.
make_environment() {
  rm -rf .venv
  "$1" -m venv .venv >/dev/null 2>&1 && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install --yes python3-venv; } >/dev/null 2>&1 || true
    rm -rf .venv
    "$1" -m venv .venv >/dev/null 2>&1 && return
  fi
  rm -rf .venv
  "$1" -m venv --without-pip .venv
  .venv/bin/python scripts/fetch_pip.py
}

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  python=$(find_python)
  echo "setup: making .venv with $("$python" --version)"
  make_environment "$python"
fi

# Without --no-compile pip would compile every file of every package; Python compiles what it imports.
echo "setup: installing syncline[$extras]"
.venv/bin/python -m pip install --disable-pip-version-check --no-compile --editable ".[$extras]" |
  .venv/bin/python scripts/setup_progress.py
touch "${ready[@]/#/.venv/}"
