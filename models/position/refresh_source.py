from odoo import api, models


class SegmentationRefreshSource(models.AbstractModel):
    """What positions are made of: a change marks the customers it concerns.

    Models that take part tell which fields count (:meth:`_refresh_fields`) and whom
    they concern (:meth:`_refresh_marks`); marking itself is one insert a call.
    """

    _name = "segmentation.refresh.source"
    _description = "Source of Segmentation Figures"

    def _refresh_fields(self):
        """Return the names of the fields whose change makes figures stale."""
        return set()

    def _refresh_marks(self):
        """Return ``[(company id or None, partner id or None)]``: whom they concern.

        No company means every company, no partner every customer of the company.
        """
        return []

    @api.model_create_multi
    def create(self, vals_list):
        """Mark the customers that the new records concern."""
        records = super().create(vals_list)
        self.env["segmentation.refresh"]._mark(records.sudo()._refresh_marks())
        return records

    def write(self, vals):
        """Mark the customers concerned before and after the change."""
        if not self._refresh_fields() & vals.keys():
            return super().write(vals)
        before = self.sudo()._refresh_marks()
        result = super().write(vals)
        marks = {*before, *self.sudo()._refresh_marks()}
        self.env["segmentation.refresh"]._mark(marks)
        return result

    def unlink(self):
        """Mark the customers that the records concerned."""
        marks = self.sudo()._refresh_marks()
        result = super().unlink()
        self.env["segmentation.refresh"]._mark(marks)
        return result
