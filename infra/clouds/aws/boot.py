"""What AWS's machines boot: the node's own document, and the agent by which operators get in."""

from __future__ import annotations

import gzip
from email.message import MIMEPart
from email.policy import default

from infra.node.config import NodeConfig
from infra.node.user_data import user_data

AGENT = "https://s3.{region}.amazonaws.com/amazon-ssm-{region}/latest/debian_amd64/amazon-ssm-agent.deb"
SESSIONS = """#!/usr/bin/python3
# Session Manager's agent, which Debian's image lacks; from AWS's own bucket, by the S3 endpoint.
import pathlib, subprocess, urllib.request
package = pathlib.Path("/run/amazon-ssm-agent.deb")
package.write_bytes(urllib.request.urlopen("{url}", timeout=60).read())
subprocess.run(["dpkg", "--install", package], check=True)
"""
BOUNDARY = "sre-node"
"""Always the same: a random one would be a new version of every launch template at every `up`."""


def boot_document(config: NodeConfig, region: str) -> bytes:
    """The user-data, gzipped: cloud-init takes its parts one by one. Equal inputs, equal bytes."""
    whole = MIMEPart(default)
    whole["MIME-Version"] = "1.0"
    whole.make_mixed(boundary=BOUNDARY)
    whole.attach(_part(user_data(config), "cloud-config"))
    whole.attach(_part(sessions_script(region), "x-shellscript"))
    return gzip.compress(whole.as_bytes(), compresslevel=9, mtime=0)


def sessions_script(region: str) -> str:
    """Run once by cloud-init, as the machine's first boot ends."""
    return SESSIONS.format(url=AGENT.format(region=region))


def _part(text: str, kind: str) -> MIMEPart:
    part = MIMEPart(default)
    # As it is: base64 would not compress, and EC2 takes 16 KiB.
    part.set_content(text, subtype=kind, cte="8bit")
    return part
