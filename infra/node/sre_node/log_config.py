"""How the journal and the jobs' output reach the cloud's logging: Fluent Bit's configuration on this node."""

from __future__ import annotations

from .facts import Node
from .nomad_config import DATA_DIR

Section = tuple[str, dict[str, str]]


def log_config(node: Node) -> str:
    """What stands in fluent-bit.conf. The group of logs on AWS is `/sre/<env>/nodes`, a stream a node."""
    sections: tuple[Section, ...] = (
        ("SERVICE", {"Flush": "5", "Log_Level": "warn"}),
        (
            "INPUT",
            {
                "Name": "systemd",
                "Tag": "journal",
                "DB": "/var/lib/sre-logs/position.db",
                "Read_From_Tail": "Off",
                "Strip_Underscores": "On",
            },
        ),
        (
            "INPUT",
            {
                "Name": "tail",
                "Tag": "jobs",
                # Nomad keeps what a task printed here, and turns the files over.
                "Path": f"{DATA_DIR}/alloc/*/alloc/logs/*.std*.[0-9]*",
                "Path_Key": "file",
                "DB": "/var/lib/sre-logs/jobs.db",
                "Read_from_Head": "On",
                "Refresh_Interval": "10",
                "Skip_Long_Lines": "On",
            },
        ),
        # By this name Google's sink knows whose they are, as it does the journal's.
        ("FILTER", {"Name": "record_modifier", "Match": "jobs", "Record": f"HOSTNAME {node.name}"}),
        ("OUTPUT", {"Match": "*", "Retry_Limit": "no_limits", **_output(node)}),
    )
    return "".join(_render(section) for section in sections)


def _output(node: Node) -> dict[str, str]:
    if node.config["cloud"] == "aws":
        return {
            "Name": "cloudwatch_logs",
            "region": node.region,
            "log_group_name": f"/sre/{node.config['env']}/nodes",
            "log_stream_name": node.name,
        }
    return {"Name": "stackdriver", "resource": "gce_instance"}


def _render(section: Section) -> str:
    name, settings = section
    return f"[{name}]\n" + "".join(f"    {key} {value}\n" for key, value in settings.items()) + "\n"
