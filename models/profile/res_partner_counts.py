from datetime import datetime

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine.bands import band_of
from ..common.clock import begins
from ..common.groups import MARKETING, USER
from .res_partner_last_contact import LAST

COMPLETENESS = "segmentation_completeness"
# percent from which on, as `band_of` has them
COMPLETENESS_BANDS = [
    (0, "4_little"),
    (50, "3_half"),
    (75, "2_most"),
    (100, "1_complete"),
]
# how customers stand to the units that they are grouped by
UNITS = {
    "segmentation_customer_unit_ids": "customer",
    "segmentation_ex_customer_unit_ids": "ex_customer",
    "segmentation_prospect_unit_ids": "prospect",
    "segmentation_competitor_unit_ids": "competitor",
}


class ResPartner(models.Model):
    """What contacts are counted by: whose they are, bands, and business units.

    Nothing is stored: counts are what grouping contacts gives. Keys of bands begin
    with a digit, so that groups come in the order of the bands.
    """

    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_is_account = fields.Boolean(
        string="Account",
        compute="_compute_segmentation_is_account",
        search="_search_segmentation_is_account",
        groups=USER,
        help="A company, with its contacts, or a person of no company; no colleague.",
    )
    segmentation_is_in_charge = fields.Boolean(
        string="In Charge",
        compute="_compute_segmentation_is_in_charge",
        search="_search_segmentation_is_in_charge",
        groups=USER,
        help="Contacts of the user and of the sales teams that the user leads; for"
        " marketing, all.",
    )
    segmentation_completeness_band = fields.Selection(
        [
            ("1_complete", "Complete"),
            ("2_most", "75 to 99 %"),
            ("3_half", "50 to 74 %"),
            ("4_little", "Under 50 %"),
        ],
        string="How Complete",
        compute="_compute_segmentation_completeness_band",
        search="_search_segmentation_completeness_band",
        groups=USER,
    )
    segmentation_last_contact_band = fields.Selection(
        [
            ("1_month", "In the last month"),
            ("2_quarter", "1 to 3 months ago"),
            ("3_year", "3 to 12 months ago"),
            ("4_older", "Over a year ago"),
            ("5_never", "Never"),
        ],
        string="Time since Last Contact",
        compute="_compute_segmentation_last_contact_band",
        search="_search_segmentation_last_contact_band",
        groups=USER,
        help="How long ago the last contact was, seen from today.",
    )

    # --- Accounts, and whose they are -----------------------------------------------

    @api.model
    def _segmentation_account_domain(self):
        return Domain("partner_share", "=", True) & (
            Domain("is_company", "=", True) | Domain("parent_id", "=", False)
        )

    @api.depends("partner_share", "is_company", "parent_id")
    def _compute_segmentation_is_account(self):
        found = self.filtered_domain(self._segmentation_account_domain())
        for partner in self:
            partner.segmentation_is_account = partner in found

    def _search_segmentation_is_account(self, operator, _value):
        self._check_segmentation_searched("segmentation_is_account")
        if operator != "in":
            return NotImplemented
        return self._segmentation_account_domain()

    @api.model
    def _segmentation_in_charge_domain(self):
        """Return the domain of the contacts that the user looks after.

        These are the tiers of the record rules on positions, for contacts, which Odoo
        shows to all.
        """
        if self.env.user.has_group(MARKETING):
            return Domain.TRUE
        members = self.env["crm.team.member"].sudo()
        led = members.search([("crm_team_id.user_id", "=", self.env.uid)]).user_id
        return Domain("user_id", "in", [self.env.uid, *led.ids])

    @api.depends("user_id")
    @api.depends_context("uid")
    def _compute_segmentation_is_in_charge(self):
        found = self.filtered_domain(self._segmentation_in_charge_domain())
        for partner in self:
            partner.segmentation_is_in_charge = partner in found

    def _search_segmentation_is_in_charge(self, operator, _value):
        self._check_segmentation_searched("segmentation_is_in_charge")
        if operator != "in":
            return NotImplemented
        return self._segmentation_in_charge_domain()

    # --- Bands ----------------------------------------------------------------------

    @api.depends(COMPLETENESS)
    @api.depends_context("company", "uid")
    def _compute_segmentation_completeness_band(self):
        for partner in self:
            partner.segmentation_completeness_band = band_of(
                partner.segmentation_completeness, COMPLETENESS_BANDS
            )

    @api.depends(LAST)
    @api.depends_context("allowed_company_ids", "tz")
    def _compute_segmentation_last_contact_band(self):
        bands = self._segmentation_last_contact_bands()
        for partner in self:
            last = partner.segmentation_last_contact
            partner.segmentation_last_contact_band = (
                band_of(last, bands) if last else "5_never"
            )

    @api.model
    def _segmentation_last_contact_bands(self):
        """Return pairs (moment in UTC from which on, key), the earliest first.

        A day begins at midnight in the user's time zone.
        """
        return [
            (datetime.min, "4_older"),
            (self._segmentation_months_ago(12), "3_year"),
            (self._segmentation_months_ago(3), "2_quarter"),
            (self._segmentation_months_ago(1), "1_month"),
        ]

    @api.model
    def _segmentation_months_ago(self, months):
        day = fields.Date.context_today(self) - relativedelta(months=months)
        return begins(day, self.env.tz)

    def _search_segmentation_completeness_band(self, operator, value):
        self._check_segmentation_searched("segmentation_completeness_band")
        if operator != "in":
            return NotImplemented
        return self._segmentation_in_bands(COMPLETENESS, COMPLETENESS_BANDS, value)

    def _search_segmentation_last_contact_band(self, operator, value):
        self._check_segmentation_searched("segmentation_last_contact_band")
        if operator != "in":
            return NotImplemented
        bands = self._segmentation_last_contact_bands()
        domain = self._segmentation_in_bands(LAST, bands, value)
        return domain | Domain(LAST, "=", False) if "5_never" in value else domain

    @api.model
    def _segmentation_in_bands(self, name, bands, keys):
        """Return the domain of the contacts whose measure is in bands of these keys."""
        domain = Domain.FALSE
        lowers = [lower for lower, _key in bands]
        for (lower, key), upper in zip(bands, [*lowers[1:], None], strict=True):
            if key in keys:
                below = Domain(name, "<", upper) if upper else Domain.TRUE
                domain |= Domain(name, ">=", lower) & below
        return domain

    # --- Grouping -------------------------------------------------------------------

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let bands be grouped and sorted by."""
        if field_expr == "segmentation_completeness_band":
            self._check_field_access(self._fields[field_expr], "read")
            return self._segmentation_band_sql(
                self._field_to_sql(alias, COMPLETENESS, query), COMPLETENESS_BANDS
            )
        if field_expr == "segmentation_last_contact_band":
            self._check_field_access(self._fields[field_expr], "read")
            band = self._segmentation_band_sql(
                self._field_to_sql(alias, LAST, query),
                self._segmentation_last_contact_bands(),
            )
            return SQL("COALESCE(%s, '5_never')", band)
        return super()._field_to_sql(alias, field_expr, query)

    @api.model
    def _segmentation_band_sql(self, measure, bands):
        """Return `band_of` in SQL."""
        lowers, keys = (
            SQL(", ").join(SQL("%s", value) for value in values)
            for values in zip(*bands, strict=True)
        )
        return SQL("(ARRAY[%s])[width_bucket(%s, ARRAY[%s])]", keys, measure, lowers)

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Let contacts be grouped by business unit: in each they have that relation
        with, as by any field of several values."""
        if groupby_spec not in UNITS:
            return super()._read_group_groupby(alias, groupby_spec, query)
        self._check_field_access(self._fields[groupby_spec], "read")
        rows = self._segmentation_relations()._search(
            Domain("company_id", "=", self.env.company.id)
            & Domain("unit_id", "!=", False)
            & Domain("relation", "=", UNITS[groupby_spec])
        )
        units = query.make_alias(alias, groupby_spec)
        query.add_join(
            "LEFT JOIN",
            units,
            rows.subselect(
                SQL.identifier(rows.table, "partner_id"),
                SQL.identifier(rows.table, "unit_id"),
            ),
            SQL(
                "%s = %s",
                self._field_to_sql(alias, "commercial_partner_id", query),
                SQL.identifier(units, "partner_id"),
            ),
        )
        return SQL.identifier(units, "unit_id")
