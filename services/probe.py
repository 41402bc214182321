"""`python3 -m services.probe`: exit 0 when /readyz of this container's process says 200, else 1.

For health checks: standard library only, so that it starts in milliseconds.
"""

from __future__ import annotations

import os
import socket
import sys

TIMEOUT_S = 2.0


def ready(host: str, port: int) -> bool:
    """Ask once."""
    request = f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    try:
        with socket.create_connection((host, port), TIMEOUT_S) as connection:
            connection.sendall(request.encode())
            return connection.recv(64).split(b" ")[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if ready(os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))) else 1)
