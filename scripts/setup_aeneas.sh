#!/usr/bin/env bash
# Makes .venv-aeneas, in which benchmarks/align.py runs aeneas 1.7.3 (2017) for comparison. It wants an old numpy, so it
# gets an environment of its own; Python 3.11 is the newest that has one. Needs espeak, a C compiler, and on Debian root.
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
