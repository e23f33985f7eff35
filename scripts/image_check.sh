#!/usr/bin/env bash
# Build the images with buildah, which needs neither Docker nor a registry, and run them as they will be run.
#
#   scripts/image_check.sh [worker-lite] [worker] [worker-whisper] [lambda] [model] [worker-m2m100]
#   scripts/image_check.sh --short
#
# By default all but the last two, which need 20 GB of space for PyTorch. model comes before worker-m2m100.
#
# --short             worker alone, which has all steps but those of the Lambda image; uses the base and layers of an
#                     earlier check, or keeps none, which halves the time
# BASE=<image>        build on this base instead of one made here by debootstrap
# IMAGE_WORK=<folder> where storage and base are kept between runs (default: build/images)
#
# Packages come from the mirror and the index that apt and pip use on this machine. No image registry and no model hub is
# used: a local hub serves the files of whisper-tiny.en, which come from the package index, and a toy of M2M100.
set -euo pipefail
cd "$(dirname "$0")/.."

work=${IMAGE_WORK:-build/images}
certificates=/etc/ssl/certs
gentle_image=localhost/gentle-stand-in
toy=syncline/m2m100-toy@0123456789abcdef0123456789abcdef01234567
targets=("$@") once=""
[ ${#targets[@]} -gt 0 ] || targets=(worker-lite worker worker-whisper lambda)
if [ "${targets[0]}" = --short ]; then
  targets=(worker)
  [ -d "$work" ] || once=yes
fi

skip() {
  echo "image-check: skipped, because $1"
  exit 0
}
command -v buildah >/dev/null || skip "buildah is not installed (Debian: apt-get install buildah)"
[ "$(id -u)" = 0 ] || skip "buildah and debootstrap need root"

mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' 2>/dev/null | head -1 || true)
[ -n "$mirror" ] || skip "apt knows no mirror of Debian 12 (bookworm) here"
# Where this machine's pip is configured to get packages from; the images' pip uses its own default otherwise.
index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}

# Checked first, and again if a build fails: without a network a failure says nothing about the images.
need_network() {
  local release="${mirror%/}/dists/bookworm/InRelease"
  .venv/bin/python -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=20).read(1)' "$release" \
    2>/dev/null || skip "$release does not answer"
  .venv/bin/python -m pip --quiet --retries 0 index versions pip >/dev/null 2>&1 || skip "pip's package index does not answer"
}
need_network

store=() hub=""
stop_hub() { [ -z "$hub" ] || kill "$hub" 2>/dev/null || true; }
trap stop_hub EXIT
# Remove containers first: one that a failed check left is still mounted.
clean_up() {
  stop_hub
  [ ${#store[@]} = 0 ] || "${store[@]}" rm --all >/dev/null 2>&1 || true
  rm -rf "$work"
}
if [ -n "$once" ]; then
  mkdir -p build
  work=$(mktemp -d "build/images.XXXXXX")
  trap clean_up EXIT
fi
mkdir -p "$work"
work=$(cd "$work" && pwd)

use_storage() { store=(buildah --storage-driver "$1" --root "$work/$1/storage" --runroot "$work/$1/run"); }

# overlay shares layers between images, so keeping them is cheap; vfs copies every layer.
choose_storage() {
  local probe
  use_storage overlay
  if probe=$("${store[@]}" from scratch 2>/dev/null); then
    if "${store[@]}" mount "$probe" >/dev/null 2>&1; then shares=yes; fi
    "${store[@]}" rm "$probe" >/dev/null 2>&1 || true
  fi
  [ -n "$shares" ] || use_storage vfs
  if [ -n "$shares" ] && [ -z "$once" ]; then layers=(--layers); fi
}

image_exists() { "${store[@]}" inspect --type image "$1" >/dev/null 2>&1; }

make_base() {
  image_exists "$1" && return
  command -v debootstrap >/dev/null || skip "debootstrap is not installed and BASE is not set"
  rm -rf "$work/root"
  debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates bookworm "$work/root" "$mirror" >"$work/base.log" 2>&1 \
    || { need_network; tail -5 "$work/base.log"; exit 1; }
  rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
  commit_folder scratch "$work/root" "$1"
  rm -rf "$work/root"
}

# A stand-in for Gentle's image, with the same paths and programs that link a library of their own.
make_gentle() {
  image_exists "$gentle_image" && return
  command -v cc >/dev/null || skip "the stand-in for Gentle needs a C compiler (Debian: apt-get install gcc libc6-dev)"
  rm -rf "$work/gentle"
  PYTHONPATH=. .venv/bin/python tests/integration/speech/gentle/standin/install.py "$work/gentle/gentle" \
    --library-folder "$work/gentle/usr/lib/$(uname -m)-linux-gnu" --runs-at /opt/gentle --python /opt/syncline/bin/python3
  commit_folder "$base" "$work/gentle" "$gentle_image"
  rm -rf "$work/gentle"
}

commit_folder() {
  local container
  container=$("${store[@]}" from "$1")
  "${store[@]}" add --quiet "$container" "$2" / >/dev/null
  "${store[@]}" commit --quiet "$container" "$3" >/dev/null
  "${store[@]}" rm "$container" >/dev/null
}

# serve NAME FOLDER: a hub for one model, at $hub_address
serve() {
  stop_hub
  rm -f "$work/hub"
  PYTHONPATH=. .venv/bin/python -m tests.hub_server "$1" "$2" >"$work/hub" &
  hub=$!
  until [ -s "$work/hub" ]; do kill -0 "$hub"; sleep 0.2; done
  hub_address=$(cat "$work/hub")
}

# Start the hub that a target fetches its model from. -> its build arguments in $model_arguments
serve_model() {
  model_arguments=()
  case $1 in
    worker-whisper)
      rm -rf "$work/whisper"
      PYTHONPATH=. .venv/bin/python -c 'import sys; from pathlib import Path; from scripts import tiny_whisper as t; t.unpack(t.MODEL, Path(sys.argv[1]))' "$work/whisper"
      serve whisper-tiny.en "$work/whisper"
      model_arguments=(--build-arg SPEECH_MODEL=whisper-tiny.en --build-arg HF_ENDPOINT="$hub_address") ;;
    worker-m2m100)
      serve "$toy" "$work/toy"
      model_arguments=(--build-arg MODEL="$toy" --build-arg HF_ENDPOINT="$hub_address") ;;
  esac
}

build() {
  local target=$1 file=docker/worker.Dockerfile began=$SECONDS
  local -a wanted=(--target "$target")
  serve_model "$target"
  if [ "$target" = lambda ]; then file=docker/lambda.Dockerfile wanted=(); fi
  # Without layers there is no cache, so worker starts from the worker-lite image that was just built.
  if [[ "$target" == worker?* || "$target" = worker ]] && [[ " ${built[*]} " == *" worker-lite "* ]]; then
    wanted+=(--build-context worker-lite=container-image://localhost/syncline-worker-lite)
  fi
  if [ "$target" = worker-m2m100 ]; then
    wanted+=(--build-context model=container-image://localhost/syncline-model)
  fi
  "${store[@]}" bud --isolation chroot --format docker "${layers[@]}" --volume "$certificates:$certificates:ro" \
    --build-arg BASE="$base" --build-arg GENTLE_IMAGE="$gentle_image" ${index:+--build-arg PIP_INDEX_URL="$index"} \
    "${wanted[@]}" "${model_arguments[@]}" --file "$file" --tag "localhost/syncline-$target" . >"$work/$target.log" 2>&1 \
    || { need_network; tail -20 "$work/$target.log"; echo "image-check: $target did not build" >&2; exit 1; }
  echo "image-check: $target built in $((SECONDS - began)) s," \
    "$("${store[@]}" images --format '{{.Size}}' "localhost/syncline-$target")"
  built+=("$target")
  local requirements=docker/requirements-worker.txt
  case $target in
    lambda) requirements=docker/requirements-lambda.txt ;;
    model) requirements=docker/requirements-models.txt ;;
  esac
  .venv/bin/python scripts/sbom.py "$requirements" "$work/syncline-$target.cdx.json"
}

# run CONTAINER COMMAND...: as the image's own user, with the samples at /samples.
run() {
  local container=$1
  shift
  "${store[@]}" run --isolation chroot --env TINI_SUBREAPER=1 --volume "$PWD/samples:/samples:ro" --volume "$PWD/scripts:/scripts:ro" \
    "$container" -- "$@"
}

check_worker() {
  local container words
  container=$("${store[@]}" from "localhost/syncline-$1")
  [ "$(run "$container" id -u)" = 10001 ] || { echo "image-check: $1 runs as root" >&2; exit 1; }
  run "$container" syncline doctor || { echo "image-check: syncline doctor reports a problem in $1" >&2; exit 1; }
  # The programs that docker/compose.yaml runs from this image beside the worker.
  run "$container" python3 -c 'import syncline.local.provision, lambdas.local_server, lambdas.reception, syncline.translation.server' \
    || { echo "image-check: $1 lacks a module of the local stack" >&2; exit 1; }
  align "$container" pocketsphinx
  case $1 in
    worker | worker-m2m100) align "$container" gentle ;;
    worker-whisper) align "$container" whisper; transcribe "$container" ;;
  esac
  [ "$1" != worker-m2m100 ] || translate "$container"
  writes_nothing "$container" "$1"
  "${store[@]}" rm "$container" >/dev/null
}

align() {
  words=$(run "$1" /usr/bin/tini -- syncline align --engine "$2" /samples/hello.wav /samples/hello.txt \
    | .venv/bin/python -c 'import json, sys; print(sum(word["case"] == "success" for word in json.load(sys.stdin)["words"]))')
  echo "image-check: $2 aligned $words of 23 words"
  [ "$words" -ge 22 ]
}

# With the default engine of the image.
transcribe() {
  local written
  written=$(run "$1" /usr/bin/tini -- syncline transcribe /samples/hello.wav --format vtt)
  echo "image-check: whisper wrote: $(tail -n +3 <<<"$written" | tr '\n' ' ')"
  grep -qi "box of chocolates" <<<"$written"
}

translate() {
  local translated
  translated=$(run "$1" sh -c 'echo "Life is like a box of chocolates." >/tmp/text.txt && syncline translate /tmp/text.txt --to ja')
  echo "image-check: translated: $translated"
  [[ "$translated" == *チョコレート* ]]
}

# Make the toy of M2M100 with the image's own PyTorch, and fetch it as a task would.
check_model() {
  local container
  rm -rf "$work/toy"
  mkdir -p "$work/toy"
  container=$("${store[@]}" from localhost/syncline-model)
  "${store[@]}" run --isolation chroot --user root --env PYTHONPATH=/source --volume "$PWD:/source:ro" --volume "$work/toy:/toy" \
    "$container" -- python3 /source/scripts/make_toy_model.py --checkpoint /toy --output /tmp/toy >"$work/toy.log" 2>&1 \
    || { tail -5 "$work/toy.log"; exit 1; }
  serve "$toy" "$work/toy"
  run "$container" env HF_ENDPOINT="$hub_address" syncline models fetch "$toy"
  run "$container" syncline models verify "$toy"
  "${store[@]}" rm "$container" >/dev/null
}

# A read-only root file system would refuse writes outside /tmp.
writes_nothing() {
  local root written
  root=$("${store[@]}" mount "$1")
  written=$(find "$root" -xdev -newer "$work/$2.log" -type f -not -path "$root/tmp/*" -not -path "$root/etc/*" | head)
  "${store[@]}" umount "$1" >/dev/null
  [ -z "$written" ] || { echo "image-check: $2 wrote outside /tmp: $written" >&2; exit 1; }
}

check_lambda() {
  local container
  container=$("${store[@]}" from localhost/syncline-lambda)
  run "$container" /opt/syncline/bin/python3 /scripts/lambda_image_check.py /samples/hello.wav /samples/hello.txt
  "${store[@]}" rm "$container" >/dev/null
}

layers=() shares=""
choose_storage
base=${BASE:-localhost/syncline-base}
[ -n "${BASE:-}" ] || make_base "$base"
make_gentle
built=()
for target in "${targets[@]}"; do
  build "$target"
  case $target in
    lambda) check_lambda ;;
    model) check_model ;;
    *) check_worker "$target" ;;
  esac
done
echo "image-check: ok"
