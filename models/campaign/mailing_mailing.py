import re

from odoo import api, models
from odoo.exceptions import UserError

#: a placeholder as Odoo's editor writes it, with the styles of the text around
STYLED_PLACEHOLDER = re.compile(r'(<t t-out="[^"<>]*") style="[^"<>]*"')


class MailingMailing(models.Model):
    """Tells the message whom it is for, and which campaign's figures to name."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._segmentation_plain(vals) for vals in vals_list])

    def write(self, vals):
        if "campaign_id" in vals:
            self._segmentation_check_keeps_campaign(vals["campaign_id"])
        return super().write(self._segmentation_plain(vals))

    def _segmentation_check_keeps_campaign(self, campaign_id):
        """Refuse to take a launched campaign off a message that is about to leave.

        Without it the message would be for whomever its own filter finds, those held
        out or opted out of the topic among them.
        """
        for mailing in self.filtered(lambda m: m.state in ("in_queue", "sending")):
            campaign = mailing.campaign_id
            if campaign.segmentation_state == "launched" and campaign.id != campaign_id:
                raise UserError(
                    self.env._(
                        "“%(message)s” is about to be sent for %(campaign)s: cancel the"
                        " sending before you change its campaign.",
                        message=mailing.display_name,
                        campaign=campaign.title,
                    )
                )

    @api.model
    def _segmentation_plain(self, vals):
        """Return the values with placeholders that marketing users may save.

        Odoo's editor puts styles on placeholders too, where they show nothing. Its
        check of who may write which placeholder then refuses the whole body to users
        who are no template editors, whatever they changed in it.
        """
        if not vals.get("body_html"):
            return vals
        return {**vals, "body_html": STYLED_PLACEHOLDER.sub(r"\1", vals["body_html"])}

    def _get_default_mailing_domain(self):
        """A message to contacts from a launched campaign is for its audience.

        Stock Odoo would propose every contact, for the messages, e-mail or SMS, that
        are started by its own buttons.
        """
        if (
            self.mailing_model_name == "res.partner"
            and self.campaign_id.segmentation_state == "launched"
        ):
            return self.campaign_id._segmentation_mailing_domain()
        return super()._get_default_mailing_domain()

    def _get_mass_mailing_context(self):
        """The composer renders the messages: it has to know the campaign."""
        return {
            **super()._get_mass_mailing_context(),
            "segmentation_campaign_id": self.campaign_id.id,
        }

    def action_send_sms(self, res_ids=None):
        """An SMS tells the figures of its own campaign as well."""
        for mailing in self:
            super(
                MailingMailing,
                mailing.with_context(segmentation_campaign_id=mailing.campaign_id.id),
            ).action_send_sms(res_ids)
        return True

    def _render_field(self, field, res_ids, *args, **kwargs):
        """Render with the campaign's figures; a test message as one that will be sent.

        Odoo renders a test for just any contact, which need not be in the audience:
        name and figures would be blank, or another campaign's.
        """
        mailing = self.with_context(segmentation_campaign_id=self.campaign_id.id)
        sample = self._segmentation_test_recipient()
        if not sample:
            return super(MailingMailing, mailing)._render_field(
                field, res_ids, *args, **kwargs
            )
        rendered = super(MailingMailing, mailing)._render_field(
            field, sample.ids, *args, **kwargs
        )
        return dict.fromkeys(res_ids, rendered[sample.id])

    def _segmentation_test_recipient(self):
        """Return the recipient for whom to render a test; nobody if it is none."""
        partners = self.env["res.partner"]
        if (
            not self.env.context.get("segmentation_test")
            or self.mailing_model_real != "res.partner"
            or self.campaign_id.segmentation_state != "launched"
        ):
            return partners
        return partners.search(self._get_recipients_domain(), limit=1)
