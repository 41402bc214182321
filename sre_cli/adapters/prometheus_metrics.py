"""The Metrics port on Prometheus."""

from __future__ import annotations

import math
from pathlib import Path

import requests
from prometheus_api_client.exceptions import PrometheusApiClientException
from prometheus_api_client.prometheus_connect import PrometheusConnect
from urllib3 import Retry

from sre_cli.adapters.causes import distrust, plain_cause
from sre_cli.errors import EngineUnavailable
from sre_cli.ports import Sample


class PrometheusMetrics:
    """Asks one Prometheus what it knows at this moment."""

    def __init__(self, url: str, *, mend: str, ca_file: Path | None = None, timeout_s: int = 5):
        """`ca_file` signs what an https URL shows; `mend` is the command to type when it is silent."""
        self._url, self._mend = url, mend
        session = requests.Session()
        # A proxy of the environment is for the web; an engine is reached directly.
        session.trust_env = False
        session.verify = str(ca_file) if ca_file else True
        self._prometheus = PrometheusConnect(url, session=session, timeout=timeout_s, retry=Retry(0))

    def instant(self, query: str) -> list[Sample]:
        """The samples of an instant query that are numbers. Raises EngineUnavailable."""
        try:
            found = self._prometheus.custom_query(query)
        except PrometheusApiClientException as error:
            raise EngineUnavailable(f"Prometheus at {self._url} refuses {query!r}: {error}") from None
        except (OSError, ValueError) as error:
            cause = distrust(error) or plain_cause(error)
            raise EngineUnavailable(
                f"Prometheus at {self._url} does not answer: {cause}", hint=self._mend
            ) from None
        samples = [Sample(one["metric"], float(one["value"][1])) for one in found]
        return [sample for sample in samples if math.isfinite(sample.value)]
