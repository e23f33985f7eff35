#!/usr/bin/env bash
# Write the requirements of the images and the zip: every package pinned, with the hashes of its files.
# It also writes THIRD_PARTY.md. Needs uv (pip install uv). Run it after a change to pyproject.toml or a requirements.in file, and to update packages.
set -euo pipefail
cd "$(dirname "$0")/.."
pin() {
  local output=$1
  shift
  uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
    --custom-compile-command scripts/pin_requirements.sh --output-file "$output" "$@"
  echo "$output: $(grep -c '^[a-z0-9].*==' "$output") packages"
}
pin docker/requirements-worker.txt pyproject.toml --extra worker --extra translate-server
# Also with entities and questions: a build argument of the worker images chooses between the two.
pin docker/requirements-enrich.txt pyproject.toml --extra worker --extra translate-server --extra enrich \
  --constraint docker/requirements-worker.txt
# Also with other spoken languages than English: likewise.
pin docker/requirements-languages.txt pyproject.toml --extra worker --extra translate-server --extra languages \
  --extra languages-cjk --constraint docker/requirements-worker.txt
pin docker/requirements-build.txt docker/requirements-build.in
pin docker/requirements-models.txt pyproject.toml --extra worker --extra models docker/requirements-models.in \
  --constraint docker/requirements-worker.txt
pin docker/requirements-lambda.txt docker/requirements-lambda.in
# AWS's Python runtime contains boto3 and its dependencies. The other packages serve only Celery's command line.
pin lambdas/requirements.txt lambdas/requirements.in \
  $(printf -- '--no-emit-package %s ' boto3 botocore s3transfer click-didyoumean click-plugins click-repl prompt-toolkit wcwidth tzdata)
.venv/bin/python scripts/third_party.py
