#!/usr/bin/env bash
# Install the synthetic voices that benchmarks/voices.py speaks with. Needs root on Debian.
set -euo pipefail
packages=(festival espeak-ng libespeak-ng1 ffmpeg festvox-kallpc16k festvox-us-slt-hts festvox-italp16k festvox-itapc16k
  festvox-czech-dita festvox-czech-krb festvox-czech-ph festvox-suopuhe-lj festvox-suopuhe-mv festvox-ca-ona-hts
  festvox-ru festvox-hi-nsk festvox-mr-nsk festvox-te-nsk)
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ ${#missing[@]} = 0 ] && exit 0
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
