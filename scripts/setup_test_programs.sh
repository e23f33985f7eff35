#!/usr/bin/env bash
# Chromium and its driver, for the tests of the pages. Where it can (root, apt) it installs them; elsewhere it says what
# is skipped, and that is no failure.
set -euo pipefail
if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "setup: installing chromium for the tests of the pages"
  export DEBIAN_FRONTEND=noninteractive
  if { apt-get update && apt-get install --yes --no-install-recommends chromium chromium-driver; } >/dev/null; then
    exit 0
  fi
fi
echo "setup: no Chromium here, so the tests of the pages are skipped (Debian: apt install chromium chromium-driver)" >&2
