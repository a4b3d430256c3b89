from importlib import import_module
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .respect import RespectCommon


@tagged("post_install", "-at_install")
class TestRespect(RespectCommon):
    """Nobody held out, black-listed, opted out or over the cap gets anything."""

    # -- Whom a message of ours is for

    def test_every_contact_in_the_domain_but_only_the_audience_gets_it(self):
        outsider = self._buyer("Outsider")
        mailing = self._mailing()
        self.assertEqual(mailing.mailing_domain, "[]")
        self.assertEqual(set(mailing._get_recipients()), set(self.buyers.ids))
        self.assertEqual(self._send(mailing), ["Ana", "Berta", "Carla", "Dora"])
        self.assertNotIn(outsider.id, mailing.mailing_trace_ids.mapped("res_id"))

    def test_its_campaign_is_not_deleted_for_then_everybody_would_get_it(self):
        outsider = self._buyer("Outsider")
        mailing = self._mailing()
        mailing.action_put_in_queue()
        mailer = self._mailer()
        campaign = self.campaign.with_user(mailer)
        with self.assertRefused("all is launched: .* Archive it instead"):
            campaign.unlink()
        campaign.action_archive()
        self.assertNotIn(outsider.id, mailing._get_recipients())
        self.assertEqual(set(mailing._get_recipients()), set(self.buyers.ids))

    def test_its_campaign_is_not_taken_off_while_it_is_to_leave(self):
        mailing = self._mailing().with_user(self.marketing)
        other = self.env["utm.campaign"].create({"title": "Other"})
        mailing.action_put_in_queue()
        for campaign in (other.id, False):
            with self.assertRefused("to be sent for all: cancel the sending before"):
                mailing.campaign_id = campaign
        mailing.campaign_id = self.campaign
        self.assertEqual(mailing.state, "in_queue")
        mailing.action_cancel()
        mailing.campaign_id = other
        self.assertEqual(mailing.campaign_id, other)

    def test_a_draft_may_be_deleted(self):
        wizard = self._wizard()
        wizard.action_save_draft()
        draft = wizard.campaign_id
        draft.with_user(self._mailer()).unlink()
        self.assertFalse(draft.exists())

    def _mailer(self):
        return new_test_user(
            self.env,
            login="mailer",
            groups="base.group_user,mass_mailing.group_mass_mailing_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )

    def test_its_own_domain_holds_too(self):
        mailing = self._mailing(mailing_domain=repr([("name", "=", "Ana")]))
        self.assertEqual(self._send(mailing), ["Ana"])

    def test_ids_that_a_program_names(self):
        outsider = self._buyer("Outsider")
        self._row(self.ana).group = "hold_out"
        ids = (outsider | self.ana | self.berta).ids
        mailing = self._mailing()
        self.assertEqual(self._send(mailing, ids), ["Berta"])
        self.assertEqual(mailing.mailing_trace_ids.mapped("res_id"), self.berta.ids)
        self.assertEqual(
            self._send_sms(self._sms_mailing(), ids), self._numbers(self.berta)
        )

    def test_held_out_leave_no_trace(self):
        self._row(self.ana).group = "hold_out"
        mailing = self._mailing()
        self.assertNotIn("Ana", self._send(mailing))
        self.assertNotIn(self.ana.id, mailing.mailing_trace_ids.mapped("res_id"))
        sms = self._sms_mailing()
        self.assertNotIn(self.ana.phone_sanitized, self._send_sms(sms))
        self.assertNotIn(self.ana.id, sms.mailing_trace_ids.mapped("res_id"))

    def test_held_out_under_a_shared_address(self):
        self._row(self.ana).group = "hold_out"
        self.berta.write({"email": "ANA@example.com", "phone": self.ana.phone})
        self.assertEqual(self._send(self._mailing()), ["Carla", "Dora"])
        self.assertEqual(
            self._send_sms(self._sms_mailing()), self._numbers(self.carla, self.dora)
        )

    def test_held_out_as_second_address_of_somebody_else(self):
        self._row(self.ana).group = "hold_out"
        self.berta.email = "berta@example.com, ana@example.com"
        self.assertEqual(self._send(self._mailing()), ["Berta", "Carla", "Dora"])

    def test_other_messages_are_none_of_our_business(self):
        stock = self.env["utm.campaign"].create({"title": "Stock"})
        mailing = self._mailing(stock, mailing_domain=repr([("name", "=", "Ana")]))
        self._row(self.ana).group = "hold_out"
        self.assertEqual(self._send(mailing), ["Ana"])

    # -- Black list, opt-out, addresses: the traces say so

    def test_traces_say_why(self):
        self.env["mail.blacklist"]._add(self.ana.email)
        self._opt_out(self.berta)
        self.carla.email = "dora@example.com"
        eva = self._buyer("Eva", 1000, email=False)
        fay = self._buyer("Fay", 1000, email="fay")
        self.campaign = self._launch("all")
        mailing = self._mailing()
        self.assertEqual(len(self._send(mailing)), 1)
        self.assertEqual(
            self._failures(mailing),
            {
                "Ana": "mail_bl",
                "Berta": "mail_optout",
                "Dora": "mail_dup",
                eva.name: "mail_email_missing",
                fay.name: "mail_email_invalid",
            },
        )

    def test_traces_of_sms_say_why(self):
        self.env["phone.blacklist"]._add([self.ana.phone_sanitized])
        self._opt_out(self.berta)
        self.carla.phone = self.dora.phone
        eva = self._buyer("Eva", 1000, phone=False)
        fay = self._buyer("Fay", 1000, phone="12")
        self.campaign = self._launch("all")
        mailing = self._sms_mailing()
        self.assertEqual(self._send_sms(mailing), self._numbers(self.dora))
        self.assertEqual(
            self._failures(mailing),
            {
                "Ana": "sms_blacklist",
                "Berta": "sms_optout",
                "Dora": "sms_duplicate",
                eva.name: "sms_number_missing",
                fay.name: "sms_number_format",
            },
        )

    def test_one_message_to_an_address_though_each_text_is_its_own(self):
        self.berta.write({"email": "ANA@example.com", "phone": self.ana.phone})
        mailing = self._mailing()
        self.assertEqual(self._send(mailing), ["Ana", "Carla", "Dora"])
        self.assertEqual(self._failures(mailing), {"Berta": "mail_dup"})
        sms = self._sms_mailing(body_plaintext="Hello {{object.name}}")
        self.assertEqual(
            self._send_sms(sms), self._numbers(self.ana, self.carla, self.dora)
        )
        self.assertEqual(self._failures(sms), {"Berta": "sms_duplicate"})

    def test_black_list_wins_though_the_message_ignores_it(self):
        self.env["mail.blacklist"]._add(self.ana.email)
        self.env["phone.blacklist"]._add([self.ana.phone_sanitized])
        mailing = self._mailing(use_exclusion_list=False)
        self.assertNotIn("Ana", self._send(mailing))
        self.assertEqual(self._failures(mailing), {"Ana": "mail_bl"})
        sms = self._sms_mailing(use_exclusion_list=False)
        self.assertNotIn(self.ana.phone_sanitized, self._send_sms(sms))
        self.assertEqual(self._failures(sms), {"Ana": "sms_blacklist"})

    def test_black_list_wins_for_service_too(self):
        self.env["mail.blacklist"]._add(self.ana.email)
        mailing = self._mailing(segmentation_topic_id=self.service.id)
        self.assertNotIn("Ana", self._send(mailing))

    def test_opt_out_is_of_one_topic(self):
        self._opt_out(self.ana)
        self.assertNotIn("Ana", self._send(self._mailing()))
        mailing = self._mailing(segmentation_topic_id=self.service.id)
        self.assertIn("Ana", self._send(mailing))

    def test_opt_out_holds_on_every_channel(self):
        self.env["segmentation.opt.out"]._opt_out(
            self.topic, "page", email=self.ana.email_normalized, partner=self.ana
        )
        self.assertNotIn("Ana", self._send(self._mailing()))
        self.assertNotIn(self.ana.phone_sanitized, self._send_sms(self._sms_mailing()))

    def test_opt_out_survives_another_address(self):
        self._opt_out(self.ana)
        self.ana.write({"email": "new@example.com", "phone": "+591 70000009"})
        mailing = self._mailing()
        self._send(mailing)
        self.assertEqual(self._failures(mailing), {"Ana": "mail_optout"})

    def test_opt_out_holds_for_the_address_of_somebody_else(self):
        self._opt_out(self.ana)
        self.ana.email = "new@example.com"
        self.berta.email = "ana@example.com"
        mailing = self._mailing()
        self._send(mailing)
        self.assertEqual(
            self._failures(mailing), {"Ana": "mail_optout", "Berta": "mail_optout"}
        )

    def test_opt_out_of_the_customer_holds_for_its_contacts(self):
        person = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.ana.id, "email": "eva@example.com"}
        )
        self._opt_out(self.ana)
        self.ana.email = False
        self.campaign = self._launch("all")
        self.assertEqual(self._row(self.ana).recipient_id, person)
        mailing = self._mailing()
        self._send(mailing)
        self.assertEqual(self._failures(mailing), {"Eva": "mail_optout"})

    def test_opt_out_survives_every_refresh_of_lists(self):
        segment = self.env["segmentation.segment"].create(
            {
                "name": "Buyers",
                "condition_ids": [
                    Command.create(
                        {
                            "kind": "domain",
                            "partner_domain": repr([("id", "in", self.buyers.ids)]),
                        }
                    )
                ],
            }
        )
        self._opt_out(self.ana)
        self.campaign = self._launch("all", segment_ids=[Command.set(segment.ids)])
        segment.action_refresh()
        self.ana.write({"email": "ana2@example.com"})
        segment.action_refresh()
        self.assertIn(self.ana, segment.membership_ids.partner_id)
        self.assertEqual(self._send(self._mailing()), ["Berta", "Carla", "Dora"])
        to_segment = self._mailing(
            self.env["utm.campaign"].create({"title": "Stock"}),
            mailing_domain=repr(segment._mailing_domain()),
            segmentation_topic_id=self.topic.id,
        )
        self.assertEqual(self._send(to_segment), ["Berta", "Carla", "Dora"])
        self.assertEqual(self._failures(to_segment), {"Ana": "mail_optout"})

    def test_topic_of_a_message_to_leads(self):
        self._opt_out(self.ana)
        leads = (
            self.env["crm.lead"]
            .sudo()
            .create(
                [
                    {"name": name, "email_from": f"{name.lower()}@example.com"}
                    for name in ("Ana", "Berta")
                ]
            )
        )
        mailing = self._mailing(
            self.env["utm.campaign"].create({"title": "Stock"}),
            mailing_model_id=self.env["ir.model"]._get_id("crm.lead"),
            mailing_domain=repr([("id", "in", leads.ids)]),
            segmentation_topic_id=self.topic.id,
        )
        self.assertEqual(self._send(mailing.sudo()), ["Berta"])

    def test_held_out_are_not_reached_as_leads_either(self):
        self._row(self.ana).group = "hold_out"
        leads = (
            self.env["crm.lead"]
            .sudo()
            .create(
                [
                    {"name": name, "email_from": f"{name.lower()}@example.com"}
                    for name in ("Ana", "Berta")
                ]
            )
        )
        mailing = self._mailing(
            mailing_model_id=self.env["ir.model"]._get_id("crm.lead"),
            mailing_domain=repr([("id", "in", leads.ids)]),
        )
        self.assertEqual(self._send(mailing.sudo()), ["Berta"])

    # -- Between this and that

    def test_archived_after_the_launch(self):
        self.ana.active = False
        self.berta.active = False
        self.assertEqual(
            self._send(self._mailing(), self.buyers.ids), ["Carla", "Dora"]
        )

    def test_merged_with_who_opted_out(self):
        self._opt_out(self.ana)
        self._merge(self.ana, self.berta)
        mailing = self._mailing()
        self.assertEqual(self._send(mailing), ["Carla", "Dora"])
        self.assertEqual(self._failures(mailing), {"Berta": "mail_optout"})

    def test_merged_with_who_is_held_out(self):
        self._row(self.ana).group = "hold_out"
        self._merge(self.ana, self.berta)
        self.assertEqual(self._send(self._mailing()), ["Carla", "Dora"])

    def test_second_mailing(self):
        self._send(self._mailing())
        self._opt_out(self.ana)
        self.env["mail.blacklist"]._add(self.berta.email)
        mailing = self._mailing()
        self.assertEqual(self._send(mailing), ["Carla", "Dora"])

    def test_opt_out_between_batches(self):
        """Each batch looks again, also at who came after the first look."""
        self.env["ir.config_parameter"].sudo().set_param("mail.batch_size", 2)
        mailing = self._mailing()
        late = self.env["res.partner"].browse(sorted(mailing._get_recipients())[-1])
        recipients = sorted(mailing._get_recipients())
        with self._between(
            "mail.compose.message",
            "_prepare_mail_values",
            lambda: self._opt_out(late),
        ):
            got = self._send(mailing, recipients)
        self.assertEqual(len(got), 3)
        self.assertEqual(self._failures(mailing), {late.name: "mail_optout"})

    def test_black_list_between_batches(self):
        self.env["ir.config_parameter"].sudo().set_param("mail.batch_size", 2)
        mailing = self._mailing()
        recipients = sorted(mailing._get_recipients())
        late = self.env["res.partner"].browse(recipients[-1])
        with self._between(
            "mail.compose.message",
            "_prepare_mail_values",
            lambda: self.env["mail.blacklist"]._add(late.email),
        ):
            got = self._send(mailing, recipients)
        self.assertEqual(len(got), 3)
        self.assertEqual(self._failures(mailing), {late.name: "mail_bl"})

    def test_what_waits_in_the_queue(self):
        mailing = self._mailing()
        mails = self._queue(mailing)
        self.assertEqual(set(mails.mapped("state")), {"outgoing"})
        self._opt_out(self.ana)
        self.env["mail.blacklist"]._add(self.berta.email)
        self._row(self.carla).group = "hold_out"
        self.assertEqual(self._run_queue(), ["Dora"])
        self.assertEqual(
            self._failures(mailing),
            {
                "Ana": "mail_optout",
                "Berta": "mail_bl",
                "Carla": "segmentation_hold_out",
            },
        )
        self.assertEqual(
            sorted(mails.mapped("state")), ["cancel", "cancel", "cancel", "sent"]
        )

    def test_what_waits_in_the_queue_is_sent_by_hand(self):
        mails = self._queue(self._mailing())
        self._opt_out(self.ana)
        with self.mock_mail_gateway():
            mails.send()
        self.assertEqual(self._got(), ["Berta", "Carla", "Dora"])

    def test_queue_looks_again_after_some_mails(self):
        path = "odoo.addons.agro_segmentation.models.campaign.mailing_queue"
        mails = self._queue(self._mailing()).sorted("id")
        late = self.env["res.partner"].browse(mails[-1].res_id)
        self.patch(import_module(path), "MAILS_AT_ONCE", 2)
        with self._between(
            "mail.mail",
            "_segmentation_cancel_excluded",
            lambda: self._opt_out(late),
        ):
            got = self._run_queue()
        self.assertEqual(len(got), 3)
        self.assertNotIn(late.name, got)

    def test_queue_sees_that_somebody_else_stopped_the_campaign(self):
        path = "odoo.addons.agro_segmentation.models.campaign.mailing_queue"
        mails = self._queue(self._mailing())
        self.patch(import_module(path), "MAILS_AT_ONCE", 2)
        self.assertFalse(self.campaign.segmentation_stopped_at)

        def stop():
            """Behind the cache's back, as another transaction does."""
            self.env.cr.execute(
                "UPDATE utm_campaign SET segmentation_stopped_at = NOW() WHERE id = %s",
                [self.campaign.id],
            )

        with self._between("mail.mail", "_segmentation_cancel_excluded", stop):
            self.assertEqual(len(self._run_queue()), 2)
        self.assertEqual(
            sorted(mails.mapped("state")), ["cancel", "cancel", "sent", "sent"]
        )

    def test_sms_that_wait_in_the_queue(self):
        mailing = self._sms_mailing(sms_force_send=False)
        self.assertEqual(self._send_sms(mailing), [])
        self._opt_out(self.ana)
        self.env["phone.blacklist"]._add([self.berta.phone_sanitized])
        with self.mockSMSGateway():
            self.env["sms.sms"].search([("mailing_id", "=", mailing.id)]).send()
        self.assertEqual(
            sorted(sms["number"] for sms in self._sms),
            self._numbers(self.carla, self.dora),
        )
        self.assertEqual(
            self._failures(mailing), {"Ana": "sms_optout", "Berta": "sms_blacklist"}
        )

    @mute_logger("odoo.addons.mail.models.mail_mail")
    def test_retry_after_a_failure(self):
        mailing = self._mailing()
        failure = patch.object(
            IrMail_Server, "send_email", side_effect=ConnectionError("No server")
        )
        with self.mock_mail_gateway(), failure:
            mailing.action_send_mail()
        mails = self._new_mails
        self.assertEqual(set(mails.mapped("state")), {"exception"})
        self._opt_out(self.ana)
        self._row(self.berta).group = "hold_out"
        mails[:2].action_retry()
        self.assertFalse({"Ana", "Berta"} & set(self._run_queue()))
        mailing.action_retry_failed()
        with self.mock_mail_gateway(), self.enter_registry_test_mode():
            self.env.ref(
                "mass_mailing.ir_cron_mass_mailing_queue"
            ).method_direct_trigger()
        self.assertFalse({"Ana", "Berta"} & set(self._got()))

    def test_retry_of_failed_sms(self):
        mailing = self._sms_mailing()
        with self.mockSMSGateway(sim_error="credit"):
            mailing.action_send_sms()
        self._opt_out(self.ana)
        failed = self.env["sms.sms"].search([("mailing_id", "=", mailing.id)])
        self.assertEqual(set(failed.mapped("state")), {"error"})
        with self.mockSMSGateway():
            failed.resend_failed()
        self.assertNotIn(self.ana.phone_sanitized, [sms["number"] for sms in self._sms])
        self.assertEqual(len(self._sms), 3)

    def test_two_workers_with_the_same_ids(self):
        mailing = self._mailing()
        ids = mailing._get_recipients()
        self.assertEqual(len(self._send(mailing, ids)), 4)
        self.assertEqual(self._send(mailing, ids), [])
        self.assertEqual(len(mailing.mailing_trace_ids), 4)
        sms = self._sms_mailing()
        self.assertEqual(len(self._send_sms(sms, ids)), 4)
        self.assertEqual(self._send_sms(sms, ids), [])
        self.assertEqual(len(sms.mailing_trace_ids), 4)

    def test_winner_of_a_test(self):
        self._row(self.ana).group = "hold_out"
        self._opt_out(self.berta)
        mailing = self._mailing(ab_testing_enabled=True, ab_testing_pc=50)
        self._send(mailing)
        reached = mailing.mailing_trace_ids.mapped("res_id")
        action = mailing.action_select_as_winner()
        winner = self.env["mailing.mailing"].browse(action["res_id"])
        got = self._send(winner)
        self.assertFalse({"Ana", "Berta"} & set(got))
        self.assertFalse(set(reached) & set(winner.mailing_trace_ids.mapped("res_id")))

    def test_test_message_goes_to_whom_it_is_addressed(self):
        self._opt_out(self.ana)
        test = self.env["mailing.mailing.test"].create(
            {"email_to": "ana@example.com", "mass_mailing_id": self._mailing().id}
        )
        with self.mock_mail_gateway():
            test.send_mail_test()
        self.assertEqual(self._got(), ["Ana"])
