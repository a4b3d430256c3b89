from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class SegmentationInUse(models.AbstractModel):
    """What other records are built on: deleting one that is in use is refused.

    The database refuses it too, but in the words of its tables.
    """

    _name = "segmentation.in.use"
    _description = "Kept While in Use"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        links = (
            self.env["ir.model.fields"]
            .sudo()
            .search(
                [
                    ("relation", "=", self._name),
                    ("ttype", "in", ["many2one", "many2many"]),
                    ("store", "=", True),
                ]
            )
        )
        for link in links:
            model = self.env[link.model]
            # the database's notes say nothing of many2many fields
            if model._fields[link.name].ondelete == "restrict" and not model._abstract:
                self._check_no_link(link)

    def _check_no_link(self, link):
        """Refuse if records of any company, other than these, hold them in `link`."""
        users = self.env[link.model].sudo().with_context(active_test=False)
        domain = Domain(link.name, "in", self.ids)
        if link.model == self._name:
            domain &= Domain("id", "not in", self.ids)
        values = [
            {"record": record.display_name, "kind": link.model_id.name, "count": count}
            for record, count in users._read_group(domain, [link.name], ["__count"])
            # a list of records names others beside these
            if record in self
        ]
        if values and "active" in self._fields:
            raise UserError(
                self.env._(
                    "“%(record)s” is in use (%(kind)s: %(count)s): archive it instead.",
                    **values[0],
                )
            )
        if values:
            raise UserError(
                self.env._(
                    "“%(record)s” is in use (%(kind)s: %(count)s): delete those first.",
                    **values[0],
                )
            )
