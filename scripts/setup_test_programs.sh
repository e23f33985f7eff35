#!/usr/bin/env bash
# Install the programs that only tests need: Chromium with its driver, a system ffmpeg beside the one from pip, jq,
# espeak-ng, MiniStack, and axe-core.
# As root with apt the script installs what is missing. Otherwise it says what to install, and the tests are skipped.
set -euo pipefail

cd "$(dirname "$0")/.."
bash scripts/setup_ministack.sh || echo "setup: the tests that need MiniStack will be skipped" >&2
bash scripts/setup_axe.sh || echo "setup: the tests that need axe-core (npm) will be skipped" >&2
packages=()
command -v chromium >/dev/null && command -v chromedriver >/dev/null || packages+=(chromium chromium-driver)
command -v ffmpeg >/dev/null || packages+=(ffmpeg)
command -v jq >/dev/null || packages+=(jq)
command -v espeak-ng >/dev/null || packages+=(espeak-ng)
[ ${#packages[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "setup: installing ${packages[*]} for the tests"
  export DEBIAN_FRONTEND=noninteractive
  if { apt-get update && apt-get install --yes --no-install-recommends "${packages[@]}"; } >/dev/null; then
    exit 0
  fi
fi
echo "setup: the tests that need ${packages[*]} will be skipped (Debian: apt install ${packages[*]})" >&2
