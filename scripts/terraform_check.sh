#!/usr/bin/env bash
# `make terraform-check`: terraform fmt, validate, and test with a mocked provider, and checkov, also of the images and
# manifests. Uses no AWS account.
# The script says what it skips because a program is not installed.
set -euo pipefail

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# Work on a copy: a developer's own .terraform, lock file and state stay unchanged.
cd "$(dirname "$0")/.."
tar --exclude=.terraform --exclude=.terraform.lock.hcl --exclude='*.tfstate*' --exclude='*.tfvars' -cf - terraform docker |
  tar -xf - -C "$work"
cd "$work/terraform"
failed=0

skipped() { echo "skipped: $1"; }

check() { # NAME COMMAND...
  local name=$1
  shift
  if "$@" >"$work/log" 2>&1; then
    echo "ok: $name"
  else
    echo "FAILED: $name"
    cat "$work/log"
    failed=1
  fi
}

# With a local mirror of providers nothing is downloaded.
use_local_provider() {
  local mirror=${TF_PLUGIN_MIRROR:-/opt/tf-plugins}
  if [ -n "${TF_CLI_CONFIG_FILE:-}" ] && [ ! -e "$TF_CLI_CONFIG_FILE" ]; then unset TF_CLI_CONFIG_FILE; fi
  if [ -z "${TF_CLI_CONFIG_FILE:-}" ] && compgen -G "$mirror/*/hashicorp/aws" >/dev/null; then
    printf 'provider_installation {\n  filesystem_mirror {\n    path = "%s"\n  }\n}\n' "$mirror" >"$work/terraformrc"
    export TF_CLI_CONFIG_FILE="$work/terraformrc"
  fi
}

validate_example() {
  terraform -chdir="examples/$1" init -backend=false -input=false -no-color &&
    terraform -chdir="examples/$1" validate -no-color
}

if ! command -v terraform >/dev/null; then
  skipped "fmt, validate, tests, examples: terraform is not installed (https://developer.hashicorp.com/terraform/install)"
else
  use_local_provider
  check "fmt" terraform fmt -check -recursive -diff -no-color
  if ! terraform init -backend=false -input=false -no-color >"$work/init" 2>&1; then
    if grep -qiE "failed to query available provider|could not (connect|query|retrieve)|no such host|timeout" "$work/init"; then
      skipped "validate, tests, examples: the AWS provider is not installed and could not be downloaded"
    else
      echo "FAILED: init"
      cat "$work/init"
      failed=1
    fi
  else
    check "validate" terraform validate -no-color
    for example in minimal production; do
      check "example $example" validate_example "$example"
    done
    for file in tests/*.tftest.hcl; do
      check "$file" terraform test -no-color -filter="$file"
    done
  fi
fi

if ! command -v checkov >/dev/null; then
  skipped "checkov is not installed (pipx install checkov)"
else
  check "checkov" checkov --config-file .checkov.yaml
  check "checkov, images and manifests" checkov --config-file ../docker/.checkov.yaml --directory ../docker
fi

exit "$failed"
