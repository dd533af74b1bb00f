# Ironclad itself: the janitor, a worker, the load of a game day, the command line.
# Built from the root of the repository:  docker build .
# Run it with a read-only root file system and something writable at /var/lib/ironclad and /tmp.
ARG PYTHON=python:3.11-slim

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN ["python", "-m", "venv", "/opt/venv"]
COPY constraints.txt pyproject.toml README.md /app/
WORKDIR /app
# What it depends on changes seldom and is a layer of its own.
RUN ["/opt/venv/bin/python", "-c", "import pathlib, tomllib; project = tomllib.loads(pathlib.Path('pyproject.toml').read_text())['project']; pathlib.Path('/tmp/requirements.txt').write_text('\\n'.join(project['dependencies']))"]
RUN ["/opt/venv/bin/pip", "install", "-r", "/tmp/requirements.txt", "-c", "constraints.txt"]
COPY prefect.yaml /app/
COPY backend /app/backend
COPY docs/runbooks /app/docs/runbooks
COPY flows /app/flows
COPY game_days /app/game_days
COPY ironclad /app/ironclad
COPY manifests /app/manifests
COPY monitoring /app/monitoring
COPY tasks /app/tasks
RUN ["/opt/venv/bin/pip", "install", "--no-deps", "--editable", "."]
# Byte code cannot be written later, and without it each start takes seconds longer.
RUN ["/opt/venv/bin/python", "-m", "compileall", "-q", "/app"]

FROM ${PYTHON}
LABEL org.opencontainers.image.title="ironclad" \
      org.opencontainers.image.description="Scheduled game days around a real service stack"
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    IRONCLAD_STATE=/var/lib/ironclad
WORKDIR /app
RUN ["install", "-d", "-o", "10001", "-g", "10001", "/var/lib/ironclad"]
USER 10001:10001
ENTRYPOINT ["ironclad"]
CMD ["--help"]
