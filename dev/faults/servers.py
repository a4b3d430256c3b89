"""Odoo's own server, as a process beside the script."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from faults.processes import scratch_file

DEV = Path(__file__).parent.parent
#: how long at most to wait for an answer or an effect
SECONDS = 60


class Server:
    """A server of Odoo's that runs during a block; it has no jobs, unless told to."""

    def __init__(self, database, options):
        self.log = scratch_file()
        options = {
            "database": database,
            "max-cron-threads": 0,
            "log-level": "info",
            "logfile": self.log,
            **options,
        }
        self.process = subprocess.Popen(
            [sys.executable, DEV / "odoo-bin", "server"]
            + [f"--{name}={value}" for name, value in options.items()],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        try:
            self.process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)  # its workers, too


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def soon(condition):
    """Wait until something is so."""
    end = time.monotonic() + SECONDS
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"still not so after {SECONDS} s: {condition.__name__}")
        time.sleep(0.2)
