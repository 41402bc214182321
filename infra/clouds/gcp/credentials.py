"""What the machine that runs Pulumi must have: a project, and somebody to be there."""

from __future__ import annotations

import os
from pathlib import Path

from sre_cli.errors import UsageError

PROJECT_VARIABLES = ("GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT")
CREDENTIALS_VARIABLES = ("GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_OAUTH_ACCESS_TOKEN")


def project_id() -> str:
    """The project that everything is made in. Raises UsageError: when none is named."""
    named = [os.environ[variable] for variable in PROJECT_VARIABLES if os.environ.get(variable)]
    if not named:
        raise UsageError("no Google Cloud project is named", hint="export GOOGLE_PROJECT=<project id>")
    return named[0]


def billing_account() -> str | None:
    """Who pays, where it is named: a budget belongs to a billing account, not to a project."""
    return os.environ.get("GOOGLE_BILLING_ACCOUNT") or None


def check_credentials() -> None:
    """Raises UsageError: when nobody has logged in here."""
    if any(os.environ.get(variable) for variable in CREDENTIALS_VARIABLES) or _default_file().is_file():
        return
    raise UsageError(
        "no credentials of Google Cloud on this machine", hint="gcloud auth application-default login"
    )


def _default_file() -> Path:
    settings = os.environ.get("CLOUDSDK_CONFIG") or Path.home() / ".config" / "gcloud"
    return Path(settings) / "application_default_credentials.json"
