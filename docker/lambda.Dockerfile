# The embedded aligner as a Lambda function, for short recordings and for deployments without workers.
#
#   docker build -f docker/lambda.Dockerfile -t syncline-align .
#
# BASE is any Debian with Python 3.11 or later as python3; AWS's base images are not needed.
# checkov:skip=CKV_DOCKER_7:The base is pinned by digest, which the check does not see in an argument.
# checkov:skip=CKV_DOCKER_2:Lambda runs the image and ignores health checks.
ARG BASE=docker.io/library/python:3.12-slim-bookworm@sha256:54c85f3c47607a77f32adec749d3c81d1348bf25833671f512b26a9b6d778cb3


FROM ${BASE} AS build
# Where pip gets packages from, if not from its own default.
ARG PIP_INDEX_URL
ENV PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python3 -m venv /opt/syncline
# Every package is installed by its hash. Without build isolation that includes the build dependencies.
COPY docker/requirements-build.txt docker/requirements-lambda.txt /tmp/
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/syncline/bin/pip install --require-hashes -r /tmp/requirements-build.txt \
 && /opt/syncline/bin/pip install --require-hashes --no-build-isolation -r /tmp/requirements-lambda.txt
COPY pyproject.toml README.md /source/
COPY syncline /source/syncline
COPY lambdas /source/lambdas
COPY worker /source/worker
RUN --mount=type=cache,target=/root/.cache/pip \
    /opt/syncline/bin/pip install --no-deps --no-build-isolation /source \
 && /opt/syncline/bin/pip uninstall --yes --quiet setuptools pip


FROM ${BASE}
COPY --from=build /opt/syncline /opt/syncline
# Lambda runs the function as its own user, which can write only to /tmp.
# The function uses one thread: threads of numpy would only wait for each other.
ENV PATH=/opt/syncline/bin:$PATH HOME=/tmp PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1
WORKDIR /var/task
USER 65534
ENTRYPOINT ["/opt/syncline/bin/python3", "-m", "awslambdaric"]
CMD ["lambdas.align.handler"]
