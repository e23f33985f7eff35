#!/usr/bin/env bash
# Makes .venv with everything to run, test and build Syncline. Needs Python >= 3.11 and nothing else: neither root,
# nor Debian's python3-venv package, nor pip.
set -euo pipefail
cd "$(dirname "$0")/.."

python=""
for candidate in "${PYTHON3:-}" python3 python3.13 python3.12 python3.11 python3.14; do
  if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "setup: Python 3.11 or newer is needed. Install it (Debian, Ubuntu: apt install python3), then try again." >&2
  exit 2
fi

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "setup: making .venv with $($python --version)"
  rm -rf .venv
  if ! "$python" -m venv .venv >/dev/null 2>&1; then
    # Debian and Ubuntu keep pip's bundled copy in a package of its own: fetch pip instead.
    rm -rf .venv
    "$python" -m venv --without-pip .venv
  fi
fi
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
  .venv/bin/python scripts/fetch_pip.py
fi

echo "setup: installing what pyproject.toml names (some minutes the first time)"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[worker,local,translate-server,dev]'
