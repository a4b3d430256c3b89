from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL, email_normalize

from ..common.groups import USER


class SegmentationOptOut(models.Model):
    """Somebody who wants no messages of a topic, by whatever channel.

    It is kept by contact and by address: it holds for whoever has the address, and for
    the contact when its address changes. No list and no import can undo it; only the
    person, or marketing on the person's word.
    """

    _name = "segmentation.opt.out"
    _description = "Opt-out"
    _inherit = ["segmentation.merge"]
    _order = "date desc, id desc"
    _rec_name = "topic_id"

    topic_id = fields.Many2one(
        "segmentation.topic", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="topic_id.company_id", related_sudo=True)
    partner_id = fields.Many2one(
        "res.partner", string="Contact", index="btree_not_null", ondelete="set null"
    )
    email = fields.Char(string="E-mail", index="btree_not_null", readonly=True)
    phone = fields.Char(index="btree_not_null", readonly=True)
    date = fields.Datetime(
        required=True, readonly=True, default=lambda self: self.env.cr.now()
    )
    origin = fields.Selection(
        [
            ("page", "Unsubscribe page"),
            ("one_click", "Unsubscribe button of the mail program"),
            ("sms", "Stop link of an SMS"),
            ("hand", "By hand"),
        ],
        required=True,
        readonly=True,
        default="hand",
    )
    mailing_id = fields.Many2one(
        "mailing.mailing",
        string="Message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The message that the person unsubscribed from.",
    )
    user_id = fields.Many2one(
        "res.users", string="Entered by", readonly=True, ondelete="set null"
    )
    reason = fields.Char(help="What the person said.")

    _person_uniq = models.UniqueIndex(
        "(topic_id, COALESCE(partner_id, 0), COALESCE(email, ''), COALESCE(phone, ''))",
        "This contact has already opted out of this topic.",
    )

    # -- By hand

    @api.model_create_multi
    def create(self, vals_list):
        """Keep the contact's addresses too, and who entered it."""
        ids = [vals["partner_id"] for vals in vals_list if vals.get("partner_id")]
        opt_outs = super().create([self._by_hand(vals, ids) for vals in vals_list])
        opt_outs._note(lambda topic: self.env._("Opted out of “%s”.", topic))
        return opt_outs

    @api.model
    def _by_hand(self, vals, partner_ids):
        """Return the values with the addresses that the contact has now.

        Opt-outs that another system kept may be imported by address alone.

        :param partner_ids: the contacts of all values, read together
        """
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        partner = partner.with_prefetch(partner_ids)
        known = {
            "email": email_normalize(partner.email, strict=False)
            or self._normal_email(vals),
            "phone": partner.phone_sanitized or self._normal_phone(vals, partner),
        }
        if not partner and not any(known.values()):
            raise ValidationError(
                self.env._("Choose the contact that does not want these messages.")
            )
        return {
            **vals,
            **known,
            "origin": "hand",
            "user_id": self.env.uid,
            "date": self.env.cr.now(),
        }

    @api.model
    def _normal_email(self, vals):
        """Return the e-mail of values as contacts' are compared; False without one."""
        email = vals.get("email")
        normal = email_normalize(email, strict=False)
        if email and not normal:
            raise ValidationError(self.env._("“%s” is no e-mail address.", email))
        return normal

    @api.model
    def _normal_phone(self, vals, partner):
        """Return the number of values as contacts' are compared; False without one.

        Without a country code, it is one of the contact's country, else the company's.
        """
        number = vals.get("phone")
        topic = self.env["segmentation.topic"].browse(vals.get("topic_id")).sudo()
        normal = bool(number) and partner.with_company(topic.company_id)._phone_format(
            number=number
        )
        if number and not normal:
            raise ValidationError(
                self.env._(
                    "“%s” is no phone number of its country: begin it with + and the"
                    " country code.",
                    number,
                )
            )
        return normal

    def unlink(self):
        """Say on the contact that it wants the messages again."""
        if not self.env.context.get("segmentation_merging"):
            self._note(lambda topic: self.env._("Wants “%s” again.", topic))
        return super().unlink()

    def _note(self, sentence):
        """Tell it in the contacts' chatters, where whoever does it may not write.

        :param sentence: a function that makes the sentence from the topic's name
        """
        lines = {}
        for opt_out in self.sudo():
            if opt_out.partner_id:
                said = lines.setdefault(opt_out.partner_id.id, [])
                said.append(sentence(opt_out.topic_id.name))
        self.env["res.partner"].sudo().browse(lines)._message_log_batch(
            bodies={id_: Markup("<br/>").join(said) for id_, said in lines.items()}
        )

    # -- By the person

    @api.model
    def _opt_out(self, topics, origin, mailing=None, **person):
        """Opt a person out of topics; who is out already stays so.

        :param person: ``email`` (normalised), ``phone`` (sanitised), ``partner``
        """
        new = topics - self._topics_out(**person)
        partner = person.get("partner")
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO segmentation_opt_out (
                    topic_id, partner_id, email, phone, date, origin, mailing_id,
                    create_uid, write_uid, create_date, write_date)
                SELECT topic, %(partner)s::int, %(email)s, %(phone)s, %(now)s,
                       %(origin)s, %(mailing)s::int, %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM UNNEST(%(topics)s::int[]) topic
                ON CONFLICT DO NOTHING
             RETURNING id""",
                topics=new.ids,
                partner=partner.id if partner else None,
                email=person.get("email") or None,
                phone=person.get("phone") or None,
                now=self.env.cr.now(),
                origin=origin,
                mailing=mailing.id if mailing else None,
                uid=self.env.uid,
            )
        )
        self.invalidate_model()
        topics.invalidate_recordset(["opt_out_ids", "opt_out_count"])
        opt_outs = self.browse(id_ for [id_] in rows)
        opt_outs._note(lambda topic: self.env._("Opted out of “%s”.", topic))

    @api.model
    def _opt_in(self, topics, **person):
        """Let a person have the messages of topics again."""
        self._of(**person).filtered(lambda row: row.topic_id in topics).unlink()

    @api.model
    def _topics_out(self, **person):
        """Return the topics that a person opted out of."""
        return self._of(**person).topic_id

    @api.model
    def _of(self, email=None, phone=None, partner=None):
        """Return the opt-outs of a person, known by any of these."""
        wanted = {
            "email": email,
            "phone": phone,
            "partner_id": partner.id if partner else None,
        }
        domain = fields.Domain.OR(
            fields.Domain(name, "=", value) for name, value in wanted.items() if value
        )
        return self.search(domain)

    # -- Contacts that go

    @api.model
    def _drop_repeated(self, partners):
        """Delete, of contacts that will be gone, what says nothing new without them.

        Another row says the same of the same addresses, or there are none.
        """
        self.flush_model()
        self.env.execute_query(
            SQL(
                """
                DELETE FROM segmentation_opt_out gone
                 WHERE partner_id = ANY(%(ids)s)
                   AND (COALESCE(email, phone) IS NULL
                        OR EXISTS (
                           SELECT
                             FROM segmentation_opt_out other
                            WHERE topic_id = gone.topic_id
                              AND COALESCE(partner_id, 0) = ANY(%(ids_or_none)s)
                              AND COALESCE(email, '') = COALESCE(gone.email, '')
                              AND COALESCE(phone, '') = COALESCE(gone.phone, '')
                              AND (partner_id IS NULL OR id < gone.id)))
                """,
                ids=partners.ids,
                ids_or_none=[0, *partners.ids],
            )
        )
        self.invalidate_model()

    @api.model
    def _merge_partners(self, sources, destination):
        """Keep one of those that would say the same of the contact that stays."""
        family = self.search([("partner_id", "in", (sources | destination).ids)])
        seen = set()
        for opt_out in family.sorted("id"):
            said = (opt_out.topic_id, opt_out.email, opt_out.phone)
            if said in seen:
                opt_out.with_context(segmentation_merging=True).unlink()
            seen.add(said)
        return super()._merge_partners(sources, destination)


class UtmCampaign(models.Model):
    _name = "utm.campaign"
    _inherit = "utm.campaign"

    def _segmentation_exclusion_models(self):
        return [*super()._segmentation_exclusion_models(), "segmentation.opt.out"]

    def _segmentation_excluded_opted_out(self, channel, mailing):
        """Wants no messages of this topic, or the customer as a whole does not."""
        topic = (mailing or self).segmentation_topic_id
        if not topic:
            return super()._segmentation_excluded_opted_out(channel, mailing)
        return SQL(
            "(%s OR audience.partner_id IN %s)",
            topic._segmentation_is_out(
                SQL("recipient.id"),
                SQL("recipient.email_normalized"),
                SQL("recipient.phone_sanitized"),
            ),
            topic._segmentation_out("partner_id"),
        )


class SegmentationCampaignCriteria(models.AbstractModel):
    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    def _segmentation_opted_out(self):
        """Say before the launch already who wants no such messages."""
        topic = self.segmentation_topic_id._origin
        if not topic:
            return super()._segmentation_opted_out()
        self.env["segmentation.opt.out"].flush_model()
        return SQL(
            "(%s OR fated.partner_id IN %s)",
            topic._segmentation_is_out(
                SQL("recipient.id"),
                SQL("recipient.email"),
                SQL("recipient.phone_sanitized"),
            ),
            topic._segmentation_out("partner_id"),
        )


class SegmentationTopic(models.Model):
    _name = "segmentation.topic"
    _inherit = "segmentation.topic"

    def _segmentation_is_out(self, contact, email, phone):
        """SQL condition: a contact, or somebody at its addresses, opted out.

        :param contact: SQL of its id; likewise its normalised e-mail and phone
        """
        columns = {"partner_id": contact, "email": email, "phone": phone}
        return SQL(
            "(%s)",
            SQL(" OR ").join(
                SQL("%s IN %s", value, self._segmentation_out(column))
                for column, value in columns.items()
            ),
        )

    def _segmentation_out(self, column):
        """Return a SELECT, in parentheses, of one column of the opt-outs."""
        return SQL(
            """(SELECT %(column)s FROM segmentation_opt_out
                 WHERE topic_id = %(topic)s AND %(column)s IS NOT NULL)""",
            column=SQL.identifier(column),
            topic=self.id,
        )


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = "res.partner"

    segmentation_opt_out_ids = fields.One2many(
        "segmentation.opt.out",
        "partner_id",
        string="Opt-outs",
        groups=USER,
        help="Kinds of messages that the contact does not want.",
    )

    def unlink(self):
        """Let what people opted out of stay, by their addresses."""
        self.env["segmentation.opt.out"]._drop_repeated(self)
        return super().unlink()
