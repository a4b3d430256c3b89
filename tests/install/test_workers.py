"""A key field that one worker switches on is known to the others at once."""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing

import pytest
from conftest import ADDON, REPOSITORY, SERVER, Database

# An administrator who works through the API, and a key field that is a draft.
PREPARE = """
from datetime import timedelta

admin = env.ref("base.user_admin")
admin.group_ids += env.ref("agro_segmentation.group_segmentation_administrator")
key = env["res.users.apikeys"].with_user(admin)._generate(
    "rpc", "Workers", env.cr.now() + timedelta(hours=1)
)
field = env["segmentation.field"].create({"name": "Slogan", "type": "text"})
env.cr.commit()
print(f"prepared {key} {field.id} {field.technical_name}")
"""


class Worker:
    """A process of Odoo that answers over HTTP as long as its block is open."""

    def __init__(self, database, key):
        with closing(socket.create_server(("127.0.0.1", 0))) as unused:
            port = unused.getsockname()[1]
        self._address = f"http://127.0.0.1:{port}"
        self._key = key
        self._command = [
            *(sys.executable, REPOSITORY / "dev" / "odoo-bin", "server"),
            *("-d", database.name, f"--db-filter=^{database.name}$"),
            *(f"--http-port={port}", "--max-cron-threads=0", "--log-level=warn"),
        ]

    def __enter__(self):
        self._process = subprocess.Popen(self._command)
        return self

    def __exit__(self, *exception):
        self._process.terminate()
        self._process.wait()

    def wait(self, seconds=60):
        """Wait until it answers; it gives up if its process ends or time is up."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.call("res.users", "search", domain=[])
            except (urllib.error.URLError, ConnectionError):
                assert self._process.poll() is None and time.monotonic() < end
                time.sleep(0.2)

    def call(self, model, method, **arguments):
        """Call a method through the JSON API."""
        request = urllib.request.Request(
            f"{self._address}/json/2/{model}/{method}",
            json.dumps(arguments).encode(),
            {
                "Authorization": f"Bearer {self._key}",
                "Content-Type": "application/json",
            },
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def prepared():
    """The database, the key of the API, and the key field's id and technical name."""
    with Database("workers") as database:
        database.copy_template()
        database.odoo("server", "-i", ADDON, *SERVER)
        log = database.odoo("shell", "--no-http", script=PREPARE)
        [line] = [line for line in log.splitlines() if line.startswith("prepared ")]
        _word, key, field_id, name = line.split()
        yield database, key, int(field_id), name


def test_all_workers_know_a_new_key_field(prepared):
    database, key, field_id, name = prepared

    def labels(worker):
        """What a worker says of the field, its label in a form too."""
        described = worker.call("res.partner", "fields_get", allfields=[name])
        view = worker.call("res.partner", "get_view", view_type="form")
        return described.get(name, {}).get("string"), f'name="{name}"' in view["arch"]

    with Worker(database, key) as one, Worker(database, key) as other:
        for worker in (one, other):
            worker.wait()
            assert labels(worker) == (None, False)
        one.call("segmentation.field", "action_switch_on", ids=[field_id])
        assert labels(other) == ("Slogan", True)
        [partner] = other.call(
            "res.partner", "create", vals_list=[{"name": "X", name: "Y"}]
        )
        assert one.call("res.partner", "search", domain=[[name, "=", "Y"]]) == [partner]
        other.call(
            "segmentation.field", "write", ids=[field_id], vals={"active": False}
        )
        assert labels(one) == ("Slogan", False)
