from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

#: how many of a model come along with an account
ALONG = {
    "res.partner": "contact_count",
    "crm.lead": "lead_count",
    "mail.activity": "activity_count",
    "sale.order": "order_count",
}


class SegmentationHandoverAlong(models.AbstractModel):
    """What comes along with the accounts, and what people keep without an account.

    Counts everything that would change hands, also what the user may not read: these
    are numbers only. What is opened is opened with the rights of the user.
    """

    _name = "segmentation.handover.along"
    _description = "What Comes Along in a Handover"

    kept_lead_count = fields.Integer(
        string="Opportunities Kept",
        compute="_compute_kept",
        help="Open opportunities of those who hand their accounts over, with customers "
        "that are not theirs, or with none.",
    )
    kept_activity_count = fields.Integer(
        string="Activities Kept",
        compute="_compute_kept",
        help="Open activities of those who hand their accounts over, with customers "
        "that are not theirs, or with none.",
    )

    # --- What comes along -------------------------------------------------------

    def _count_along(self, lines):
        """Write on each line how much of what the handover moves hangs on it."""
        counts = defaultdict(Counter)
        handover = self.sudo().with_context(active_test=False)
        for field, account, count in handover._along(lines.partner_id):
            counts[account][field] += count
        for line in lines.sudo():
            found = counts[line._account_key()]
            line.write({field: found[field] for field in ALONG.values()})

    def _along(self, customers):
        """Yield ``(field, account, count)`` of what the sources have of customers."""
        of_sources = Domain("user_id", "in", self.source_user_ids.ids)
        for model, path, domain in self._places(customers):
            if model not in ALONG:
                continue
            mine = domain & of_sources
            if model == "res.partner":
                mine &= Domain("id", "not in", customers.ids)
            for account, ids in self._by_account(model, path, mine):
                yield ALONG[model], account, len(ids)
        if self.move_activities:
            for account, count in self._activities_along(customers, of_sources):
                yield ALONG["mail.activity"], account, count

    def _activities_along(self, customers, of_sources):
        """Yield ``(account, count)`` of the open activities that come along."""
        for model, path, domain in self._activity_places(customers):
            activities = self.env["mail.activity"].search_fetch(
                of_sources
                & Domain("active", "=", True)
                & Domain("res_model", "=", model)
                & Domain("res_id", "in", self.env[model]._search(domain)),
                ["res_id"],
            )
            on = Counter(activities.mapped("res_id"))
            documents = Domain("id", "in", list(on))
            for account, ids in self._by_account(model, path, documents):
                yield account, sum(on[id_] for id_ in ids)

    def _by_account(self, model, path, domain):
        """Yield ``(account, ids)`` of the records of a domain, by their account."""
        unit = self._unit_field(model)
        groups = self.env[model]._read_group(
            domain, [path, *([unit] if unit else [])], ["id:array_agg"]
        )
        for customer, *units, ids in groups:
            yield (customer.id, units[0].id if units else False), ids

    # --- What people keep -------------------------------------------------------

    @api.depends("source_user_ids", "line_ids.to_user_id", "target_ids", "state")
    def _compute_kept(self):
        self.kept_lead_count = self.kept_activity_count = 0
        for handover in self.filtered("account_count"):
            kept = handover.sudo()._kept()
            if kept:
                leads, activities = kept["crm.lead"], kept["mail.activity"]
                handover.kept_lead_count = len(leads)
                handover.kept_activity_count = len(activities)

    def _kept(self):
        """Return ``{model: records}`` that people keep though they give accounts away.

        Those of customers who are not theirs, or of none. In business units the rest
        of the customer is not theirs by nature: nothing to tell. Nor is there of those
        who take accounts as well.
        """
        people = self.source_user_ids - self._people()
        if self.unit_ids or not people or self.state in ("undoing", "undone"):
            return {}
        rows = self.env.execute_query(
            SQL("SELECT partner_id FROM (%s) account", self._accounts_sql(people))
        )
        theirs = self.env["res.partner"].browse(id_ for (id_,) in rows)
        mine = Domain("user_id", "in", people.ids) & Domain("active", "=", True)
        return {
            model: self.env[model].search(mine & domain)
            for model, domain in (
                ("crm.lead", self._leads_of_others(theirs)),
                ("mail.activity", self._activities_of_others(theirs)),
            )
        }

    def _leads_of_others(self, customers):
        """Return the domain of open leads without, or with other, customers."""
        return (
            Domain("won_status", "=", "pending")
            & Domain("company_id", "in", (self.company_id.id, False))
            & ~Domain("partner_id.commercial_partner_id", "in", customers.ids)
        )

    def _activities_of_others(self, customers):
        """Return the domain of activities on anything but what is the customers'."""
        return ~Domain.OR(
            Domain("res_model", "=", model)
            & Domain(
                "res_id",
                "in",
                self.env[model].with_context(active_test=False)._search(domain),
            )
            for model, _path, domain in self._activity_places(customers)
        )

    @api.readonly
    def action_open_kept_leads(self):
        """Open the opportunities that people keep, as far as the user may read them."""
        return self._open_kept("crm.lead", self.env._("Opportunities Kept"))

    @api.readonly
    def action_open_kept_activities(self):
        """Open the activities that people keep, as far as the user may read them."""
        return self._open_kept("mail.activity", self.env._("Activities Kept"))

    def _open_kept(self, model, name):
        """Return the list of records that people keep.

        :raise UserError: who may not read any of the model
        """
        self.ensure_one()
        self.check_access("read")
        nothing = self.env._(
            "Nothing is left, or you may not read it: ask an administrator to give "
            "it to somebody."
        )
        if not self.env[model].has_access("read"):
            raise UserError(nothing)
        kept = self.sudo()._kept()
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", kept[model].ids if kept else [])],
            "help": nothing,
        }
