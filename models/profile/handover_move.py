import json
from collections import defaultdict
from operator import attrgetter

from markupsafe import Markup, escape

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: what changes with the salesperson, and is given back by an undo
OWNED = {
    "res.partner": ("user_id",),
    "crm.lead": ("user_id", "team_id", "date_open"),
    "sale.order": ("user_id", "team_id"),
    "segmentation.relation": ("user_id",),
    "mail.activity": ("user_id",),
}
#: the path from what hangs on a customer to the customer
CUSTOMER = {
    "res.partner": "commercial_partner_id",
    "crm.lead": "partner_id.commercial_partner_id",
    "sale.order": "partner_id.commercial_partner_id",
    "segmentation.relation": "partner_id",
    "segmentation.parcel": "customer_id",
}
#: no messages, mails or subscriptions a record: one note a customer says it all
SILENT = {"tracking_disable": True, "mail_activity_quick_update": True}


class SegmentationHandoverMove(models.AbstractModel):
    """Hands a batch of accounts over and back, set-based, and notes every change.

    Works as superuser: whoever calls it has checked rights. What changed is the
    difference between two snapshots, so that what Odoo does by itself (the team of an
    opportunity, followers of an activity's document) is noted, and undone, as well.
    """

    _name = "segmentation.handover.move"
    _description = "Moves of a Handover"

    move_contacts = fields.Boolean(
        string="Contacts",
        default=True,
        help="Contacts of the customers. Where a customer has no salesperson, the "
        "contact whose salesperson has the account moves in any case.",
    )
    move_leads = fields.Boolean(
        string="Open Opportunities",
        default=True,
        help="Leads and opportunities that are neither won nor lost.",
    )
    move_activities = fields.Boolean(
        string="Open Activities",
        default=True,
        help="Those of the customers, their contacts, opportunities and parcels.",
    )
    move_orders = fields.Boolean(string="Draft Quotations", default=True)
    move_followers = fields.Boolean(
        string="Change Followers",
        default=True,
        help="The new salesperson follows what changes hands; the old one no longer.",
    )
    move_units = fields.Boolean(
        string="Unit Salespeople",
        default=True,
        help="Also the business units in which they look after the customers.",
    )
    has_orders = fields.Boolean(compute="_compute_has_orders")

    def _compute_has_orders(self):
        self.has_orders = "sale.order" in self.env

    # --- What belongs to an account ---------------------------------------------

    def _place(self, model, customers, domain=Domain.TRUE):
        """Return ``(model, path to the customer, domain)`` of records of customers.

        What is another company's stays, also where the customer is shared.
        """
        path = CUSTOMER[model]
        domain &= Domain(path, "in", customers.ids)
        domain &= Domain("company_id", "in", (self.company_id.id, False))
        return model, path, domain

    def _places(self, customers):
        """Yield the places of all that can be moved; see :meth:`_place`."""
        units = self.unit_ids.ids
        if not units:
            contacts = Domain.TRUE
            if not self.move_contacts:
                contacts = Domain("id", "in", self._deciding(customers))
            yield self._place("res.partner", customers, contacts)
        if units or self.move_units:
            of_units = Domain("unit_id", "in", units) if units else Domain.TRUE
            yield self._place("segmentation.relation", customers, of_units)
        if self.move_leads:
            leads = Domain("won_status", "=", "pending") & Domain("active", "=", True)
            if units:
                leads &= Domain("segmentation_unit_id", "in", units)
            yield self._place("crm.lead", customers, leads)
        if self.move_orders and not units and "sale.order" in self.env:
            drafts = Domain("state", "in", ("draft", "sent"))
            yield self._place("sale.order", customers, drafts)

    def _activity_places(self, customers):
        """Yield the places of all that activities of the customers hang on."""
        if self.unit_ids:
            of_units = Domain("segmentation_unit_id", "in", self.unit_ids.ids)
            yield self._place("crm.lead", customers, of_units)
            return
        for model in ("res.partner", "segmentation.parcel", "crm.lead", "sale.order"):
            if model in self.env:
                yield self._place(model, customers)

    def _find(self, lines):
        """Return ``{model: {record: line}}`` of what the sources have of them."""
        line_of = {line._account_key(): line for line in lines}
        found = {}
        for model, path, domain in self._places(lines.partner_id):
            found[model] = self._lines_of(
                self.env[model]
                .with_context(active_test=False)
                .search(domain & Domain("user_id", "in", self.source_user_ids.ids)),
                path,
                line_of,
            )
        if self.move_activities:
            found["mail.activity"] = self._find_activities(lines.partner_id, line_of)
        return found

    def _find_activities(self, customers, line_of):
        """Return ``{activity: line}`` of the open activities of the sources."""
        found = {}
        for model, path, domain in self._activity_places(customers):
            documents = self.env[model].with_context(active_test=False)
            activities = self.env["mail.activity"].search(
                Domain("user_id", "in", self.source_user_ids.ids)
                & Domain("active", "=", True)
                & Domain("res_model", "=", model)
                & Domain("res_id", "in", documents._search(domain))
            )
            documents = documents.browse(activities.mapped("res_id"))
            line_of_document = {
                document.id: line
                for document, line in self._lines_of(documents, path, line_of).items()
            }
            for activity in activities:
                if line := line_of_document.get(activity.res_id):
                    found[activity] = line
        return found

    def _unit_field(self, model):
        """Return the field of a model that tells its unit, when units are accounts."""
        units = {"crm.lead": "segmentation_unit_id", "segmentation.relation": "unit_id"}
        return units.get(model) if self.unit_ids else None

    def _lines_of(self, records, path, line_of):
        """Return ``{record: line}`` of the records whose account has a line."""
        unit = self._unit_field(records._name)
        found = {}
        for record in records:
            key = attrgetter(path)(record).id, record[unit].id if unit else False
            if key in line_of:
                found[record] = line_of[key]
        return found

    # --- Snapshots --------------------------------------------------------------

    def _values(self, model, records):
        """Return ``{id: {field: raw value}}`` of what changes with the salesperson."""
        records = self.env[model].browse([record.id for record in records]).exists()
        return {
            row.pop("id"): {
                name: fields.Datetime.to_string(value)
                if name.startswith("date")
                else value
                for name, value in row.items()
            }
            for row in records.read(OWNED[model], load=None)
        }

    def _following(self, places, users):
        """Return ``{(model, id, user): subtype ids}`` of the users who follow places.

        :param places: iterable of ``(model, id)``
        """
        user_of = {user.partner_id.id: user for user in users}
        documents = defaultdict(list)
        for model, id_ in places:
            documents[model].append(id_)
        followers = self.env["mail.followers"].search(
            Domain.OR(
                Domain("res_model", "=", model) & Domain("res_id", "in", ids)
                for model, ids in documents.items()
            )
            & Domain("partner_id", "in", list(user_of))
        )
        return {
            (row.res_model, row.res_id, user_of[row.partner_id.id]): row.subtype_ids.ids
            for row in followers
        }

    def _is_followed(self, model):
        return "message_follower_ids" in self.env[model]._fields

    def _documents(self, found):
        """Return ``{(model, id): line}`` of what may gain or lose followers."""
        return {
            (record.res_model, record.res_id)
            if model == "mail.activity"
            else (model, record.id): line
            for model, records in found.items()
            for record, line in records.items()
        }

    # --- Handing over -----------------------------------------------------------

    def _move(self, lines):
        """Hand the accounts of the lines over, except those in other hands by now."""
        handover = self.sudo().with_context(**SILENT)
        lines = handover._skip_changed(lines.with_env(handover.env))
        if lines:
            handover._move_lines(lines)

    def _skip_changed(self, lines):
        """Mark accounts that are no longer those of the dry run; return the others."""
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id, unit_id, from_user_id FROM (%s) account "
                "WHERE partner_id IN %s",
                self._accounts_sql(self.source_user_ids),
                tuple(lines.partner_id.ids),
            )
        )
        held = {(partner, unit or False): user for partner, unit, user in rows}
        changed = lines.filtered(
            lambda line: held.get(line._account_key()) != line.from_user_id.id
        )
        changed.write(
            {
                "state": "skipped",
                "note": self.env._("Somebody gave it to another meanwhile."),
            }
        )
        return lines - changed

    def _move_lines(self, lines):
        """Change hands and note every change."""
        found = self._find(lines)
        people = self.source_user_ids | lines.to_user_id
        place_of = self._documents(found)
        before = {model: self._values(model, found[model]) for model in found}
        followed = self._following(place_of, people)
        for model, records in found.items():
            self._give(model, records)
        if self.move_followers:
            self._swap_followers(found, before)
        after = {model: self._values(model, found[model]) for model in found}
        self.env["segmentation.handover.item"].create(
            self._owner_items(found, before, after)
            + self._follower_items(
                place_of, followed, self._following(place_of, people)
            )
        )
        lines.write({"state": "done"})
        self._log_moved(lines)

    def _give(self, model, records):
        """Set the new salesperson: one write for each of them."""
        ids_of = defaultdict(list)
        for record, line in records.items():
            if record.user_id != line.to_user_id:
                ids_of[line.to_user_id].append(record.id)
        for user, ids in ids_of.items():
            given = self.env[model].browse(ids)
            if model == "crm.lead":
                self._give_leads(given, user)
            else:
                given.write({"user_id": user.id})

    def _give_leads(self, leads, user):
        """Set the salesperson of leads, and a team of theirs as Odoo would choose it.

        The team is looked up once a kind of lead, not once a lead. The company stays.
        """
        teams = self.env["crm.team"]
        default_of = {
            kind: teams._get_default_team_id(user.id, [(f"use_{noun}", "=", True)])
            for kind, noun in (("lead", "leads"), ("opportunity", "opportunities"))
        }

        def team(lead):
            keeps = user in lead.team_id.member_ids | lead.team_id.user_id
            return lead.team_id if keeps else default_of[lead.type]

        with self.env.protecting([leads._fields["company_id"]], leads):
            for new_team, some in leads.grouped(team).items():
                some.write({"user_id": user.id, "team_id": new_team.id})

    def _swap_followers(self, found, before):
        """Let the new salesperson follow what changed hands, and the old one cease."""
        gone = set()
        for model, records in found.items():
            ids_of = defaultdict(list)
            if model == "mail.activity" or not self._is_followed(model):
                continue
            for record, line in records.items():
                old = before[model][record.id]["user_id"]
                if old != line.to_user_id.id:
                    ids_of[line.to_user_id].append(record.id)
                    gone.add((model, record.id, self.env["res.users"].browse(old)))
            for user, ids in ids_of.items():
                self.env[model].browse(ids)._message_subscribe(user.partner_id.ids)
        self._unfollow(gone)

    def _owner_items(self, found, before, after):
        """Return the values of the items of all records that changed hands."""
        return [
            {
                "line_id": line.id,
                "kind": "owner",
                "res_model": model,
                "res_id": record.id,
                "from_user_id": before[model][record.id]["user_id"],
                "to_user_id": after[model][record.id]["user_id"],
                "old_values": before[model][record.id],
                "new_values": after[model][record.id],
            }
            for model, records in found.items()
            for record, line in records.items()
            if before[model][record.id]["user_id"] != after[model][record.id]["user_id"]
        ]

    def _follower_items(self, line_of, before, after):
        """Return the values of the items of all who began or ceased to follow."""
        return [
            {
                "line_id": line_of[model, id_].id,
                "kind": "follower",
                "res_model": model,
                "res_id": id_,
                "from_user_id": user.id if key in before else False,
                "to_user_id": user.id if key in after else False,
                "old_values": before.get(key),
                "new_values": after.get(key),
            }
            for key in sorted(before.keys() ^ after.keys(), key=str)
            for model, id_, user in [key]
        ]

    def _log_moved(self, lines):
        """Write into the chatter of each customer who gave it to whom, and why."""
        self._log(
            lines,
            lambda names: self.env._(
                "%(what)s: handed over from %(old)s to %(new)s by %(who)s. %(reason)s",
                who=self.user_id.name,
                reason=self.reason,
                **names,
            ),
        )

    def _log(self, lines, sentence):
        """Write one note into each customer's chatter, a sentence for each line."""
        sentences = defaultdict(list)
        for line in lines:
            if line.from_user_id != line.to_user_id:
                names = {
                    "what": line.unit_id.name or self.env._("Account"),
                    "old": line.from_user_id.name,
                    "new": line.to_user_id.name,
                }
                sentences[line.partner_id.id].append(escape(sentence(names)))
        self.env["res.partner"].browse(list(sentences))._message_log_batch(
            {id_: Markup("<br/>").join(some) for id_, some in sentences.items()}
        )

    # --- Giving back ------------------------------------------------------------

    def _undo(self, lines):
        """Restore what still is as the handover left it; note what is not."""
        handover = self.sudo().with_context(**SILENT)
        handover._undo_lines(lines.with_env(handover.env))

    def _undo_lines(self, lines):
        done = lines.item_ids.filtered(lambda item: item.state == "done")
        items = done.filtered(lambda item: item.res_model in self.env)
        owners = items.filtered(lambda item: item.kind == "owner")
        place_of = {(item.res_model, item.res_id): item for item in items}
        people = items.from_user_id | items.to_user_id
        followed = self._following(place_of, people)
        left = self._restore_owners(owners)
        places = {(item.res_model, item.res_id) for item in left}
        followers = (items - owners).filtered(
            lambda item: (item.res_model, item.res_id) not in places
        )
        self._restore_followers(followers, place_of, people, followed)
        left |= done - owners - followers
        left.write({"state": "left"})
        (done - left).write({"state": "undone"})
        self._note_undone(lines, left)

    def _restore_owners(self, items):
        """Give records back to whom they belonged; return the items that cannot be."""
        left = items.browse()
        users = self.env["res.users"].browse(
            {item.old_values["user_id"] for item in items}
        )
        users = set(users.exists().ids)
        for model, some in items.grouped("res_model").items():
            current = self._values(model, self.env[model].browse(some.mapped("res_id")))
            same = some.filtered(
                lambda item, current=current: item.old_values["user_id"] in users
                and item.res_id in current
                and current[item.res_id]["user_id"] == item.new_values["user_id"]
            )
            left |= some - same
            self._restore(model, same, current)
        return left

    def _restore(self, model, items, current):
        """Write the old values, one write for all records that had the same ones."""
        groups = defaultdict(list)
        for item in items:
            now = current[item.res_id]
            values = {
                name: old if now[name] == item.new_values[name] else now[name]
                for name, old in item.old_values.items()
            }
            groups[json.dumps(values)].append(item.res_id)
        for values, ids in groups.items():
            records, values = self.env[model].browse(ids), json.loads(values)
            if model != "crm.lead":
                records.write(values)
                continue
            opened = values.pop("date_open")
            with self.env.protecting([records._fields["company_id"]], records):
                records.write(values)
                records.write({"date_open": opened})

    def _restore_followers(self, items, place_of, people, before):
        """Let those follow again who did, and nobody whom the handover brought."""
        wanted = dict(before)
        for item in items:
            user = item.from_user_id or item.to_user_id
            key = (item.res_model, item.res_id, user)
            wanted.pop(key, None)
            if item.from_user_id:
                wanted[key] = item.old_values
        current = self._following(place_of, people)
        self._unfollow(current.keys() - wanted.keys())
        groups = defaultdict(list)
        for key in wanted.keys() - current.keys():
            model, id_, user = key
            groups[model, user, tuple(wanted[key])].append(id_)
        for (model, user, subtypes), ids in groups.items():
            self.env[model].browse(ids).exists()._message_subscribe(
                user.partner_id.ids, list(subtypes)
            )

    def _unfollow(self, keys):
        """End the subscriptions ``(model, id, user)``."""
        partners = {(model, id_, user.partner_id.id) for model, id_, user in keys}
        documents = defaultdict(list)
        for model, id_, _partner in partners:
            documents[model].append(id_)
        rows = self.env["mail.followers"].search(
            Domain.OR(
                Domain("res_model", "=", model) & Domain("res_id", "in", ids)
                for model, ids in documents.items()
            )
        )
        rows.filtered(
            lambda row: (row.res_model, row.res_id, row.partner_id.id) in partners
        ).unlink()

    def _note_undone(self, lines, left):
        """Say on each account, and in the chatter of its customer, what was undone."""
        kept = left.filtered(lambda item: item.kind == "owner").grouped("line_id")
        for line, items in kept.items():
            line.write(
                {
                    "state": "left",
                    "note": self.env._(
                        "%s records changed since, or gone; left as they are.",
                        len(items),
                    ),
                }
            )
        (lines - self.env["segmentation.handover.line"].union(*kept)).write(
            {"state": "undone"}
        )
        self._log(
            lines,
            lambda names: self.env._(
                "%(what)s: handover from %(old)s to %(new)s undone by %(who)s.",
                who=self.env.user.name,
                **names,
            ),
        )
