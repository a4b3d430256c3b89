from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class UtmCampaign(models.Model):
    """The e-mails and SMS of a campaign: to its audience, in the audience's languages.

    A message that is prepared is a stock mailing with a text to start from, one for
    each language that the audience speaks. Until it is sent it is prepared only once.
    """

    _name = "utm.campaign"
    _inherit = "utm.campaign"

    # -- Actions

    @api.readonly
    def action_segmentation_mailings(self):
        """Open the campaign's e-mails."""
        return self._segmentation_mailings_action(
            "mass_mailing.mailing_mailing_action_mail", "mail"
        )

    @api.readonly
    def action_segmentation_sms(self):
        """Open the campaign's SMS."""
        return self._segmentation_mailings_action(
            "mass_mailing_sms.mailing_mailing_action_sms", "sms"
        )

    def _segmentation_mailings_action(self, xml_id, mailing_type):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {
            **action,
            "domain": [
                ("campaign_id", "=", self.id),
                ("mailing_type", "=", mailing_type),
            ],
            "context": {
                "default_campaign_id": self.id,
                "default_mailing_type": mailing_type,
            },
        }

    def action_segmentation_prepare_email(self):
        """Open the draft e-mails to the audience; write those that are missing."""
        self.ensure_one()
        self._check_segmentation_message()
        if not self.env.user.email:
            raise UserError(
                self.env._(
                    "You have no e-mail address to write from: set one in your"
                    " preferences."
                )
            )
        return self._segmentation_open(
            self._segmentation_prepare("mail"), self.env._("E-mail to the Audience")
        )

    def action_segmentation_prepare_sms(self):
        """Open the draft SMS to the audience; write those that are missing."""
        self.ensure_one()
        self._check_segmentation_message()
        return self._segmentation_open(
            self._segmentation_prepare("sms"), self.env._("SMS to the Audience")
        )

    def _check_segmentation_message(self):
        """Only marketing writes to an audience, and only once there is one."""
        self._check_segmentation_marketing()
        if self.segmentation_state != "launched":
            raise UserError(
                self.env._("Launch the campaign first: then it has an audience.")
            )

    def _segmentation_open(self, mailings, name):
        """Return the action that opens one message, or the list of several."""
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "mailing.mailing",
            "context": {
                "default_mailing_type": mailings[0].mailing_type,
                "segmentation_languages": True,
            },
        }
        if len(mailings) == 1:
            return {**action, "res_id": mailings.id, "views": [(False, "form")]}
        return {
            **action,
            "domain": [("id", "in", mailings.ids)],
            "views": [(False, "list"), (False, "form")],
        }

    # -- Preparing

    def _segmentation_prepare(self, mailing_type):
        """Return the drafts to the audience, one a language; make those missing."""
        self._segmentation_lock()
        drafts = self.env["mailing.mailing"].search(
            self._segmentation_drafts_domain(mailing_type)
        )
        if drafts.filtered(lambda draft: not draft.segmentation_lang):
            return drafts
        codes = self._segmentation_languages()
        for code in codes:
            if code not in drafts.mapped("segmentation_lang"):
                values = self.with_context(lang=code)._segmentation_message_values(
                    mailing_type
                )
                values["segmentation_lang"] = len(codes) > 1 and code
                drafts += self.env["mailing.mailing"].create(values)
        return drafts

    def _segmentation_drafts_domain(self, mailing_type):
        """The messages to the whole audience that are still to be sent."""
        return Domain(
            [
                ("campaign_id", "=", self.id),
                ("mailing_type", "=", mailing_type),
                ("mailing_domain", "=", repr(self._segmentation_mailing_domain())),
                ("state", "=", "draft"),
            ]
        )

    def _segmentation_languages(self):
        """Return the codes of the languages to write in, that of most people first.

        Who speaks none that is installed is written to in the company's.
        """
        recipients = self.env["res.partner"].with_context(active_test=False)
        counts = recipients._read_group(
            recipients._segmentation_recipients(Domain("campaign_id", "=", self.id)),
            ["lang"],
            ["__count"],
        )
        installed = dict(self.env["res.lang"].get_installed())
        people = {}
        for code, count in counts:
            code = code if code in installed else self._segmentation_language()
            people[code] = people.get(code, 0) + count
        return sorted(people, key=lambda code: (-people[code], code)) or [
            self._segmentation_language()
        ]

    def _segmentation_language(self):
        """The language of the campaign's company."""
        return self.segmentation_company_id.sudo().partner_id.lang or self.env.lang

    def _segmentation_mailing_domain(self):
        """A literal domain that finds the audience to contact, and nobody else."""
        return [("segmentation_campaign_ids", "in", self.ids)]

    def _segmentation_line_domain(self):
        """The lines of positions that the campaign's figures are made of."""
        harvest = self.segmentation_harvest_id.sudo()
        domain = Domain("company_id", "=", self.segmentation_company_id.id) & Domain(
            "harvest_id", "in", harvest._window(self.segmentation_window).ids
        )
        if units := self.segmentation_unit_ids:
            domain &= Domain("unit_id", "in", units.ids)
        if zones := self.segmentation_zone_ids:
            domain &= Domain("zone_id", "child_of", zones.ids)
        return domain & Domain("unit_id", "!=", False)

    # -- The text

    def _segmentation_message_values(self, mailing_type):
        """Values of a message to the audience, in the language of the context."""
        values = {
            "mailing_type": mailing_type,
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr(self._segmentation_mailing_domain()),
            "campaign_id": self.id,
            "user_id": self.env.uid,
            "subject": self._segmentation_subject(),
        }
        if mailing_type == "sms":
            text = self._segmentation_render("sms", self._segmentation_sms_placeholder)
            text = " ".join(text.unescape().split())
            return {
                **values,
                "subject": self.title,
                "body_plaintext": text,
                "sms_allow_unsubscribe": True,
            }
        body = self.env["ir.qweb"]._render(
            "agro_segmentation.campaign_mailing_body",
            {
                "campaign": self,
                "company": self.segmentation_company_id,
                "placeholder": self._segmentation_placeholder,
                "text": self._segmentation_render(
                    "mailing", self._segmentation_placeholder
                ),
            },
        )
        return {**values, "body_arch": body, "body_html": body}

    def _segmentation_render(self, channel, placeholder):
        """Return the text to start from on a channel (``mailing``, ``sms``…).

        It is the template ``campaign_<channel>_<name>`` of the first name that has one.

        :param placeholder: function of a text's name that returns how to write it
        """
        for name in self._segmentation_text_names():
            template = f"agro_segmentation.campaign_{channel}_{name}"
            if self.env.ref(template, raise_if_not_found=False):
                values = {
                    "campaign": self,
                    "company": self.segmentation_company_id,
                    "placeholder": placeholder,
                }
                return self.env["ir.qweb"]._render(template, values)
        return Markup()

    def _segmentation_text_names(self):
        """Names under which texts for this campaign may stand, the best one first."""
        return [self.segmentation_strategy, "other"]

    def _segmentation_subject(self):
        """A subject to start from, which names the recipient."""
        subjects = self._segmentation_subjects()
        name = next(
            name for name in self._segmentation_text_names() if name in subjects
        )
        return subjects[name] % self._segmentation_sms_placeholder("name")

    def _segmentation_subjects(self):
        """Return {name of a text: its subject, with a place for the recipient}."""
        return {
            "retention": self.env._("%s, thank you for another harvest"),
            "investment": self.env._("%s, our offer for your next harvest"),
            "revision": self.env._("%s, is our record of your land right?"),
            "other": self.env._("%s, news for your harvest"),
        }

    def _segmentation_placeholder(self, name):
        """Return the placeholder of a text, with its fallback, for an e-mail's body."""
        path, fallback = self._segmentation_path(name)
        return Markup('<t t-out="object.%s">%s</t>') % (path, fallback)

    def _segmentation_sms_placeholder(self, name):
        """Return the placeholder of a text, with its fallback, for plain text."""
        path, fallback = self._segmentation_path(name)
        return Markup("{{object.%s ||| %s}}") % (Markup(path), Markup(fallback))

    def _segmentation_path(self, name):
        """Return where a text stands below the contact, and its fallback."""
        fallback = self.env["res.partner"]._segmentation_fallbacks()[name]
        return name if name == "name" else f"segmentation_campaign_{name}", fallback
