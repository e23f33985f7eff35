#!/usr/bin/env bash
# Get axe-core, with which a test looks for barriers in the pages, from the npm registry into build/axe. It is never
# part of anything that is shipped.
set -euo pipefail
cd "$(dirname "$0")/.."
version=4.14.1
sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
file="build/axe/axe-$version.min.js"
[ -e "$file" ] && exit 0
mkdir -p build/axe
cd build/axe
npm pack --silent "axe-core@$version" >/dev/null
echo "$sha512  axe-core-$version.tgz" | sha512sum --check --quiet
tar -xzOf "axe-core-$version.tgz" package/axe.min.js > "axe-$version.min.js"
rm "axe-core-$version.tgz"
