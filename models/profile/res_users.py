from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import USER


class ResUsers(models.Model):
    """The accounts that a salesperson looks after, counted for a card."""

    _name = "res.users"
    _inherit = "res.users"

    segmentation_has_accounts = fields.Boolean(
        string="Has Accounts",
        compute="_compute_segmentation_counts",
        search="_search_segmentation_has_accounts",
        groups=USER,
    )
    segmentation_counts = fields.Json(
        string="Accounts",
        compute="_compute_segmentation_counts",
        groups=USER,
        exportable=False,
        help="How many accounts the salesperson looks after, and how many of these are"
        " of each relation, unit, quadrant… with the domain of the contacts behind.",
    )

    @api.model
    def _segmentation_accounts_domain(self):
        return Domain("segmentation_is_account", "=", True) & Domain(
            "segmentation_is_in_charge", "=", True
        )

    @api.model
    def _segmentation_accounts(self):
        """Return the contacts to count, without archived ones even where archived
        salespeople are shown."""
        return self.env["res.partner"].with_context(active_test=True)

    def _search_segmentation_has_accounts(self, operator, _value):
        if operator != "in":
            return NotImplemented
        accounts = self._segmentation_accounts()._search(
            self._segmentation_accounts_domain()
        )
        users = accounts.subselect(SQL.identifier(accounts.table, "user_id"))
        return Domain("id", "in", users)

    @api.model
    def _segmentation_counted_fields(self):
        """Return the fields of contacts that cards count by.

        Of the key fields these are the single choices that are shown on cards.
        """
        choices = self.env["segmentation.field"]._switched_on()
        choices = choices.filtered(lambda f: f.type == "choice" and f.show_kanban)
        return [
            "segmentation_relation",
            "segmentation_customer_unit_ids",
            "segmentation_quadrant",
            "segmentation_zone_id",
            *choices.mapped("technical_name"),
            "segmentation_completeness_band",
            "segmentation_last_contact_band",
        ]

    @api.depends_context("allowed_company_ids", "company", "lang", "tz", "uid")
    def _compute_segmentation_counts(self):
        """Count in one query for each field, whatever the number of salespeople."""
        totals = self._segmentation_count_by()
        names = self._segmentation_counted_fields()
        descriptions = self.env["res.partner"].fields_get(
            names, ["string", "selection"]
        )
        counts_of = {
            name: self._segmentation_count_by(name, dict(values.get("selection", ())))
            for name, values in descriptions.items()
        }
        for user in self:
            total = totals.get(user._origin.id)
            user.segmentation_has_accounts = bool(total)
            user.segmentation_counts = total and {
                **total[0],
                "fields": [
                    {
                        "name": name,
                        "label": descriptions[name]["string"],
                        "groups": counts_of[name][user._origin.id],
                    }
                    for name in names
                ],
            }

    def _segmentation_count_by(self, name=None, labels=None):
        """Return {user id: [{label, count, domain}]} of their accounts.

        :param name: a field of contacts, or none for all in one
        :param dict labels: of the keys of a selection, in order
        """
        domain = list(
            self._segmentation_accounts_domain() & Domain("user_id", "in", self.ids)
        )
        groups = self._segmentation_accounts().formatted_read_group(
            domain,
            ["user_id", name] if name else ["user_id"],
            ["__count"],
            order=name,  # by user as well, the planner goes astray
        )
        if labels:
            order = list(labels)
            groups.sort(key=lambda group: order.index(group[name] or order[-1]))
        counts = {}
        for group in groups:
            counts.setdefault(group["user_id"][0], []).append(
                {
                    "label": self._segmentation_label(group.get(name), labels),
                    "count": group["__count"],
                    "domain": domain + group["__extra_domain"],
                }
            )
        return counts

    @api.model
    def _segmentation_label(self, value, labels):
        if not value:
            return self.env._("None")
        return labels[value] if labels else value[1]
