#!/bin/sh
# collect_gentle.sh GENTLE TARGET: copy the files that Gentle needs to run, and the libraries of its programs into a
# folder of their own. Runs inside the upstream image, which may have an old shell.
set -eu
gentle=$1
target=$2

mkdir -p "$target/ext" "$target/lib"
cp -RL "$gentle/align.py" "$gentle/gentle" "$gentle/exp" "$target/"
if [ -f "$gentle/setup.py" ]; then cp "$gentle/setup.py" "$target/"; fi
# The graph of the whole language, by far the largest file. Only recognition without a transcript needs it.
rm -f "$target/exp/tdnn_7b_chain_online/graph_pp/HCLG.fst"
find "$target/gentle" -name '*.pyc' -delete

for program in k3 m3; do
  cp -L "$gentle/ext/$program" "$target/ext/$program"
  chmod 755 "$target/ext/$program"
  linked=$(ldd "$gentle/ext/$program" 2>&1 || true)
  echo "$linked"
  if echo "$linked" | grep -q 'not found'; then
    echo "$program links libraries that its image does not contain" >&2
    exit 1
  fi
  # The base image has the C and C++ runtimes. They are newer there, and run programs built for older ones.
  echo "$linked" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' \
    | grep -Ev '/(libc|libm|libdl|librt|libpthread|libutil|ld-linux[^/]*|libstdc\+\+|libgcc_s)[.-][^/]*$' \
    | while read -r library; do cp -L "$library" "$target/lib/"; done || true
done
chmod -R a+rX "$target"
du -sh "$target/exp" "$target/lib"
