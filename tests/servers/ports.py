"""Free ports for listeners."""

import random
import socket

# Below Linux' first ephemeral port (32768): a server that restarts must not meet a client's own port.
LISTENER_PORTS = range(12_000, 32_000)


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port below 32768 that nobody listens on right now; the caller retries if it loses a race."""
    for port in random.sample(LISTENER_PORTS, 200):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port on {host} in {LISTENER_PORTS.start}..{LISTENER_PORTS.stop - 1}")
