from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain


class SegmentationInUse(models.AbstractModel):
    """What other records are built on: deleting one that is in use is refused.

    The database refuses it too, but in the words of its tables. So is, where a model
    asks for it, moving one to a company that is not that of its users.
    """

    _name = "segmentation.in.use"
    _description = "Kept While in Use"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for link in self._restricting_links():
            self._check_no_link(link)

    @api.model
    def _links(self):
        """Return the fields in whose tables these records may be named."""
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
        return links.filtered(
            lambda link: self.env[link.model]._auto
            and not self.env[link.model]._transient
        )

    @api.model
    def _restricting_links(self):
        """Return those of the links that keep records from being deleted.

        The database's notes say nothing of many2many fields.
        """
        return self._links().filtered(
            lambda link: self.env[link.model]._fields[link.name].ondelete == "restrict"
        )

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

    def _check_no_user_elsewhere(self, links):
        """Refuse records of a company that are in use in another one.

        Counted as superuser: who moves them may not see those, nor how many there are
        in a company that is not the user's, nor its name.
        """
        for company, records in (
            self.filtered("company_id").grouped("company_id").items()
        ):
            for link in links:
                records._check_no_link_elsewhere(link, company)

    def _check_no_link_elsewhere(self, link, company):
        users = self.env[link.model].sudo().with_context(active_test=False)
        names = ("segmentation_company_id", "company_id")
        name = next((name for name in names if name in users._fields), None)
        if not name:
            return
        domain = Domain(link.name, "in", self.ids) & Domain(
            name, "not in", [company.id, False]
        )
        for record, other, count in users._read_group(
            domain, [link.name, name], ["__count"]
        ):
            if record in self and other not in self.env.user.company_ids:
                raise ValidationError(
                    self.env._(
                        "“%(record)s” is in use in a company that is not yours: make "
                        "another one for %(company)s instead.",
                        record=record.display_name,
                        company=company.name,
                    )
                )
            if record in self:
                raise ValidationError(
                    self.env._(
                        "“%(record)s” is in use in %(other)s (%(kind)s: %(count)s):"
                        " make another one for %(company)s instead.",
                        record=record.display_name,
                        other=other.name,
                        kind=link.model_id.name,
                        count=count,
                        company=company.name,
                    )
                )
