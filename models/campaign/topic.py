from odoo import api, fields, models

from ..common.groups import USER


class SegmentationTopic(models.Model):
    """A kind of message, which people may opt out of without losing the others."""

    _name = "segmentation.topic"
    _description = "Message Topic"
    _order = "sequence, name, id"

    name = fields.Char(
        required=True,
        translate=True,
        help="What people read when they choose what they want to receive.",
    )
    description = fields.Char(
        translate=True, help="One line below the name, on the unsubscribe page."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_public = fields.Boolean(
        string="On Unsubscribe Page",
        default=True,
        help="Offered on the unsubscribe page of every message. If not, only on that "
        "of its own messages.",
    )
    is_service = fields.Boolean(
        string="Service Messages",
        help="Messages that customers need, such as a recall: they go out though the "
        "contact cap is reached, and do not count towards it. Opt-outs and the "
        "blacklist hold for them too.",
    )
    company_id = fields.Many2one("res.company", index="btree_not_null")
    opt_out_ids = fields.One2many(
        "segmentation.opt.out",
        "topic_id",
        string="Who Opted Out",
        groups=USER,
    )
    opt_out_count = fields.Integer(
        string="Opt-outs",
        compute="_compute_opt_out_count",
        groups=USER,
    )

    @api.depends("opt_out_ids")
    def _compute_opt_out_count(self):
        counts = dict(
            self.env["segmentation.opt.out"]
            .sudo()
            ._read_group([("topic_id", "in", self.ids)], ["topic_id"], ["__count"])
        )
        for topic in self:
            topic.opt_out_count = counts.get(topic._origin, 0)

    @api.readonly
    def action_opt_outs(self):
        """Open who opted out of the topic."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_opt_out_action"
        )
        return {**action, "domain": [("topic_id", "=", self.id)]}

    @api.model
    def _default_topic(self):
        """Return the topic that campaigns start with; none if it was deleted."""
        topic = self.env.ref("agro_segmentation.topic_news", raise_if_not_found=False)
        return topic if topic and topic.sudo().active else self.browse()

    @api.model
    def _offered(self, company, own):
        """Return what to offer on the unsubscribe page of a message.

        :param company: of the message; topics of other companies are not offered
        :param own: the message's own topic, offered first, public or not
        """
        public = self.search(
            [
                ("is_public", "=", True),
                ("company_id", "in", [False, *company.ids]),
                ("id", "not in", own.ids),
            ]
        )
        return own | public


class SegmentationCampaignCriteria(models.AbstractModel):
    """A campaign says what kind of message it sends."""

    _name = "segmentation.campaign.criteria"
    _inherit = "segmentation.campaign.criteria"

    segmentation_topic_id = fields.Many2one(
        "segmentation.topic",
        string="Topic",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('company_id', 'in', [False, segmentation_company_id])]",
        help="What kind of message this is. Who opted out of it gets none, and who "
        "unsubscribes opts out of it. Empty: unsubscribing means the blacklist.",
    )

    @api.model
    def _segmentation_default_criteria(self):
        topic = self.env["segmentation.topic"]._default_topic()
        return {
            **super()._segmentation_default_criteria(),
            "segmentation_topic_id": topic.id,
        }

    def _segmentation_company_problem(self):
        """A topic of another company too."""
        topic, company = self.segmentation_topic_id, self.segmentation_company_id
        if not topic.company_id or topic.company_id == company:
            return super()._segmentation_company_problem()
        return self.env._(
            "The topic “%(topic)s” belongs to %(other)s, the campaign to %(company)s:"
            " choose another topic.",
            topic=topic.name,
            other=topic.company_id.display_name,
            company=company.display_name,
        )


class MailingMailing(models.Model):
    """A message has the topic of its campaign, unless it is given another."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    segmentation_topic_id = fields.Many2one(
        "segmentation.topic",
        string="Topic",
        compute="_compute_segmentation_topic_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="restrict",
        help="What kind of message this is. Who opted out of it gets none, and who "
        "unsubscribes opts out of it. Empty: unsubscribing means the blacklist.",
    )

    @api.depends("campaign_id")
    def _compute_segmentation_topic_id(self):
        for mailing in self:
            mailing.segmentation_topic_id = (
                mailing.campaign_id.segmentation_topic_id
                or mailing.segmentation_topic_id
            )

    def _segmentation_company(self):
        """Return the company that the message comes from, as far as it says so."""
        return self.campaign_id.segmentation_company_id or self.env.company
