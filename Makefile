# Every target uses .venv, and makes it first if it is missing.
PYTHON := .venv/bin/python
# One process per core and one more, because many tests wait for other programs. Each takes whole files, in the order of
# tests/conftest.py.
PYTEST_PROCESSES := -n $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1) --dist loadfile --no-loadscope-reorder
PYTEST := $(PYTHON) -m pytest $(PYTEST_PROCESSES)
.DEFAULT_GOAL := help
.PHONY: help setup demo local test test-unit test-integration test-e2e test-random-order test-slow test-ministack test-conversion coverage mutation lint format docs site pictures samples \
	zip package-check image-check terraform-check terraform-apply-check chaos chaos-long requirements clean \
	bench bench-align bench-backfill bench-backfill-memory bench-demo bench-enrich bench-faster-whisper bench-gentle-reference bench-lambda bench-languages bench-long bench-names bench-page bench-peers bench-people bench-questions bench-scale bench-storyboard \
	bench-transcribe bench-translate bench-whisper-long bench-whisper-worker bench-worker learn-agreement learn-confidence learn-edges learn-languages learn-letter-to-sound

help: ## Show this list
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-22s %s\n", $$1, $$2}'

setup: .venv/ready ## Make .venv with everything needed to run, test and build; does nothing if it exists

.venv/ready: pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh

# The demo needs a third of the packages. `make setup` brings them, too.
.venv/demo-ready: pyproject.toml scripts/setup.sh
	@bash scripts/setup.sh demo

demo: .venv/demo-ready ## Run the whole pipeline on this machine with the samples; KEEP=1 leaves it running
	@.venv/bin/syncline demo $(if $(KEEP),--keep)

local: .venv/demo-ready ## Run the whole pipeline on this machine for the aws command line, curl and a browser
	@.venv/bin/syncline local

# ---- tests

test: .venv/ready lint ## Run lint, mypy and every test except the slow ones; ends with a list of skipped tests
	@bash scripts/setup_test_programs.sh
	@$(PYTEST) -m "not slow and not torch"

test-unit: .venv/ready ## Run the unit tests
	@$(PYTEST) -m "not slow and not torch" tests/unit

test-integration: .venv/ready ## Run the integration tests: one part with moto, ffmpeg or worker processes
	@bash scripts/setup_test_programs.sh
	@$(PYTEST) -m "not slow and not torch" tests/integration

test-e2e: .venv/ready ## Run the end-to-end tests: the command line, the local stack, its pages in Chromium
	@bash scripts/setup_test_programs.sh
	@$(PYTEST) -m "not slow and not torch" tests/e2e

test-random-order: .venv/ready ## Run the same tests as `make test` in random order; prints the seed
	@bash scripts/setup_test_programs.sh
	@$(PYTEST) -m "not slow and not torch" -p randomly

test-slow: .venv/ready ## Run the slow tests: fuzzing, the functions in their zip, long recordings
	@$(PYTEST) -m "slow and not torch"

test-ministack: .venv/ready ## Run the tests of S3, SQS and DynamoDB on MiniStack in place of moto
	@bash scripts/setup_test_programs.sh
	@TEST_AWS=ministack $(PYTEST) -m "not torch" tests/integration/aws tests/integration/backfill \
		tests/integration/lambdas tests/integration/pipeline tests/integration/worker

test-conversion: .venv/ready ## Install PyTorch, convert a translation model, and compare its translations
	@$(PYTHON) -m pip install --quiet "torch==2.13.0" "transformers>=4.50,<6"
	@$(PYTHON) -m pytest -m torch tests/unit/models

chaos: .venv/ready ## Run 200 jobs while workers are killed, frozen and cut off; fails if a job is lost
	@$(PYTHON) -m tests.chaos --jobs 200

chaos-long: .venv/ready ## Run 1,000 jobs in the same way, with two minutes of throttling
	@$(PYTHON) -m tests.chaos --jobs 1000 --seconds 900 --throttle-seconds 120

coverage: .venv/ready ## Measure which branches the tests run, in child processes too; fails below the limits
	@bash scripts/setup_test_programs.sh
	@$(PYTHON) -m scripts.measure_coverage clean
	@$(PYTHON) -m scripts.measure_coverage run $(PYTEST_PROCESSES) -m "not slow and not torch"
	@$(PYTHON) -m scripts.measure_coverage report

mutation: .venv/ready ## Mutate the rules in syncline/core; fails if a mutant survives the unit tests unexplained
	@$(PYTHON) -m pip install --quiet "mutmut>=3.8,<4"
	@$(PYTHON) scripts/mutate_core.py $(ARGS)

lint: .venv/ready ## Run ruff and mypy
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

format: .venv/ready ## Format the code, and fix what ruff can fix
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

# ---- builds

zip: .venv/ready ## Build the zip of the Lambda functions for each architecture, in dist/
	@$(PYTHON) scripts/make_zip.py

package-check: .venv/ready ## Build the wheel and the sdist, install them on each Python here, and align a sample
	@$(PYTHON) -m pip install --quiet "build>=1.2"
	@$(PYTHON) scripts/package_check.py

image-check: .venv/ready ## Build the container images with buildah, and align a sample in each
	@bash scripts/image_check.sh

terraform-check: .venv/ready ## Run terraform fmt, validate and test, and checkov; says what it skips
	@bash scripts/terraform_check.sh

terraform-apply-check: .venv/ready zip ## Apply the deployment to moto, then align a recording through it
	@$(PYTHON) -m scripts.apply_check

requirements: .venv/ready ## Pin what the images and the zip install; needs uv
	@bash scripts/pin_requirements.sh

# ---- documentation

docs: .venv/ready ## Write the generated reference pages again
	@$(PYTHON) scripts/make_references.py

site: .venv/ready ## Build the documentation site in build/site/; a broken link is an error
	@.venv/bin/zensical build --clean --strict

pictures: .venv/ready ## Take the screenshots of the documentation again
	@bash scripts/setup_test_programs.sh
	@$(PYTHON) -m tests.e2e.pictures

samples: .venv/ready ## Make the sample recordings again; needs festival, flite and ffmpeg
	@$(PYTHON) samples/make.py

# ---- benchmarks

bench: .venv/ready ## Run every benchmark and write docs/benchmarks.md; continues after one that fails
	@$(PYTHON) -m benchmarks; failed=$$?; $(PYTHON) scripts/make_references.py && exit $$failed

bench-align: .venv/ready ## Measure accuracy and speed of the engines, with five synthetic voices
	@$(PYTHON) -m benchmarks.align --engines pocketsphinx,whisper $(or $(ARGS),--write)

bench-peers: .venv/ready ## Measure accuracy and speed of the engines beside other aligners, with one synthetic voice
	@bash scripts/setup_aeneas.sh || echo "bench-peers: continues without aeneas"
	@$(PYTHON) -m benchmarks.align --engines pocketsphinx,whisper --against plain,aeneas --voices awb \
		--conditions "clean,telephone,room,music at 10 dB,white noise at 10 dB,all at once at 15 dB" $(or $(ARGS),--write)

bench-languages: .venv/ready ## Measure every spoken language beside aeneas, and write the figures for the docs
	@bash scripts/setup_voices.sh
	@bash scripts/setup_aeneas.sh || echo "bench-languages: continues without aeneas"
	@$(PYTHON) -m benchmarks.languages --against aeneas --write $(ARGS)
	@$(PYTHON) scripts/make_references.py

bench-names: .venv/ready ## Measure how many names are found without and with a lexicon
	@bash scripts/setup_voices.sh
	@$(PYTHON) -m benchmarks.names $(or $(ARGS),--write)

bench-long: .venv/ready ## Compare one recording of an hour with twelve of five minutes: CPU seconds, memory
	@$(PYTHON) -m benchmarks.long_recordings $(or $(ARGS),--write)

bench-people: .venv/ready ## Align recordings of people, with right, damaged and no transcripts
	@$(PYTHON) -m benchmarks.people $(or $(ARGS),--write)

bench-transcribe: .venv/ready ## Measure the word error rate without a transcript
	@$(PYTHON) -m benchmarks.transcribe $(or $(ARGS),--write)

bench-whisper-long: .venv/ready ## Measure the memory and CPU time of Whisper on one and three hours
	@$(PYTHON) -m benchmarks.whisper_long $(or $(ARGS),--write)

bench-whisper-worker: .venv/ready ## Measure the memory of a whole worker with the engine whisper
	@$(PYTHON) -m benchmarks.whisper_worker $(or $(ARGS),--write)

bench-gentle-reference: .venv/ready ## Measure what the engine gentle gains from its reference
	@$(PYTHON) -m benchmarks.gentle_reference $(or $(ARGS),--write)

bench-faster-whisper: .venv/ready ## Compare the recognition of the engine whisper with the package faster-whisper
	@$(PYTHON) -m benchmarks.faster_whisper $(or $(ARGS),--write)

bench-worker: .venv/ready ## Measure how busy one-second jobs keep all cores
	@$(PYTHON) -m benchmarks.worker $(or $(ARGS),--write)

bench-lambda: .venv/ready ## Measure cold starts and records of the functions, beside plain boto3
	@$(PYTHON) -m benchmarks.lambda_cold $(or $(ARGS),--write)

bench-translate: .venv/ready ## Compare CTranslate2 with Hugging Face, and load the translation server
	@$(PYTHON) -m pip install --quiet "torch==2.13.0" "transformers>=4.50,<6"
	@$(PYTHON) -m benchmarks.translate $(or $(ARGS),--write)
	@$(PYTHON) -m benchmarks.translate_server $(or $(ARGS),--write)

bench-backfill: .venv/ready ## Measure objects queued per second and requests per object, beside a plain loop
	@$(PYTHON) -m benchmarks.backfill $(or $(ARGS),--write)

bench-backfill-memory: .venv/ready ## Measure the memory of a backfill of up to a million keys
	@$(PYTHON) -m benchmarks.backfill_memory $(or $(ARGS),--write)

bench-enrich: .venv/ready ## Measure finding entities and answering questions: words per second, memory
	@$(PYTHON) -m benchmarks.enrich $(or $(ARGS),--write)

bench-questions: .venv/ready ## Ask the toy of the answer models questions about the samples
	@$(PYTHON) -m benchmarks.questions $(or $(ARGS),--model answers-toy --write)

bench-demo: .venv/ready ## Run the demo and record its table
	@$(PYTHON) -m benchmarks.demo $(or $(ARGS),--write)

bench-storyboard: .venv/ready ## Measure storyboards: CPU seconds and memory of decoding, bytes of pictures
	@$(PYTHON) -m benchmarks.storyboard $(or $(ARGS),--write)

bench-page: .venv/ready ## Measure how a page of 30,000 words opens and scrolls in Chromium
	@bash scripts/setup_test_programs.sh
	@$(PYTHON) -m benchmarks.page $(or $(ARGS),--write)

bench-scale: .venv/ready ## Simulate a backfill of millions of objects: time, cost, repeated work
	@$(PYTHON) -m benchmarks.scale $(or $(ARGS),--write)

learn-letter-to-sound: .venv/ready ## Train the letter-to-sound table (a minute; see scripts/training)
	@$(PYTHON) -m scripts.training.learn_letter_to_sound

learn-edges: .venv/ready ## Train the network that refines word edges (20 minutes)
	@$(PYTHON) -m scripts.training.learn_edges --write

learn-languages: .venv/ready ## Fit the confidence of words in other languages and print its weights (10 minutes)
	@bash scripts/setup_voices.sh
	@$(PYTHON) -m scripts.training.learn_cross_lingual $(ARGS)

learn-confidence: .venv/ready ## Fit the confidence of words and print its weights (20 minutes)
	@$(PYTHON) -m scripts.training.learn_confidence --write

learn-agreement: .venv/ready ## Fit the confidence of the engine whisper and print its weights (20 minutes)
	@$(PYTHON) -m scripts.training.learn_agreement --write

clean: ## Remove .venv and everything that was built
	rm -rf .venv build dist mutants *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
