# The worker in four variants, and an image that fills a volume with models:
#
#   worker-lite      all engines but Gentle, and translation; models come from a volume at /models
#   worker           the same, and Gentle at /opt/gentle
#   worker-whisper   worker-lite, and a Whisper model at /opt/models; its default engine is whisper
#   worker-m2m100    worker, and the M2M100 model at /opt/models
#   model            `syncline models fetch`: downloads and converts a model into /models
#
#   docker build -f docker/worker.Dockerfile --target worker-lite -t syncline-worker .
#
# With --build-arg WORKER_REQUIREMENTS=requirements-enrich.txt each of them can also find entities and answer questions;
# with requirements-languages.txt it can align recordings in other languages than English.
#
# BASE can name a mirror: any Debian with Python 3.11 or later as python3 works.
# docs/images.md says where the digest comes from, and how to choose a newer one.
# checkov:skip=CKV_DOCKER_7:The base is pinned by digest, which the check does not see in an argument.
# checkov:skip=CKV_DOCKER_8:Only the stages that fetch a model run as root, and they are not images of their own.
ARG BASE=docker.io/library/python:3.12-slim-bookworm@sha256:54c85f3c47607a77f32adec749d3c81d1348bf25833671f512b26a9b6d778cb3
# No default: choose an image by digest (docs/images.md shows how to find it).
ARG GENTLE_IMAGE=scratch


# The files that Gentle needs to run, from an upstream image of some gigabytes.
FROM ${GENTLE_IMAGE} AS gentle
COPY docker/collect_gentle.sh /tmp/collect_gentle.sh
RUN ["/bin/sh", "/tmp/collect_gentle.sh", "/gentle", "/collected"]


FROM ${BASE} AS build
# Where pip gets packages from, if not from its own default.
ARG PIP_INDEX_URL
# requirements-enrich.txt adds spaCy and tokenizers, requirements-languages.txt what other spoken languages need.
ARG WORKER_REQUIREMENTS=requirements-worker.txt
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/syncline
# Every package is installed by its hash. Without build isolation that includes the build dependencies.
COPY docker/requirements-build.txt docker/requirements-worker.txt docker/requirements-enrich.txt \
     docker/requirements-languages.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/syncline/bin/pip install --require-hashes -r /tmp/requirements-build.txt \
 && /opt/syncline/bin/pip install --require-hashes --no-build-isolation -r "/tmp/${WORKER_REQUIREMENTS}"
COPY pyproject.toml README.md /source/
COPY syncline /source/syncline
COPY lambdas /source/lambdas
COPY worker /source/worker
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/syncline/bin/pip install --no-deps --no-build-isolation /source \
 && /opt/syncline/bin/pip uninstall --yes --quiet setuptools pip


# The base of every image in this file. They write only to /tmp, /models and /dev/shm, so the root can be read-only.
FROM ${BASE} AS runtime
RUN apt-get update \
 && apt-get install --yes --no-install-recommends tini \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && groupadd --gid 10001 syncline \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin syncline \
 && install --directory --owner syncline --group syncline /models
ENV PATH=/opt/syncline/bin:$PATH HOME=/tmp PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 SYNCLINE_MODELS=/models
VOLUME ["/tmp", "/models"]
USER 10001:10001
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/bin/tini", "--"]


FROM runtime AS worker-lite
COPY --from=build /opt/syncline /opt/syncline
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["python3", "-P", "-m", "worker.liveness"]
CMD ["syncline", "worker"]


FROM worker-lite AS worker
COPY --from=gentle /collected /opt/gentle
ENV SYNCLINE_GENTLE_HOME=/opt/gentle


# Whisper models need no conversion, so worker-lite can fetch them.
FROM worker-lite AS fetched-whisper
ARG SPEECH_MODEL=whisper-base.en
# A mirror of the Hugging Face hub, if not the hub itself.
ARG HF_ENDPOINT
USER root
RUN syncline models fetch "${SPEECH_MODEL}" --models /fetched && rm -rf /fetched/.[a-z]*


FROM worker-lite AS worker-whisper
ARG SPEECH_MODEL=whisper-base.en
COPY --from=fetched-whisper /fetched /opt/models
ENV SYNCLINE_MODELS=/opt/models SYNCLINE_SPEECH_MODEL=${SPEECH_MODEL} SYNCLINE_ENGINE=whisper


# Converting a model needs PyTorch, which workers do not need, so it has an image of its own.
FROM build AS converter
ARG PIP_INDEX_URL
COPY docker/requirements-models.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    python3 -m venv /opt/pip \
 && /opt/pip/bin/pip --python /opt/syncline/bin/python3 install --require-hashes -r /tmp/requirements-models.txt

FROM runtime AS model
COPY --from=converter /opt/syncline /opt/syncline
CMD ["syncline", "models", "fetch", "m2m100-418m"]

FROM model AS fetched
ARG MODEL=m2m100-418m
ARG HF_ENDPOINT
USER root
RUN syncline models fetch "${MODEL}" --models /fetched && rm -rf /fetched/.[a-z]*


FROM worker AS worker-m2m100
ARG MODEL=m2m100-418m
COPY --from=fetched /fetched /opt/models
ENV SYNCLINE_MODELS=/opt/models SYNCLINE_TRANSLATION_MODEL=${MODEL}
