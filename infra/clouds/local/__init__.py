"""The local cloud: three zones on this machine, every engine real."""

from infra.clouds.local.cloud import LocalCloud

CLOUD = LocalCloud()
