"""Calls that the emulator lacks: held against the service's own model instead, and remembered as done.

StartInstanceRefresh: whether machines are replaced in turn, and rolled back, is not seen here.
DeleteCacheSubnetGroup: whether it goes before the subnets do is seen by the engine's order alone.
"""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.validate import ParamValidator


def check_call(service: str, operation: str, call: dict[str, Any]) -> None:
    """Raises AssertionError: with every required, unknown or mistyped parameter of `call`."""
    model = botocore.session.get_session().get_service_model(service)
    report = ParamValidator().validate(call, model.operation_model(operation).input_shape)
    if report.has_errors():
        raise AssertionError(f"{service} {operation}: {report.generate_report()}")
