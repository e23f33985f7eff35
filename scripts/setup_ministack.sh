#!/usr/bin/env bash
# Make .venv-ministack, from which tests run MiniStack as a second implementation of AWS. MiniStack pins botocore to one
# version, which must not decide the project's.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.5.33
[ -e ".venv-ministack/ready-$version" ] && exit 0
rm -rf .venv-ministack
.venv/bin/python -m venv .venv-ministack
.venv-ministack/bin/pip install --quiet --disable-pip-version-check "ministack==$version"
touch ".venv-ministack/ready-$version"
