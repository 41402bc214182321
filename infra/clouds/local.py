"""The local cloud: one node on this machine, loopback only, every engine real."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable

from infra.exclusive import exclusive
from infra.node import remains
from infra.node.agents import Agents, agent_process
from infra.node.layout import Layout
from infra.node.management_token import management_token
from infra.node.nomad_http import NodeApi
from infra.node.variables import ENGINES, plan_variables
from infra.progress import Step, step
from infra.toolchain.docker_engine import ensure_engine
from infra.toolchain.ensure import ensure
from sre_cli.errors import EngineUnavailable, UsageError
from sre_cli.specs.cluster import ClusterSpec
from sre_cli.specs.outputs import Outputs

TOOLS = ("nomad", "consul", "docker-compose")
AGENT_GRACE_S = 30
ORPHAN_GRACE_S = 60
DRAIN_DEADLINE_S = 660
"""More than the longest `stop_grace_s` that a JobSpec may ask for."""


class LocalCloud:
    """Agents as processes of this machine, their state in the user's state folder."""

    def up(self, spec: ClusterSpec) -> Outputs:
        """Start what is missing; running twice changes nothing."""
        layout = Layout.of(spec)
        _check_root()
        ensure_engine()
        agents = Agents(layout, ensure(TOOLS))
        with exclusive(layout.folder):
            layout.folder.mkdir(mode=0o700, exist_ok=True)
            api = _api(layout)
            agents.start("consul", api.has_consul_leader)
            agents.start("nomad", api.has_ready_node)
            _store_variables(api, spec)
            outputs = Outputs(
                env=spec.env,
                nomad_url=layout.nomad_url,
                nomad_token_file=layout.nomad_token_file,
                consul_url=layout.consul_url,
                port_offset=spec.port_offset,
            )
            outputs.save()
        return outputs

    def destroy(self, spec: ClusterSpec, *, purge: bool) -> None:
        """Drain, then end the agents; what a crash left behind goes too."""
        layout = Layout.of(spec)
        with exclusive(layout.folder):
            if agent_process(layout, "nomad").pid():
                _drain(_api(layout), spec)
            for engine in ("nomad", "consul"):
                with step(f"stop {engine}"):
                    agent_process(layout, engine).stop(AGENT_GRACE_S)
            _sweep(layout)
            Outputs.path(spec.env).unlink(missing_ok=True)
            if purge:
                _purge(layout)


def _check_root() -> None:
    if os.geteuid() != 0:
        raise UsageError(
            "the local cloud needs root: Nomad mounts, and runs its tasks as other users",
            hint="sudo -E make up",
        )


def _api(layout: Layout) -> NodeApi:
    return NodeApi(layout.nomad_url, layout.consul_url, management_token(layout.nomad_token_file))


def _store_variables(api: NodeApi, spec: ClusterSpec) -> None:
    with step("secrets are in Nomad's variables") as watch:
        found = {job: api.read_variable(job, watch) for job in {*ENGINES, *spec.jobs}}
        known = {job: items for job, (items, _) in found.items() if items}
        for job, items in plan_variables(known, spec.jobs).items():
            if items != known.get(job):
                api.write_variable(job, items, found[job][1], watch)


def _drain(api: NodeApi, spec: ClusterSpec) -> None:
    """Stop those who serve before the engines that they need."""
    running = api.jobs()
    engines = [job for job in running if job in spec.data_jobs]
    for jobs in ([job for job in running if job not in engines], engines):
        if jobs:
            with step(f"drain {', '.join(jobs)}") as watch:
                _stop_jobs(api, jobs, watch)


def _stop_jobs(api: NodeApi, jobs: Iterable[str], watch: Step) -> None:
    for job in jobs:
        api.stop_job(job)
    while living := api.living_allocations(jobs):
        if watch.elapsed_s > DRAIN_DEADLINE_S:
            raise EngineUnavailable(f"still running: {', '.join(living)}", hint="nomad job status")
        watch.tick(f"{len(living)} allocations left")
        watch.pause()


def _sweep(layout: Layout) -> None:
    with step("nothing is left running"):
        remains.stop_containers(layout.env, ORPHAN_GRACE_S)
        remains.end_processes(layout.folder, grace_s=5)
        remains.unmount(layout.folder)


def _purge(layout: Layout) -> None:
    with step(f"remove the data of {layout.env}"):
        remains.remove_volumes(layout.env)
        try:
            shutil.rmtree(layout.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise EngineUnavailable(
                f"not all is removed: {error}", hint=f"sudo rm -rf '{layout.folder}'"
            ) from None


CLOUD = LocalCloud()
