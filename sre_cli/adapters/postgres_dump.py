"""The StateStore port on PostgreSQL that runs on the nodes: pg_dump inside its container, through Nomad."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import IO

from sre_cli.errors import EngineUnavailable
from sre_cli.ports import Orchestrator
from sre_cli.specs.snapshot import PartName

JOB = "postgres"
TASK = "compose"
CONTAINER = 'docker ps --quiet --filter "label=com.docker.compose.project=postgres-$NOMAD_ALLOC_ID"'
CONNECT = (
    'PGPASSWORD="$POSTGRES_PASSWORD" {program} --host "$HOST" --port "$PORT" --username "$POSTGRES_USER"'
)
DUMP = CONNECT.format(program="pg_dump") + ' --format custom --no-owner "$POSTGRES_DB"'
EMPTY = "SET lock_timeout = 30000; DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
# All in one transaction: a dump that cannot be read to its end divides by zero, and nothing has changed.
RESTORE = (
    f'{{ echo "{EMPTY}"; pg_restore --no-owner --file - || echo "SELECT 1/0;"; }} | '
    + CONNECT.format(program="psql")
    + ' --dbname "$POSTGRES_DB" --quiet --set ON_ERROR_STOP=1 --single-transaction --output /dev/null'
)
TIMEOUT_S = 3600


class PostgresDumpStore:
    """The job `postgres`, reached with Nomad's command line, which carries bytes in and out of a task."""

    name: PartName = "postgres"

    def __init__(self, binary: Path, environment: dict[str, str], nomad: Orchestrator, *, mend: str):
        """`environment` tells `binary`, Nomad's own, where and who: address, token, authority."""
        self._binary = binary
        self._environment = os.environ | environment
        self._nomad = nomad
        self._mend = mend

    def version(self) -> str:
        """What the server's own tools say."""
        said = self._run("pg_dump --version", subprocess.DEVNULL, subprocess.PIPE).decode()
        found = re.search(r"\d+(\.\d+)+", said)
        return found[0] if found else said.strip()

    def save(self, path: Path) -> None:
        """Dump the database in PostgreSQL's own compressed form."""
        with path.open("wb") as file:
            self._run(DUMP, subprocess.DEVNULL, file)

    def restore(self, path: Path) -> None:
        """Replace everything in the database by the dump, in one transaction."""
        with path.open("rb") as file:
            self._run(RESTORE, file, subprocess.PIPE)

    def is_ready(self) -> bool:
        """Whether the database takes connections."""
        try:
            self._run(CONNECT.format(program="pg_isready"), subprocess.DEVNULL, subprocess.PIPE)
        except EngineUnavailable:
            return False
        return True

    def _run(self, script: str, stdin: IO[bytes] | int, stdout: IO[bytes] | int) -> bytes:
        running = [one.id for one in self._nomad.allocations(JOB) if one.status == "running"]
        if not running:
            raise EngineUnavailable(f"job {JOB} does not run", hint=self._mend)
        inside = f"exec docker exec --interactive $({CONTAINER}) sh -c '{script}'"
        words = ["alloc", "exec", "-i=true", "-t=false", "-task", TASK, running[0], "/bin/sh", "-c", inside]
        try:
            done = subprocess.run(
                [self._binary, *words],
                env=self._environment,
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.PIPE,
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise EngineUnavailable(f"postgres: {error}", hint=self._mend) from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip()
            raise EngineUnavailable("postgres: its tools fail in the container", hint=self._mend, detail=said)
        return done.stdout or b""
