"""RabbitMQ, PostgreSQL and an S3 store for the length of one bench, on loopback, in a folder of their own.

A whole cluster would take this machine's CPUs from what is measured; here each is one member, with the
settings that the images of `nomad_jobs/images` give it. Debian's packages `rabbitmq-server` and `postgresql`
have them.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from pathlib import Path

from infra.toolchain import find
from infra.toolchain.catalogue import TOOLS
from tests.engines import Engines
from tests.ports.live import free_port

START_S = 60
BUCKET = "bench"


@contextmanager
def engines() -> Iterator[Engines]:
    """Those that SRE_TEST_* name, as for the port tests; else ones that are started here, and stopped."""
    named = {field.name: os.environ.get(f"SRE_TEST_{field.name.upper()}", "") for field in fields(Engines)}
    if all(named.values()):
        yield Engines(**named)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ekyc-bench-")))
        folder.chmod(0o755)
        key, secret = secrets.token_hex(8), secrets.token_hex(16)
        rabbitmq, postgres, store, fallback = (free_port() for _ in range(4))
        stack.enter_context(_rabbitmq(folder / "rabbitmq", rabbitmq, secret))
        stack.enter_context(_postgres(folder / "postgres", postgres))
        stack.enter_context(_object_store(folder / "objects", store, key, secret))
        stack.enter_context(_object_store(folder / "fallback", fallback, key, secret))
        yield Engines(
            broker_url=f"amqp://bench:{secret}@127.0.0.1:{rabbitmq}/",
            database_url=f"postgresql+asyncpg://bench@127.0.0.1:{postgres}/postgres",
            objects_url=f"s3://{BUCKET}",
            s3_endpoint=f"http://127.0.0.1:{store}",
            s3_access_key=key,
            s3_secret_key=secret,
            fallback_objects_url=f"s3://{BUCKET}",
            fallback_s3_endpoint=f"http://127.0.0.1:{fallback}",
            fallback_s3_access_key=key,
            fallback_s3_secret_key=secret,
            redis_url="",  # each process limits for itself
        )


@contextmanager
def _rabbitmq(folder: Path, port: int, password: str) -> Iterator[None]:
    folder.mkdir()
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp.default = 127.0.0.1:{port}\ndefault_user = bench\ndefault_pass = {password}\n"
        "log.console = true\nlog.file = false\n"
    )
    (folder / "plugins").write_text("[].\n")
    env = os.environ | {
        "HOME": str(folder),
        "RABBITMQ_NODENAME": f"bench{port}@localhost",
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder),
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_PID_FILE": str(folder / "pid"),
        "ERL_EPMD_PORT": str(free_port()),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
    }
    # Debian's /usr/sbin/rabbitmq-server changes its user; the program behind it does not.
    server = _program("rabbitmq-server", *sorted(Path("/usr/lib/rabbitmq").glob("**/bin/rabbitmq-server")))
    try:
        with _running([server], folder, port, env=env):
            yield
    finally:  # Erlang's port mapper, on the port that was given to it, outlives the server that started it
        subprocess.run([_program("epmd"), "-kill"], env=env, capture_output=True, check=False)


@contextmanager
def _postgres(folder: Path, port: int) -> Iterator[None]:
    initdb, server = (
        _program(name, *sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")))
        for name in ("initdb", "postgres")
    )
    folder.mkdir()
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    if user:
        shutil.chown(folder, user)
    words: list[str | Path] = [
        initdb,
        "--pgdata",
        folder / "data",
        "--username",
        "bench",
        "--auth",
        "trust",
        "--data-checksums",
    ]
    subprocess.run(words, user=user, cwd=folder, stdout=subprocess.DEVNULL, check=True)
    words = [server, "-D", folder / "data", "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"]
    with _running(words, folder, port, user=user):
        yield


@contextmanager
def _object_store(folder: Path, port: int, key: str, secret: str) -> Iterator[None]:
    (folder / BUCKET).mkdir(parents=True)
    found = find.find(TOOLS["versitygw"])
    server = found.path or _program("versitygw")
    env = os.environ | {"ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": secret}
    with _running([server, "--port", f"127.0.0.1:{port}", "posix", folder], folder.parent, port, env=env):
        yield


def _program(name: str, *places: Path) -> Path:
    for place in (*places, shutil.which(name)):
        if place:
            return Path(place)
    sys.exit(f"{name} is missing: `sre doctor` names the package")


@contextmanager
def _running(
    words: list[str | Path],
    folder: Path,
    port: int,
    *,
    env: dict[str, str] | None = None,
    user: str | None = None,
) -> Iterator[None]:
    """The server, once it listens; stopped afterwards, as the platform would."""
    log = folder / f"{Path(words[0]).name}.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            words, cwd=folder, env=env, user=user, stdout=out, stderr=out, start_new_session=True
        )
    try:
        _wait_for(port, server, log)
        yield
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until_s = time.monotonic() + START_S
    while server.poll() is None and time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    sys.exit(f"{log.name}: did not start\n{log.read_text(errors='replace')[-2000:]}")
