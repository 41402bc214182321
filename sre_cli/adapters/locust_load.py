"""LoadGenerator by Locust, in a process of its own: Locust patches sockets when imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from sre_cli.adapters.child_process import child, environment_without, tail
from sre_cli.core.trial import Trial
from sre_cli.errors import EngineUnavailable
from sre_cli.specs.load import LoadPlan, Shot

LOCUSTFILE = Path(__file__).with_name("locustfile.py")
START_S = 30
"""What Locust may take to start and stop."""


class LocustLoadGenerator:
    """Runs each trial in a fresh headless Locust, with every file in a folder that goes away."""

    def run(self, plan: LoadPlan) -> Trial:
        """Send the plan's requests and wait for their answers, `duration_s + drain_s` at most.

        Raises EngineUnavailable: when Locust does not end in time or leaves no records.
        """
        with TemporaryDirectory(prefix="sre-load-") as name:
            folder = Path(name)
            (folder / "plan.json").write_text(plan.model_dump_json())
            self._locust(plan, folder)
            lines = (folder / "records.jsonl").read_text().splitlines()
            spent = json.loads((folder / "generator.json").read_text())
        shots = sorted(map(Shot.model_validate_json, lines), key=lambda shot: shot.scheduled_s)
        return Trial(plan, shots, **spent)

    def _locust(self, plan: LoadPlan, folder: Path) -> None:
        argv = [
            sys.executable, "-m", "locust", "--headless", "--only-summary", "--users=1",
            "--exit-code-on-error=0", f"--locustfile={LOCUSTFILE}",
        ]  # fmt: skip
        log = folder / "locust.log"
        env = environment_without("LOCUST_") | {"SRE_TRIAL": str(folder)}
        with child(argv, env, log) as process:
            try:
                code = process.wait(plan.duration_s + plan.drain_s + START_S)
            except subprocess.TimeoutExpired:
                raise EngineUnavailable("the load generator did not end in time", detail=tail(log)) from None
        if code or not (folder / "generator.json").exists():
            raise EngineUnavailable(f"the load generator failed (exit {code})", detail=tail(log))
