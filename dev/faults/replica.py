"""Read from a streaming replica of the database, with its primary stopped.

    dev/faults/run replica

A second PostgreSQL follows the first, and Odoo's web server is told of it
(``db_replica_host``). What people look at is then asked for over the network: lists,
forms, dashboards, the customer's sheet, previews and what other programs ask. With both
servers up, every answer must come from the replica, by what Odoo logs of each request.
With the primary stopped, every answer must come all the same. When the primary is back,
what is written there must be read from the replica soon.
"""

import collections
import itertools
import json
import os
import re
import subprocess

import requests
from faults.servers import DEV, SECONDS, Server, free_port, soon
from lxml import etree

#: what Odoo logs of a request: which method, and from which server it was answered
ANSWERED = re.compile(r"/call_kw/(\S+) HTTP.* (ro|rw|ro->rw)$")


class Questions:
    """What the web client asks for, and other programs: ``(model, method, args)``."""

    def __init__(self, env):
        self.env = env

    def all(self):
        return [*self._screens(), *self._customer(), *self._segment(), *self._forms()]

    def _screens(self):
        """Every list, form and dashboard of ours, as the client opens it."""
        rows = self.env["ir.model.data"].search(
            [
                ("module", "=", "agro_segmentation"),
                ("model", "=", "ir.actions.act_window"),
            ]
        )
        for action in self.env["ir.actions.act_window"].browse(rows.mapped("res_id")):
            if not self.env[action.res_model]._transient:
                yield action.res_model, "get_views", [action.views]
                for view, mode in action.views:
                    yield self._view(action.res_model, view, mode)

    def _view(self, model, view, mode):
        root = etree.fromstring(self.env[model].get_view(view, mode)["arch"])
        nodes = [node for node in root.iter("field") if not list(self._outer(node))]
        shown = {
            node.get("name"): {} for node in nodes if node.get("name") != "properties"
        }
        if mode in ("pivot", "graph"):
            by = [self._group(node) for node in nodes if node.get("type") != "measure"]
            return model, "formatted_read_group", [[], by[:2], ["__count"]]
        return model, "web_search_read", [[], shown, 0, 10]

    def _outer(self, node):
        return node.iterancestors("field", "groupby")

    def _group(self, node):
        interval = node.get("interval")
        return ":".join(filter(None, [node.get("name"), interval]))

    def _customer(self):
        """The matrix, and the sheet of its largest customer."""
        position = self.env["segmentation.position"].search(
            [("quadrant", "=", "retention")], order="billing desc", limit=1
        )
        customer = position.partner_id.id
        yield "segmentation.position", "get_matrix", []
        yield "segmentation.position", "action_open_invoices", [position.ids]
        yield "res.partner", "get_segmentation_header", [[customer]]
        yield "res.partner", "segmentation_placeholders", []
        yield "segmentation.timeline", "get_events", [customer]
        quadrant = "segmentation_quadrant"
        domain = [(quadrant, "=", "retention")]
        yield "res.partner", "web_search_read", [domain, {quadrant: {}}]
        yield "res.partner", "formatted_read_group", [domain, ["user_id"], ["__count"]]

    def _segment(self):
        """What other programs ask."""
        segment = self.env["segmentation.segment"].search([], limit=1)
        yield "segmentation.segment", "get_members", [segment.ids]
        yield "segmentation.segment", "is_member", [segment.ids, [1]]
        yield "segmentation.segment", "action_view_members", [segment.ids]

    def _forms(self):
        """Previews, as their forms are opened."""
        for model in ("campaign.wizard", "segment", "policy"):
            shown = {"preview_html": {}}
            yield f"segmentation.{model}", "onchange", [[], {}, [], shown]


class WebServer(Server):
    """Odoo's web server, with a replica."""

    def __init__(self, database, replica):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.database = database
        self.session = requests.Session()
        super().__init__(database, {"http-port": port, "db_replica_host": replica})

    def __enter__(self):
        soon(self._is_up)
        login = {"db": self.database, "login": "admin", "password": "admin"}
        self.ask("/web/session/authenticate", login)
        return self

    def _is_up(self):
        try:
            return requests.get(f"{self.url}/web/login", timeout=SECONDS).ok
        except requests.ConnectionError:
            return False

    def ask(self, path, params):
        answer = self.session.post(
            f"{self.url}{path}", json={"params": params}, timeout=SECONDS
        ).json()
        if "error" in answer:
            raise RuntimeError(json.dumps(answer["error"])[:2000])
        return answer["result"]

    def call(self, model, method, args):
        values = {"model": model, "method": method, "args": args, "kwargs": {}}
        return self.ask(f"/web/dataset/call_kw/{model}/{method}", values)

    def answered(self):
        """Return ``{(method, server): how often}`` of the requests so far."""
        with open(self.log) as log:
            return collections.Counter(
                match.groups() for line in log if (match := ANSWERED.search(line))
            )


def postgres(command, folder, *arguments):
    subprocess.run([DEV / "pg.sh", command, folder, *arguments], check=True)


def from_replica(server, questions):
    """Ask with both servers up: none of the answers may come from the primary."""
    for question in questions:
        server.call(*question)
    answered = server.answered()
    elsewhere = [method for method, mode in answered if mode != "ro"]
    assert answered and not elsewhere, f"not from the replica: {elsewhere}"
    print(f"{answered.total()} answers, all from the replica")


def without_primary(server, questions):
    """Ask while nothing can be written."""
    primary = os.environ["PGHOST"]
    postgres("stop", primary)
    try:
        for question in questions:
            server.call(*question)
    finally:
        postgres("start", primary)
    print(f"{len(questions)} answers while the primary was down")


def follows(server):
    """Write, and read it from the replica."""
    names = (f"North {number}" for number in itertools.count())

    def is_written():
        try:
            name = next(names)
            zone = server.call("segmentation.zone", "create", [{"name": name}])
        except RuntimeError:  # over a connection from before
            return False
        read = ["segmentation.zone", "search_read", [[("id", "=", zone)], ["name"]]]
        soon(lambda: [row["name"] for row in server.call(*read)] == [name])
        return True

    soon(is_written)
    print("what is written on the primary is read from the replica")


def run(env):
    """Ask it all; an error ends the process with status 1."""
    name = env.cr.dbname
    env["segmentation.refresh"]._refresh_pending(env["res.company"].search([]))
    env.cr.commit()
    questions = Questions(env).all()
    env.cr.close()
    replica = f"{os.environ['PGHOST']}-replica"
    postgres("follow", replica, os.environ["PGHOST"])
    try:
        with WebServer(name, replica) as server:
            from_replica(server, questions)
            without_primary(server, questions)
            follows(server)
    finally:
        postgres("stop", replica)
