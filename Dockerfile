# gates as an image, for CI systems whose jobs run in one:
#   docker build --build-arg REVISION="$(git rev-parse HEAD)" --tag gates .
# It holds Python, git and gates with all extras. Trivy is not in it.

FROM python:3.13.16-slim-trixie@sha256:bf44cdfcb76cd3b41e879bc058fc37ec5872002ccfde7fcb765e218cde0cd79c AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_INPUT=1
WORKDIR /build
COPY requirements/dev.txt requirements/
# Each wheel is compared with the lock when it is fetched, and nothing is fetched afterwards.
RUN pip download --require-hashes --only-binary=:all: --requirement requirements/dev.txt --dest /wheels
COPY pyproject.toml README.md LICENSE ./
COPY gates gates
RUN python -m venv /tools \
 && /tools/bin/pip install --no-index --find-links /wheels hatchling \
 && /tools/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels . \
 && python -m venv --without-pip /opt/gates \
 && pip --python /opt/gates/bin/python install --no-index --find-links /wheels 'gates[all]'

FROM python:3.13.16-slim-trixie@sha256:bf44cdfcb76cd3b41e879bc058fc37ec5872002ccfde7fcb765e218cde0cd79c
# The upgrade: a base image is pinned, and its system's fixes come out in between. The pip that goes is the base's; pip-audit brings its own.
# safe.directory: a mounted repository belongs to another user than this one, and git would refuse it; nobody else is in the container.
RUN apt-get update \
 && apt-get upgrade --yes --no-install-recommends \
 && apt-get install --yes --no-install-recommends git \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log \
 && python -m pip uninstall --yes --no-input pip \
 && rm -rf /usr/local/lib/python3.13/ensurepip \
 && git config --system safe.directory '*' \
 && useradd --uid 10001 --user-group --create-home --shell /usr/sbin/nologin gates
COPY --from=build /opt/gates /opt/gates
ENV PATH=/opt/gates/bin:$PATH PYTHONDONTWRITEBYTECODE=1
# Last, because every commit has another one.
ARG REVISION=""
LABEL org.opencontainers.image.title="gates" \
      org.opencontainers.image.description="Every security gate a repository needs" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13.16-slim-trixie" \
      org.opencontainers.image.revision="$REVISION"
USER 10001:10001
WORKDIR /repo
HEALTHCHECK NONE
ENTRYPOINT ["gates"]
CMD ["run"]
