from odoo import models

from ...engine import hold_out


class MailingMailing(models.Model):
    """A version of an A/B test goes to the same people, however often one looks.

    Stock Odoo draws them anew each time: a version that was interrupted would then go
    to more people than it was meant for.
    """

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    def _get_recipients(self):
        is_version = self.ab_testing_enabled and not self.ab_testing_is_winner_mailing
        if not (is_version and self._segmentation_is_ours()):
            return super()._get_recipients()
        return self._segmentation_sample()

    def _segmentation_sample(self):
        """Return whom the version has gone to, and who is still missing in it."""
        everybody = self.env["res.partner"].search(self._get_recipients_domain()).ids
        size = everybody and max(int(len(everybody) / 100 * self.ab_testing_pc), 1)
        mine = self._segmentation_written([("mass_mailing_id", "=", self.id)])
        written = self._segmentation_written(
            [("campaign_id", "=", self.campaign_id.id)]
        )
        sample = [id_ for id_ in everybody if id_ in mine]
        rest = [id_ for id_ in everybody if id_ not in written]
        rest.sort(key=self._segmentation_lot)
        return sample + rest[: max(size - len(sample), 0)]

    def _segmentation_written(self, domain):
        """Return the ids of the contacts that have traces of the domain."""
        [[ids]] = (
            self.env["mailing.trace"]
            .sudo()
            ._read_group(
                [*domain, ("model", "=", "res.partner")], [], ["res_id:array_agg"]
            )
        )
        return set(ids or [])

    def _segmentation_lot(self, res_id):
        """A key that draws people for the tests of a campaign, always alike."""
        return hold_out.token(str(self.campaign_id.id), res_id), res_id
