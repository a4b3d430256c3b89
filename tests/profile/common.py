from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import new_test_user

from ..position.common import PositionCommon

GROUP = "agro_segmentation.group_segmentation_"


class RelationCommon(PositionCommon):
    """The dealer of the positions, to whom customers stand in relations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.today = fields.Date.context_today(cls.farmer)
        cls.whole = cls.env["segmentation.business.unit"]
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @classmethod
    def _user(cls, login, groups=f"{GROUP}user"):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def _ago(cls, **delta):
        """Return the day so long ago."""
        return cls.today - relativedelta(**delta)

    @classmethod
    def _yesterday(cls):
        return cls.today - timedelta(days=1)

    @classmethod
    def _opportunity(cls, partner, unit=None, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Offer",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "segmentation_unit_id": unit and unit.id,
                **values,
            }
        )

    def _rows(self, partner, company=None):
        """Return the fresh relations of the partner."""
        company = company or self.company
        self._refresh(company)
        return self.env["segmentation.relation"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )

    def _row(self, partner, unit):
        return self._rows(partner).filtered(lambda row: row.unit_id == unit)

    def _relations(self, partner):
        """Return {unit: relation}; the customer as a whole under no unit."""
        return {row.unit_id: row.relation for row in self._rows(partner)}

    def _changes(self, partner):
        """Return [(unit, old, new)] of the relation's changes, oldest first."""
        changes = self.env["segmentation.change"].search(
            [("partner_id", "=", partner.id), ("kind", "=", "relation")], order="id"
        )
        return [(c.unit_id, c.old_value, c.new_value) for c in changes]

    def _merge(self, *partners):
        """Merge the partners into the first."""
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(
            self.env.ref("base.user_admin")
        )
        wizard._merge([partner.id for partner in partners], partners[0])
        self.env.invalidate_all()
