"""The settings of all processes of a farm: their options, which arrive as JSON, and Dask's settings."""

from __future__ import annotations

import importlib
import json
import sys
from typing import Any


def distributed() -> Any:
    """Return the package Dask distributed, which has no types. Raises `ImportError`."""
    return importlib.import_module("distributed")


def options() -> dict[str, Any]:
    """Return the options of this process: the JSON object in its first argument."""
    value = json.loads(sys.argv[1])
    assert isinstance(value, dict)
    return value


def configure() -> None:
    """Set Dask for a farm: a task that loses its worker is the station's matter, and nothing is spilled or profiled."""
    importlib.import_module("dask").config.set(
        {
            "distributed.scheduler.allowed-failures": 0,
            "distributed.scheduler.work-stealing": False,
            "distributed.worker.profile.enabled": False,
            "distributed.worker.memory.spill": False,
            "distributed.worker.memory.target": False,
            "distributed.worker.memory.pause": False,
            "distributed.worker.http.routes": [],
            "distributed.scheduler.http.routes": [],
            "distributed.comm.timeouts.connect": "15s",
            "distributed.comm.timeouts.tcp": "30s",
            "distributed.admin.low-level-log-length": 100,
        }
    )


def security(tls: dict[str, str] | None) -> Any:
    """Return the files of an encrypted farm; without any, those of Dask's own configuration, if it has some."""
    make = distributed().Security
    if tls is None:
        return make()
    cert, key = tls["cert"], tls["key"]
    return make(
        require_encryption=True, tls_ca_file=tls["ca"], tls_client_cert=cert, tls_client_key=key,
        tls_worker_cert=cert, tls_worker_key=key, tls_scheduler_cert=cert, tls_scheduler_key=key,
    )  # fmt: skip
