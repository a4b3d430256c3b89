from odoo import api, models
from odoo.tools import SQL

from .condition import FIGURES, PARTNER
from .mark import COUNTS, EVERYBODY
from .segment_refresh import MARKS


class ResPartner(models.Model):
    """What is written on contacts may make them enter and leave segments."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        """Have segments look at the new contacts."""
        partners = super().create(vals_list)
        self.env["segmentation.segment.mark"]._mark(PARTNER, partners.ids)
        return partners

    def _write_multi(self, vals_list):
        """Have segments look at the contacts again, whatever wrote or computed them.

        Of those that get another parent, at the contacts around the one before too.
        """
        marks = self.env["segmentation.segment.mark"]
        marks._mark(PARTNER, self.ids)
        if any("parent_id" in vals for vals in vals_list):
            marks._mark_selected(
                PARTNER,
                SQL("SELECT parent_id FROM res_partner WHERE id = ANY(%s)", self.ids),
            )
        return super()._write_multi(vals_list)

    def unlink(self):
        """Have segments look at the contacts around, and count their members anew."""
        marks = self.env["segmentation.segment.mark"]
        left_behind = self.env["segmentation.segment"]._families(self.ids)
        marks._mark(PARTNER, left_behind.difference(self.ids))
        marks._mark_selected(
            COUNTS,
            SQL(
                "SELECT segment_id FROM segmentation_membership"
                " WHERE partner_id = ANY(%s) AND date_to IS NULL",
                self.ids,
            ),
        )
        return super().unlink()


class SegmentationRefresh(models.Model):
    """Figures and relations are told once they are computed."""

    _name = "segmentation.refresh"
    _inherit = "segmentation.refresh"

    def _compute_marked(self, marked):
        """Have segments look at the customers whose figures were computed."""
        result = super()._compute_marked(marked)
        customers = self._customers_of({partner for partner in marked if partner > 0})
        self.env["segmentation.segment.mark"]._mark(FIGURES, customers)
        return result

    def _classify_next(self):
        """Have segments look at everybody, once everybody was computed."""
        result = super()._classify_next()
        if not self._is_under_way():
            self.env["segmentation.segment.mark"]._mark(FIGURES, [EVERYBODY])
        return result


class SegmentationFigures(models.AbstractModel):
    """A cut point that moves gives others another quadrant."""

    _name = "segmentation.figures"
    _inherit = "segmentation.figures"

    @api.model
    def _classified(self, company, harvests):
        """Have segments look at the customers whose quadrant changed."""
        result = super()._classified(company, harvests)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT partner_id FROM segmentation_change
                 WHERE company_id = %s AND date = %s""",
                company.id,
                self.env.cr.now(),
            )
        )
        self.env["segmentation.segment.mark"]._mark(
            FIGURES, [partner for (partner,) in rows]
        )
        return result


class SegmentationRelation(models.Model):
    """What is said of relations by hand counts at once; the rest comes with figures."""

    _name = "segmentation.relation"
    _inherit = "segmentation.relation"

    @api.model
    def _settle(self, company, customer_ids, by_hand=False):
        """Have segments look at the customers."""
        result = super()._settle(company, customer_ids, by_hand=by_hand)
        self.env["segmentation.segment.mark"]._mark(FIGURES, customer_ids)
        return result


class ResPartnerCategory(models.Model):
    """Contacts may be tagged from the side of the tag."""

    _name = "res.partner.category"
    _inherit = ["res.partner.category", "segmentation.segment.source"]

    def _segment_fields(self):
        return {"partner_ids"}

    def _segment_contacts(self):
        return self.partner_ids.ids


class SegmentationField(models.Model):
    """Key fields that SQL fills: people grow older by the date alone, values merge."""

    _inherit = "segmentation.field"

    @api.model
    def _after_fill(self, partner_ids):
        """Have segments look at the contacts that have other values."""
        many = len(partner_ids) > MARKS
        self.env["segmentation.segment.mark"]._mark(
            PARTNER, [EVERYBODY] if many else partner_ids
        )
        return super()._after_fill(partner_ids)
