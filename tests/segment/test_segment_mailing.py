from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from odoo.addons.mass_mailing.tests.common import MassMailCase
from odoo.addons.mass_mailing_sms.tests.common import MassSMSCase

from ...models.common.groups import MAILING
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentMailing(SegmentCommon, MassMailCase, MassSMSCase):
    """An e-mail or SMS goes to the members, whoever they are when it is sent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mia.email = "mia@example.com"
        cls.ana, cls.bruno, cls.carla, cls.david = cls.env["res.partner"].create(
            [
                {
                    "name": name,
                    "city": city,
                    "email": f"{name.lower()}@example.com",
                    "phone": phone,
                    "country_id": cls.env.ref("base.bo").id,
                }
                for name, city, phone in (
                    ("Ana", "Montero", "+591 71234561"),
                    ("Bruno", "Montero", "+591 71234562"),
                    ("Carla", "Montero", "+591 71234563"),
                    ("David", "Warnes", "+591 71234564"),
                )
            ]
        )
        cls.env["mail.blacklist"]._add(cls.carla.email)
        cls.env["phone.blacklist"]._add([cls.carla.phone_sanitized])
        cls.segment = cls._segment([("city", "=", "Montero")], name="Montero")

    def _mailing(self, action, **values):
        """Return the mailing that marketing saves from what the button opens."""
        mailings = self.env["mailing.mailing"].with_user(self.mia)
        with Form(mailings.with_context(**action["context"])) as form:
            for name, value in (values or {"subject": "News"}).items():
                form[name] = value
        return form.save()

    def _send(self, mailing):
        with self.mock_mail_gateway():
            mailing.action_send_mail()
        return self._new_mails

    def _fates(self, mailing):
        """Return {name: why nothing was sent, or False} by the mailing's traces."""
        partners = self.env["res.partner"]
        return {
            partners.browse(trace.res_id).name: trace.failure_type
            for trace in mailing.mailing_trace_ids
        }

    def test_email_goes_to_the_members_less_blacklisted(self):
        mailing = self._mailing(self.segment.action_send_email())
        self.assertEqual(mailing.mailing_model_real, "res.partner")
        self.assertEqual(
            mailing.mailing_domain,
            f"[('segmentation_segment_ids', 'in', [{self.segment.id}])]",
        )
        self._send(mailing)
        fates = {"Ana": False, "Bruno": False, "Carla": "mail_bl"}
        self.assertEqual(self._fates(mailing), fates)

    def test_sms_goes_to_the_members_less_blacklisted(self):
        action = self.segment.action_send_sms()
        mailing = self._mailing(action, sms_subject="News", body_plaintext="News")
        self.assertEqual(mailing.mailing_type, "sms")
        with self.mockSMSGateway():
            mailing.action_send_sms()
        fates = {"Ana": False, "Bruno": False, "Carla": "sms_blacklist"}
        self.assertEqual(self._fates(mailing), fates)

    def test_who_unsubscribed_from_a_mailing_stays_out_of_the_next(self):
        self._send(self._mailing(self.segment.action_send_email()))
        self.env["mail.blacklist"]._add(self.ana.email, message="Unsubscribed")
        mailing = self._mailing(self.segment.action_send_email())
        self._send(mailing)
        self.assertEqual(self._fates(mailing)["Ana"], "mail_bl")

    def test_members_at_the_moment_of_sending(self):
        mailing = self._mailing(self.segment.action_send_email())
        self.ana.city = "Warnes"
        self.david.city = "Montero"
        self._follow()
        self._send(mailing)
        fates = {"Bruno": False, "Carla": "mail_bl", "David": False}
        self.assertEqual(self._fates(mailing), fates)

    def test_a_colleague_without_rights_on_segments_sends_it(self):
        """Others finish and send what marketing has prepared."""
        mailing = self._mailing(self.segment.action_send_email())
        colleague = self._person(
            "colleague",
            f"base.group_user,{MAILING}",
            email="colleague@example.com",
        )
        mailing = mailing.with_user(colleague)
        mailing.subject = "Better news"
        self._send(mailing)
        fates = {"Ana": False, "Bruno": False, "Carla": "mail_bl"}
        self.assertEqual(self._fates(mailing), fates)

    def test_the_queue_sends_it(self):
        mailing = self._mailing(self.segment.action_send_email())
        mailing.action_put_in_queue()
        with self.enter_registry_test_mode(), self.mock_mail_gateway():
            self.env.ref(
                "mass_mailing.ir_cron_mass_mailing_queue"
            ).sudo().method_direct_trigger()
        fates = {"Ana": False, "Bruno": False, "Carla": "mail_bl"}
        self.assertEqual(self._fates(mailing), fates)

    def test_nobody_else_may_write_to_a_segment(self):
        salesman = self._person("salesman_mailing")
        with self.assertRaises(AccessError):
            self.segment.with_user(salesman).action_send_email()
