from datetime import date

from freezegun import freeze_time

from odoo import Command
from odoo.tools import html2plaintext

from .common import CampaignCommon

#: a Monday, and the Friday after it
MONDAY, FRIDAY = date(2030, 5, 6), date(2030, 5, 10)


class ChannelCommon(CampaignCommon):
    """A launched campaign; rosa and jorge look after customers, marketing asks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(freeze_time("2030-05-06 14:00"))
        cls.rosa = cls._user("rosa.t", "group_segmentation_user")
        cls.jorge = cls._user("jorge.t", "group_segmentation_user")
        (cls.rosa | cls.jorge).group_ids = [
            Command.link(cls.env.ref("sales_team.group_sale_salesman").id)
        ]
        # the smallest gap first: who comes first must not hang on ids
        cls.nobodys = cls._grower("Nobodys", 2000, cls.env["res.users"])
        cls.small = cls._grower("Small", 3000, cls.rosa)
        cls.middle = cls._grower("Middle", 6000, cls.jorge)
        cls.large = cls._grower("Large", 9000, cls.rosa)
        cls.campaign = cls._launch("all").with_user(cls.marketing)

    @classmethod
    def _grower(cls, name, potential, user, **values):
        """A customer with a phone, whose gap is its potential less 1000."""
        cls.phones = getattr(cls, "phones", 0) + 1
        phone = f"+591 7000 {cls.phones:04}"
        values = {"phone": phone, "user_id": user.id, **values}
        return cls._buyer(name, 1000, potential, **values)

    @classmethod
    def _ask(cls, channel, campaign=None, **values):
        """The wizard, as marketing has filled it in."""
        campaign = campaign or cls.campaign
        wizard = cls.env["segmentation.outreach.wizard"].with_user(cls.marketing)
        return wizard.with_context(
            default_campaign_id=campaign.id, default_channel=channel
        ).create(values)

    @classmethod
    def _plan(cls, **values):
        """Plan calls; return them."""
        values = {"date_start": MONDAY, "date_end": FRIDAY, **values}
        wizard = cls._ask("call", **values)
        wizard.action_apply()
        return cls._touches("call", wizard.campaign_id)

    @classmethod
    def _offer(cls, **values):
        """Make opportunities; return them."""
        wizard = cls._ask("opportunity", **values)
        wizard.action_apply()
        return cls._touches("opportunity", wizard.campaign_id)

    @classmethod
    def _touches(cls, channel, campaign=None):
        return cls.env["segmentation.touch"].search(
            [
                ("campaign_id", "=", (campaign or cls.campaign).id),
                ("channel", "=", channel),
            ],
            order="id",
        )

    def _notices(self):
        """Return what people were told since :meth:`setUp`, {(whom, text)}."""
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("id", ">", self.last_message_id),
                    ("message_type", "=", "user_notification"),
                ]
            )
        )
        return {(m.partner_ids, html2plaintext(m.body)) for m in messages}

    def setUp(self):
        super().setUp()
        messages = self.env["mail.message"].sudo()
        self.last_message_id = messages.search([], order="id desc", limit=1).id

    def _row(self, partner):
        return self.campaign.sudo().audience_ids.filtered(
            lambda row: row.partner_id == partner
        )

    def _cost(self, channel, count):
        """Return how many queries it takes to ask for so many customers.

        Twice: the first time fills caches of the registry.
        """
        for attempt in range(2):
            hectares = 100 + 10 * count + attempt
            for n in range(count):
                self._grower(f"Farm {hectares} {n}", hectares, self.rosa)
            campaign = self._launch(
                "free",
                ((hectares, hectares), None),
                hold_out_proposed=False,
                hold_out=0,
            )
            wizard = self._ask(channel, campaign, per_day=count)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            wizard.action_apply()
            self.env.flush_all()
            queries = self.env.cr.sql_log_count - before
            self.assertEqual(len(self._touches(channel, campaign)), count)
        return queries
