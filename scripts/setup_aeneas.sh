#!/usr/bin/env bash
# Make .venv-aeneas, in which benchmarks/align.py runs aeneas 1.7.3 (2017) for comparison. aeneas needs a numpy that is
# older than the project's; Python 3.11 is the last version with such a numpy. Needs espeak, a C compiler, and root to
# install them on Debian.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -e .venv-aeneas/ready ] && exit 0
if ! [ -e /usr/include/espeak/speak_lib.h ]; then
  apt-get install -y -qq espeak libespeak-dev gcc >/dev/null
fi
rm -rf .venv-aeneas
.venv/bin/python -c 'import sys; sys.exit(sys.version_info[:2] > (3, 11) and "aeneas: needs Python 3.11 or older")'
.venv/bin/python -m venv .venv-aeneas
.venv-aeneas/bin/pip install --quiet --disable-pip-version-check "numpy<1.24" "setuptools<60" wheel
.venv-aeneas/bin/pip install --quiet --disable-pip-version-check --no-build-isolation --no-cache-dir --no-binary aeneas aeneas==1.7.3
touch .venv-aeneas/ready
