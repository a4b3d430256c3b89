from odoo.tests import new_test_user

from ..position.common import PositionCommon

GROUP = "agro_segmentation.group_segmentation_"


class TimelineCommon(PositionCommon):
    """A customer with a buyer and one who left, and two salespeople."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.seller = cls._user("seller", "sales_team.group_sale_salesman")
        cls.rival = cls._user("rival", "sales_team.group_sale_salesman")
        cls.marketer = cls._user("marketer", f"{GROUP}marketing")
        cls.buyer, cls.gone = cls.env["res.partner"].create(
            [
                {"name": "Buyer", "parent_id": cls.farmer.id, "email": "b@example.com"},
                {"name": "Gone", "parent_id": cls.farmer.id, "active": False},
            ]
        )

    @classmethod
    def _user(cls, login, groups):
        return new_test_user(
            cls.env,
            login,
            f"{GROUP}user,{groups}",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def _message(cls, record, date, **values):
        """Return a message on a record, by default an e-mail of the buyer."""
        return (
            cls.env["mail.message"]
            .sudo()
            .create(
                {
                    "model": record._name,
                    "res_id": record.id,
                    "date": date,
                    "message_type": "email",
                    "author_id": cls.buyer.id,
                    "body": "<p>Hello</p>",
                    **values,
                }
            )
        )

    @classmethod
    def _sent(cls, record, date, kind="email", to=None, **values):
        """Return a message of the seller that was sent to the buyer."""
        message = cls._message(
            record,
            date,
            message_type="sms" if kind == "sms" else "comment",
            author_id=cls.seller.partner_id.id,
            **values,
        )
        cls.env["mail.notification"].sudo().create(
            {
                "mail_message_id": message.id,
                "res_partner_id": (to or cls.buyer).id,
                "notification_type": kind,
                "notification_status": "sent",
            }
        )
        return message

    @classmethod
    def _done(cls, record, date, activity_type, feedback="It went well"):
        """Return the message that a done activity leaves."""
        return cls._message(
            record,
            date,
            message_type="notification",
            author_id=cls.seller.partner_id.id,
            mail_activity_type_id=cls.env.ref(activity_type).id,
            body=f"<p>{feedback}</p>",
        )

    @classmethod
    def _lead(cls, partner, user, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Sprayer",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": user.id,
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def _meeting(cls, partner, start, **values):
        return (
            cls.env["calendar.event"]
            .sudo()
            .with_context(dont_notify=True, mail_notrack=True)
            .create(
                {
                    "name": "Field day",
                    "start": start,
                    "stop": start,
                    "user_id": cls.seller.id,
                    "partner_ids": [
                        (6, 0, (partner | cls.seller.partner_id).ids),
                    ],
                    **values,
                }
            )
        )

    def _events(self, user=None, partner=None, **arguments):
        timeline = self.env["segmentation.timeline"].with_user(user or self.env.user)
        partner = partner or self.farmer
        return timeline.with_context(allowed_company_ids=self.company.ids).get_events(
            partner.id, **arguments
        )

    def _kinds_of(self, user=None, **arguments):
        return [event["kind"] for event in self._events(user, **arguments)["events"]]
