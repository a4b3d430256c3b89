from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_date
from odoo.tools.misc import clean_context

RELATIONS = [
    ("customer", "Customer"),
    ("ex_customer", "Ex-customer"),
    ("prospect", "Prospect"),
    ("competitor", "Competitor's customer"),
    ("unknown", "Unknown"),
]
#: who the row is about: fixed once it is there
KEY = {"partner_id", "company_id", "unit_id"}
#: what the addon finds out
FOUND = {
    "inferred",
    "relation",
    "date_first",
    "date_last",
    "billed",
    "has_opportunity",
    "manual_user_id",
    "manual_date",
}
MANUAL = {"manual", "manual_reason", "manual_until"}


class SegmentationRelation(models.Model):
    """How a customer stands to a company: as a whole, or in one business unit.

    There is a row where something speaks for it: the customer bought, is being offered
    something, somebody said so by hand, or somebody looks after it there. No row means
    unknown. A customer with any row has one without unit, for the customer as a whole.

    What invoices and opportunities say (``inferred``) is found by the refresh
    (``relation_inference.py``, the rules of ``engine/relation.py``); what somebody says
    by hand (``manual``) counts instead until its last day, and no refresh touches it.
    """

    _name = "segmentation.relation"
    _description = "Commercial Relation"
    _order = "partner_id, unit_id, id"
    _rec_names_search = ["partner_id", "unit_id"]
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="cascade",
    )
    unit_id = fields.Many2one(
        "segmentation.business.unit",
        string="Business Unit",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Empty: the customer as a whole.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    relation = fields.Selection(
        RELATIONS,
        required=True,
        readonly=True,
        default="unknown",
        help="What was set by hand while it holds, else what was inferred.",
    )
    inferred = fields.Selection(
        RELATIONS,
        required=True,
        readonly=True,
        default="unknown",
        help="Customer: bought within the active months of the unit. Ex-customer: "
        "bought, but not since. Prospect: never bought, has an open opportunity. The "
        "customer as a whole is what it is at best in any unit.",
    )
    manual = fields.Selection(RELATIONS, string="Set by Hand")
    manual_reason = fields.Char(string="Reason")
    manual_until = fields.Date(
        string="Until",
        help="The last day that what was set by hand holds; empty: for ever.",
    )
    manual_user_id = fields.Many2one(
        "res.users", string="Set by", readonly=True, ondelete="set null"
    )
    manual_date = fields.Datetime(string="Set on", readonly=True)
    is_manual = fields.Boolean(
        string="By Hand",
        compute="_compute_is_manual",
        search="_search_is_manual",
        help="What was set by hand holds today.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Unit Salesperson",
        index="btree_not_null",
        ondelete="set null",
        domain="[('share', '=', False)]",
        help="Who looks after the customer in this business unit.",
    )
    unit_user_ids = fields.Many2many(
        "res.users",
        string="Unit Salespeople",
        compute="_compute_unit_user_ids",
        search="_search_unit_user_ids",
        help="Who looks after the customer in any business unit.",
    )
    customer_user_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", related_sudo=True
    )
    date_first = fields.Date(string="First Purchase", readonly=True)
    date_last = fields.Date(string="Last Purchase", readonly=True)
    billed = fields.Monetary(
        readonly=True,
        help="Billed in the reference harvest: untaxed, credit notes subtracted, in "
        "company currency.",
    )
    has_opportunity = fields.Boolean(string="Open Opportunity", readonly=True)

    _customer_unit_uniq = models.UniqueIndex(
        "(company_id, partner_id, COALESCE(unit_id, 0))",
        "This customer already has a relation with this unit: change that one.",
    )
    _relation_idx = models.Index("(company_id, unit_id, relation)")
    _unit_salesperson = models.Constraint(
        "CHECK(unit_id IS NOT NULL OR user_id IS NULL)",
        "The salesperson of the customer as a whole is set on the contact: name a "
        "business unit here.",
    )

    @api.depends("partner_id", "unit_id")
    def _compute_display_name(self):
        for row in self:
            unit = row.unit_id.display_name or self.env._("as a whole")
            row.display_name = f"{row.partner_id.display_name} – {unit}"

    @api.depends("partner_id", "company_id")
    def _compute_unit_user_ids(self):
        users_of = dict(
            ((partner, company), users)
            for partner, company, users in self.sudo()._read_group(
                [("partner_id", "in", self.partner_id.ids), ("user_id", "!=", False)],
                ["partner_id", "company_id"],
                ["user_id:recordset"],
            )
        )
        for row in self:
            row.unit_user_ids = users_of.get((row.partner_id, row.company_id))

    def _search_unit_user_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        rows = self.sudo()._search([("user_id", "in", list(value))])
        return Domain(
            "id",
            "in",
            SQL(
                """(SELECT row.id
                      FROM (%s) held
                      JOIN segmentation_relation row
                     USING (company_id, partner_id))""",
                rows.select("company_id", "partner_id"),
            ),
        )

    @api.depends("manual", "manual_until")
    def _compute_is_manual(self):
        holding = self.filtered_domain(self._holding_domain())
        for row in self:
            row.is_manual = row in holding

    def _search_is_manual(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return self._holding_domain()

    @api.model
    def _holding_domain(self):
        """Return the domain of the rows whose hand-set relation holds today."""
        return Domain("manual", "!=", False) & (
            Domain("manual_until", "=", False)
            | Domain("manual_until", ">=", self._today())
        )

    @api.model
    def _today(self, company=None):
        """Return the day where the company is, for people and for the job alike.

        That is the time zone of its working hours, not of who asks: a relation is the
        same for all.
        """
        company = company or self.env.company
        local = self.with_context(tz=company._segmentation_tz())
        return fields.Date.context_today(local)

    # --- By hand ----------------------------------------------------------------

    @api.constrains("manual", "manual_reason", "manual_until")
    def _check_manual(self):
        for row in self.filtered("manual"):
            if not (row.manual_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Say why the relation of %(customer)s is set by hand: fill in "
                        "the reason.",
                        customer=row.display_name,
                    )
                )
            if row.manual_until and row.manual_until < self._today(row.company_id):
                raise ValidationError(
                    self.env._(
                        "The relation of %(customer)s set by hand would have ended on "
                        "%(date)s: choose a day from today on, or none.",
                        customer=row.display_name,
                        date=format_date(self.env, row.manual_until),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Say relations by hand, of the customers that the contacts belong to."""
        self._refuse_keys(vals_list, FOUND)
        partners = self.env["res.partner"].browse(
            vals["partner_id"] for vals in vals_list if vals.get("partner_id")
        )
        customer_of = {p.id: p.commercial_partner_id.id for p in partners.sudo()}
        vals_list = [
            {
                **self._stamped(vals),
                "partner_id": customer_of.get(vals.get("partner_id")),
            }
            for vals in vals_list
        ]
        # a form opened from a row has its values as defaults
        bare = self.with_env(self.env(context=clean_context(self.env.context)))
        rows = super(SegmentationRelation, bare).create(vals_list)
        rows = rows.with_env(self.env)
        rows._said_by_hand()
        return rows

    def write(self, vals):
        """Say relations by hand; what is said already, as by an import, stays."""
        vals = {name: vals[name] for name in vals if self._is_new(name, vals[name])}
        self._refuse_keys([vals], FOUND | KEY)
        result = super().write(self._stamped(vals))
        if vals:
            self._said_by_hand()
        return result

    def _is_new(self, name, value):
        """Return whether any of the rows has another value."""
        field = self._fields[name]
        return any(
            field.convert_to_cache(value, row) != field.convert_to_cache(row[name], row)
            for row in self
        )

    @api.model
    def _refuse_keys(self, vals_list, keys):
        """Refuse to write what is computed, or whom a row is about."""
        refused = {key for vals in vals_list for key in keys & vals.keys()}
        if refused:
            labels = [
                self._fields[key]._description_string(self.env) for key in refused
            ]
            raise UserError(
                self.env._(
                    "On a relation these cannot be changed: %(fields)s. Set the "
                    "relation by hand, on a row of the customer and business unit.",
                    fields=", ".join(sorted(labels)),
                )
            )

    @api.model
    def _stamped(self, vals):
        """Return the values with who says it and when; without a relation, none."""
        if MANUAL.isdisjoint(vals):
            return vals
        if "manual" in vals and not vals["manual"]:
            blank = dict.fromkeys({*MANUAL, "manual_user_id", "manual_date"}, False)
            return {**vals, **blank}
        return {
            **vals,
            "manual_user_id": self.env.uid,
            "manual_date": fields.Datetime.now(),
        }

    def _said_by_hand(self):
        """Let what was said by hand count at once, and be completed by the job."""
        for company, rows in self.grouped("company_id").items():
            self.sudo()._settle(company, rows.partner_id.ids, by_hand=True)
        self.env["segmentation.refresh"]._mark(
            {(row.company_id.id, row.partner_id.id) for row in self}
        )

    @api.model
    def _rows_of(self, customers, unit):
        """Return the customers' rows in the current company, with the user's rights.

        :param unit: a business unit, or none for the customers as a whole
        """
        rows = self.sudo().search(
            [
                ("company_id", "=", self.env.company.id),
                ("unit_id", "=", unit.id),
                ("partner_id", "in", customers.ids),
            ]
        )
        return rows.with_env(self.env)

    @api.model
    def _write_on(self, partners, unit, vals):
        """Write on the rows of the partners' customers, made where missing."""
        customers = partners.commercial_partner_id
        rows = self._rows_of(customers, unit)
        missing = customers - rows.sudo().partner_id
        rows.write(vals)
        return rows + self.create(
            [
                {"partner_id": customer.id, "unit_id": unit.id, **vals}
                for customer in missing
            ]
        )

    @api.model
    def _set_manual(self, partners, unit, relation, reason, until=False):
        """Say by hand how the partners' customers stand to the current company.

        :param unit: a business unit, or none for the customers as a whole
        :param str relation: see :data:`RELATIONS`
        :param str reason: why
        :param until: the last day it holds; empty: for ever
        :return: the rows
        """
        return self._write_on(
            partners,
            unit,
            {"manual": relation, "manual_reason": reason, "manual_until": until},
        )

    @api.model
    def _clear_manual(self, partners, unit):
        """Let invoices and opportunities say again how the customers stand."""
        rows = self._rows_of(partners.commercial_partner_id, unit).sudo()
        rows.filtered("manual").with_env(self.env).action_clear_manual()

    @api.model
    def _set_salesperson(self, partners, unit, user):
        """Name who looks after the partners' customers in a business unit."""
        return self._write_on(partners, unit, {"user_id": user.id})

    @api.readonly
    def action_set_manual(self):
        """Open the form in which relations with one business unit are said by hand."""
        if len(self.unit_id) + len(self.filtered(lambda row: not row.unit_id)[:1]) > 1:
            raise UserError(
                self.env._("Choose rows of one business unit, to set them at once.")
            )
        if len(self.company_id) > 1:
            raise UserError(
                self.env._("Choose rows of one company, to set them at once.")
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_relation_wizard_action"
        )
        return {**action, "context": self._wizard_defaults()}

    def _wizard_defaults(self):
        """Return the context in which the form of these rows opens."""
        defaults = {
            "default_partner_ids": self.partner_id.ids,
            "default_company_id": self.company_id.id,
            "default_unit_id": self.unit_id.id,
        }
        if len(self) == 1:
            defaults |= {
                "default_relation": self.manual or self.relation,
                "default_reason": self.manual_reason,
                "default_until": self.is_manual and self.manual_until,
                "default_user_id": self.user_id.id,
            }
        return defaults

    def action_clear_manual(self):
        """Go by invoices and opportunities again."""
        self.write({"manual": False})

    def export_data(self, fields_to_export):
        """Export relations that are right now, not those of a minute ago."""
        self.env["segmentation.position"]._refresh_for_export()
        return super().export_data(fields_to_export)
