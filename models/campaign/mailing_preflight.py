from hashlib import sha256

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..common.groups import MARKETING

#: what a message says and how: a change of these is another message
CONTENT = (
    "mailing_type",
    "subject",
    "preview",
    "body_html",
    "body_plaintext",
    "email_from",
    "reply_to_mode",
    "reply_to",
    "attachment_ids",
    "campaign_id",
    "segmentation_topic_id",
    "sms_allow_unsubscribe",
)
#: in the context of what a checked message writes; no program outside can name it
CHECKED = object()


class MailingMailing(models.Model):
    """A message of ours leaves only on a check that is still true.

    However it is sent: by its buttons, later, again, as winner of a test, by the queue
    or by a program. One that was changed in the queue goes back to draft there.
    """

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    segmentation_is_ours = fields.Boolean(
        string="To an Audience", compute="_compute_segmentation_is_ours"
    )

    @api.depends("mailing_model_id", "campaign_id.segmentation_state")
    def _compute_segmentation_is_ours(self):
        for mailing in self:
            mailing.segmentation_is_ours = mailing._segmentation_is_ours()

    def action_segmentation_preflight(self):
        """Check the message, and show what was found."""
        self.ensure_one()
        self.check_access("write")
        self.campaign_id._check_segmentation_marketing()
        if not self._segmentation_is_ours():
            raise UserError(
                self.env._(
                    "Only messages to the audience of a launched campaign are checked:"
                    " choose such a campaign, and contacts as recipients."
                )
            )
        return self._segmentation_open_preflight(
            self.env["segmentation.preflight"]._start(self)
        )

    def _segmentation_open_preflight(self, preflight):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Check Before Sending"),
            "res_model": "segmentation.preflight",
            "res_id": preflight.id,
            "views": [(False, "form")],
        }

    # -- What was checked

    def _segmentation_fingerprint(self):
        """Return what stands for the text: another text, another fingerprint."""
        self.ensure_one()
        content = [
            value.ids if isinstance(value, models.BaseModel) else value
            for value in (self[name] for name in CONTENT)
        ]
        return sha256(repr(content).encode()).hexdigest()

    def _segmentation_checked_rows(self):
        """Return the SQL by which a check finds its lines.

        ``exclusions`` of the channel, ``rows`` of the audience the message is for, and
        ``domain`` of its own on contacts.
        """
        audience = self.env["segmentation.audience"].sudo()
        partners = self.env["res.partner"].sudo().with_context(active_test=False)
        return {
            "exclusions": self.campaign_id.sudo()._segmentation_exclusions(
                self._segmentation_channel(), mailing=self
            ),
            "rows": audience._search(self._segmentation_audience_domain()).subselect(),
            "domain": partners._search(
                Domain(self._parse_mailing_domain())
            ).subselect(),
        }

    def _segmentation_has_unchecked(self, preflight):
        """Return whether somebody would get the message who was not checked."""
        self.env["segmentation.preflight.line"].flush_model()
        self.env["mailing.trace"].flush_model()
        return bool(
            self.env.execute_query(
                SQL(
                    """
                    SELECT FROM (%(exclusions)s) excluded
                     WHERE reason IS NULL AND audience_id IN %(rows)s
                       AND recipient_id IN %(domain)s
                       AND recipient_id NOT IN (
                           SELECT partner_id FROM segmentation_preflight_line
                            WHERE preflight_id = %(preflight)s
                              AND partner_id IS NOT NULL
                              AND is_checked AND problem IS NULL)
                       AND recipient_id NOT IN (
                           SELECT res_id FROM mailing_trace
                            WHERE mass_mailing_id = %(mailing)s
                              AND model = 'res.partner' AND res_id IS NOT NULL)
                     LIMIT 1""",
                    preflight=preflight.id,
                    mailing=self.id,
                    **self._segmentation_checked_rows(),
                )
            )
        )

    # -- Nothing leaves unchecked

    def _segmentation_preflights(self):
        """Return the checks of this very text to the campaign's audience.

        The winner of a test, or the message to a wave, is another one of the same
        text: what was checked for one holds for the others.
        """
        return (
            self.env["segmentation.preflight"]
            .sudo()
            .search(
                [
                    ("campaign_id", "=", self.campaign_id.id),
                    ("fingerprint", "=", self._segmentation_fingerprint()),
                ]
            )
        )

    def _segmentation_preflight_problem(self):
        """What keeps the message from leaving, in words; False if nothing does."""
        if not self._segmentation_is_ours():
            return False
        problem = self.env._(
            "“%s” was not checked as it is now: press Check Before Sending.",
            self.subject,
        )
        # the latest tells what is wrong, unless another one lets it go
        for preflight in self._segmentation_preflights().sorted("id"):
            problem = preflight._problem(self)
            if not problem:
                return False
        return problem

    def _check_segmentation_preflight(self):
        """Refuse to send what must not leave; marketing is led to the check."""
        for mailing in self:
            problem = mailing._segmentation_preflight_problem()
            if not problem:
                continue
            if not self.env.user.has_group(MARKETING):
                raise UserError(problem)
            raise RedirectWarning(
                problem,
                self.env.ref("agro_segmentation.mailing_preflight_action").id,
                self.env._("Check Before Sending"),
                {"active_model": self._name, "active_id": mailing.id},
            )

    def action_put_in_queue(self):
        self._check_segmentation_preflight()
        return super().action_put_in_queue()

    def _action_send_mail(self, res_ids=None):
        self._check_segmentation_preflight()
        checked = self.with_context(segmentation_checked=CHECKED)
        return super(MailingMailing, checked)._action_send_mail(res_ids)

    def action_send_sms(self, res_ids=None):
        """A program may call this too."""
        self._check_segmentation_preflight()
        checked = self.with_context(segmentation_checked=CHECKED)
        return super(MailingMailing, checked).action_send_sms(res_ids)

    def _check_segmentation_composed(self):
        """Refuse messages of ours that a program composed elsewhere."""
        if self.env.context.get("segmentation_checked") is CHECKED:
            return
        for mailing in self:
            if mailing._segmentation_is_ours():
                raise UserError(
                    self.env._(
                        "“%s” goes to the audience of a campaign: send it by its own"
                        " buttons, after Check Before Sending.",
                        mailing.subject,
                    )
                )

    @api.model
    def _process_mass_mailing_queue(self):
        """Take out of the queue what was changed there: it must be checked again."""
        waiting = self.search(
            [
                ("state", "in", ("in_queue", "sending")),
                ("campaign_id.segmentation_state", "=", "launched"),
                "|",
                ("schedule_date", "=", False),
                ("schedule_date", "<", fields.Datetime.now()),
            ]
        )
        for mailing in waiting:
            if problem := mailing._segmentation_preflight_problem():
                mailing.write({"state": "draft"})
                mailing.message_post(body=problem)
        return super()._process_mass_mailing_queue()


class MailComposeMessage(models.TransientModel):
    """Writes messages of ours for the mailing only, which has had them checked."""

    _name = "mail.compose.message"
    _inherit = "mail.compose.message"

    def _prepare_mail_values(self, res_ids):
        if self.composition_mode == "mass_mail":
            self.mass_mailing_id._check_segmentation_composed()
        return super()._prepare_mail_values(res_ids)


class SmsComposer(models.TransientModel):
    """Writes messages of ours for the mailing only, which has had them checked."""

    _name = "sms.composer"
    _inherit = "sms.composer"

    def _action_send_sms_mass(self, records=None):
        self.mailing_id._check_segmentation_composed()
        return super()._action_send_sms_mass(records)
