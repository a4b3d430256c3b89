from markupsafe import Markup

from odoo import api, models
from odoo.fields import Domain


class SegmentationMerge(models.AbstractModel):
    """Rows about contacts, when contacts are merged.

    Core hands every row of the merged contacts over to the destination. That suits rows
    that just add up, such as parcels. Where a contact may have one row only it does
    harm: on a unique constraint core deletes all rows that it would hand over, on a
    unique index the whole merge fails. Such a model overrides :meth:`_merge_partners`
    and makes one row of several before core comes: the sums, what was said last, both
    united, or none if the row is computed anew.
    """

    _name = "segmentation.merge"
    _description = "Rows of Merged Contacts"

    @api.model
    def _merge_partners(self, sources, destination):
        """Make the rows fit to be handed over; called as superuser.

        :param sources: the contacts that will be gone
        :param destination: the contact that stays
        :return: sentences for the destination's chatter: what becomes of the rows
        """
        links = Domain.OR(
            Domain(name, "in", sources.ids)
            for name, field in self._fields.items()
            if field.type == "many2one"
            and field.comodel_name == "res.partner"
            and field.store
        )
        count = self.with_context(active_test=False).search_count(links)
        return self._merge_sentences(count)

    @api.model
    def _after_merge(self, partners):
        """Do what has to wait until the sources are gone; called as superuser.

        :param partners: the contacts that are left
        """

    @api.model
    def _merge_sentences(self, count):
        """Return what to say of rows that are handed over as they are."""
        if not count:
            return []
        return [
            self.env._(
                "%(rows)s: %(count)s taken over.",
                rows=self.env["ir.model"]._get(self._name).name,
                count=count,
            )
        ]


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        """Let every model of :class:`SegmentationMerge` have its say before core.

        One message on the destination tells what was done.
        """
        sources, destination = src_partners.sudo(), dst_partner.sudo()
        sentences = [
            sentence
            for model in self._merging_models()
            for sentence in model._merge_partners(sources, destination)
        ]
        result = super()._update_foreign_keys(src_partners, dst_partner)
        # Core writes customers and the parents of contacts by SQL, even where the
        # destination is itself a contact of somebody else.
        destination.modified(["commercial_partner_id"])
        if sentences:
            destination._message_log(body=self._merge_body(sources, sentences))
        return result

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Let every model of :class:`SegmentationMerge` have its say after core."""
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        partners = self.env["res.partner"].sudo().browse(partner_ids).exists()
        for model in self._merging_models():
            model._after_merge(partners)
        return result

    @api.model
    def _merging_models(self):
        """Return the models that take part, as superuser."""
        names = self.env.registry.descendants(["segmentation.merge"], "_inherit")
        models = (self.env[name].sudo() for name in sorted(names))
        return [model for model in models if not model._abstract]

    @api.model
    def _merge_body(self, sources, sentences):
        """Return the message that tells what became of the sources' rows."""
        return Markup("<p>%s</p><ul>%s</ul>") % (
            self.env._(
                "Taken over from %s:", [partner.display_name for partner in sources]
            ),
            Markup().join(Markup("<li>%s</li>") % sentence for sentence in sentences),
        )
