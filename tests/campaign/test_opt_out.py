from psycopg2 import IntegrityError
from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import tagged, users
from odoo.tools import file_path, mute_logger

from .respect import RespectCommon


@tagged("post_install", "-at_install")
class TestOptOut(RespectCommon):
    """Opt-outs by hand, who may see and enter them, and what becomes of them."""

    def _rows(self):
        return self.env["segmentation.opt.out"].search([])

    def test_by_hand_keeps_addresses_and_who_entered_it(self):
        row = self._opt_out(self.ana)
        self.assertRecordValues(
            row,
            [
                {
                    "email": "ana@example.com",
                    "phone": "+59170000000",
                    "origin": "hand",
                    "user_id": self.env.uid,
                    "company_id": False,
                }
            ],
        )
        self.assertIn("Opted out of “News and offers”", self.ana.message_ids[0].body)

    def test_a_topic_counts_those_who_are_out_right_now(self):
        before = self.topic.opt_out_count
        self._opt_out(self.ana)
        self.assertEqual(self.topic.opt_out_count, before + 1)
        rows = self.env["segmentation.opt.out"]
        rows._opt_out(self.topic, "page", email="somebody@example.com")
        self.assertEqual(self.topic.opt_out_count, before + 2)
        self._rows().unlink()
        self.assertEqual(self.topic.opt_out_count, 0)

    def test_on_the_form_of_the_contact(self):
        self.ana.write(
            {
                "segmentation_opt_out_ids": [
                    Command.create({"topic_id": self.topic.id, "reason": "Said so"})
                ]
            }
        )
        self.assertEqual(self._rows().partner_id, self.ana)
        self.assertEqual(self._rows().reason, "Said so")

    def test_imported_by_address_alone(self):
        values = {"topic_id": self.topic.id, "email": "Berta <BERTA@example.com>"}
        row = self.env["segmentation.opt.out"].create(values)
        self.assertEqual(row.email, "berta@example.com")
        mailing = self._mailing()
        self._send(mailing)
        self.assertEqual(self._failures(mailing), {"Berta": "mail_optout"})

    def test_imported_by_phone_alone(self):
        self.berta.phone = "+1 202 555 0123"
        opt_outs = self.env["segmentation.opt.out"]
        opt_outs.create({"topic_id": self.topic.id, "phone": "+1 (202) 555-0123"})
        self.assertEqual(opt_outs._topics_out(phone="+12025550123"), self.topic)
        got = self._send_sms(self._sms_mailing())
        self.assertEqual(got, self._numbers(self.ana, self.carla, self.dora))
        result = opt_outs.load(
            ["topic_id", "phone"], [["News and offers", "+1 (202) 555-0199"]]
        )
        self.assertEqual(opt_outs.browse(result["ids"]).phone, "+12025550199")

    def test_a_number_without_country_code_is_one_of_the_country(self):
        bolivia = self.env.ref("base.bo")
        opt_outs = self.env["segmentation.opt.out"]
        contact = self.env["res.partner"].create(
            {"name": "Eva", "country_id": bolivia.id}
        )
        values = {"topic_id": self.topic.id, "phone": "70000001"}
        row = opt_outs.create({**values, "partner_id": contact.id})
        self.assertEqual(row.phone, "+59170000001")
        self.company.country_id = bolivia
        self.assertEqual(opt_outs.create(values).phone, "+59170000001")

    def test_the_update_puts_numbers_right_that_were_kept_raw(self):
        self.company.country_id = self.env.ref("base.bo")
        topic = self.env["segmentation.topic"].sudo()
        topic = topic.create({"name": "Ours", "company_id": self.company.id})
        opt_outs = self.env["segmentation.opt.out"].sudo()
        rows = opt_outs.create(
            [{"topic_id": topic.id, "phone": f"7000000{digit}"} for digit in range(4)]
        )
        raw = ("+591 (7) 0000-003", "ask the neighbour", "70000001", "+59170000003")
        for row, phone in zip(rows, raw, strict=True):
            row.phone = phone
        self.env.flush_all()
        migration = "agro_segmentation/migrations/19.0.1.7.0/post-opt-out-phones.py"
        script = load_script(file_path(migration), "opt_out_phones")
        script.migrate(self.cr, "19.0.1.6.0")
        self.assertFalse(rows[0].exists())
        self.assertEqual(
            rows[1:].mapped("phone"),
            ["ask the neighbour", "+59170000001", "+59170000003"],
        )

    def test_what_is_no_address_is_refused(self):
        opt_outs = self.env["segmentation.opt.out"]
        for values, sentence in (
            ({"phone": "12"}, "“12” is no phone number .* the country code"),
            ({"email": "berta"}, "“berta” is no e-mail address"),
            ({"email": "berta@example.com", "phone": "?"}, "“\\?” is no phone number"),
        ):
            with (
                self.subTest(**values),
                self.assertRefused(sentence, ValidationError),
            ):
                opt_outs.create({"topic_id": self.topic.id, **values})

    def test_of_nobody(self):
        with self.assertRefused("Choose the contact", ValidationError):
            self.env["segmentation.opt.out"].create({"topic_id": self.topic.id})

    def test_once(self):
        self._opt_out(self.ana)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self._opt_out(self.ana)
            self.env.flush_all()

    def test_again_by_the_person_changes_nothing(self):
        self._opt_out(self.ana)
        date = self._rows().date
        self.env["segmentation.opt.out"]._opt_out(
            self.topic, "page", email="ana@example.com", partner=self.ana
        )
        self.assertEqual(self._rows().mapped("origin"), ["hand"])
        self.assertEqual(self._rows().date, date)

    def test_wants_it_again(self):
        self._opt_out(self.ana)
        self._opt_out(self.ana, self.service)
        self._opt_out(self.berta)
        self.env["segmentation.opt.out"]._opt_in(
            self.topic, email="ana@example.com", partner=self.ana
        )
        self.assertEqual(self.ana.segmentation_opt_out_ids.topic_id, self.service)
        self.assertTrue(self.berta.segmentation_opt_out_ids)
        self.assertIn("Wants “News and offers” again", self.ana.message_ids[0].body)

    def test_merge_keeps_one_of_the_same(self):
        self.berta.email = self.ana.email
        self.berta.phone = self.ana.phone
        first = self._opt_out(self.ana)
        self._opt_out(self.berta)
        self._opt_out(self.ana, self.service)
        self._merge(self.ana, self.berta)
        rows = self.berta.segmentation_opt_out_ids
        self.assertEqual(rows.topic_id, self.topic | self.service)
        self.assertEqual(len(rows), 2)
        self.assertIn(first, rows)

    def test_stays_when_the_contact_is_deleted(self):
        lonely = self.env["res.partner"].create(
            {"name": "Lonely", "email": "lonely@example.com"}
        )
        row = self._opt_out(lonely)
        lonely.unlink()
        self.assertEqual(row.email, "lonely@example.com")
        self.assertFalse(row.partner_id)
        self.assertIn(row, row.with_user(self.marketing).search([]))

    def test_contacts_with_one_address_can_all_be_deleted(self):
        """Once the opt-out says the same by address alone, it need not be repeated."""
        values = {"email": "office@farm.example"}
        office = self.env["res.partner"].create(
            [{"name": name, **values} for name in ("A", "B", "C", "D")]
        )
        opt_outs = self.env["segmentation.opt.out"]
        for contact in office:
            self._opt_out(contact)
        self._opt_out(office[3], self.service)
        office[0].unlink()
        office[1].unlink()
        office[2:].unlink()
        self.assertEqual(opt_outs._topics_out(**values), self.topic | self.service)
        self.assertEqual(len(opt_outs._of(**values)), 2)

    def test_deleted_after_the_address_was_imported(self):
        opt_outs = self.env["segmentation.opt.out"]
        values = {"topic_id": self.topic.id, "phone": "+59171111111"}
        imported = opt_outs.create(values)
        contact = self.env["res.partner"].create(
            {"name": "Eva", "phone": values["phone"]}
        )
        self._opt_out(contact)
        contact.unlink()
        self.assertEqual(opt_outs._of(phone=values["phone"]), imported)

    def test_without_address_it_goes_with_the_contact(self):
        nameless = self.env["res.partner"].create([{"name": "A"}, {"name": "B"}])
        rows = self._opt_out(nameless[0]) | self._opt_out(nameless[1])
        nameless.unlink()
        self.assertFalse(rows.exists())

    @users("salesman")
    def test_salesperson_enters_those_of_own_customers(self):
        opt_outs = self.env["segmentation.opt.out"]
        values = {"topic_id": self.topic.id}
        self.ana.sudo().user_id = self.env.user
        own = opt_outs.create({**values, "partner_id": self.ana.id})
        with self.assertRaises(AccessError):
            opt_outs.create({**values, "partner_id": self.berta.id})
        opt_outs.with_user(self.marketing).create(
            {**values, "partner_id": self.carla.id}
        )
        self.assertEqual(opt_outs.search([]), own)
        with self.assertRaises(AccessError):
            own.unlink()
        with self.assertRaises(AccessError):
            own.email = "other@example.com"

    @users("marketing")
    def test_marketing_enters_and_deletes_any(self):
        opt_outs = self.env["segmentation.opt.out"]
        row = opt_outs.create({"topic_id": self.topic.id, "partner_id": self.ana.id})
        with self.assertRaises(AccessError):
            row.date = "2020-01-01"
        row.unlink()

    def test_who_entered_it_cannot_be_made_up(self):
        row = self.env["segmentation.opt.out"].create(
            {
                "topic_id": self.topic.id,
                "partner_id": self.ana.id,
                "origin": "page",
                "user_id": self.salesman.id,
                "date": "2020-01-01",
            }
        )
        self.assertEqual(row.origin, "hand")
        self.assertEqual(row.user_id, self.env.user)
        self.assertGreater(str(row.date), "2021")

    def test_topics_of_another_company(self):
        company = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        topic = (
            self.env["segmentation.topic"]
            .sudo()
            .create({"name": "Theirs", "company_id": company.id})
        )
        topics = self.env["segmentation.topic"].with_user(self.marketing)
        self.assertNotIn(topic, topics.search([]))
        with self.assertRefused("belongs to Elsewhere"):
            self._wizard("all", topic_id=topic.id).with_user(
                self.env.ref("base.user_root")
            ).action_save_draft()

    def test_topic_in_use_is_not_deleted_but_archived(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.topic.unlink()
        self.topic.active = False
        self._opt_out(self.ana)
        self.assertNotIn("Ana", self._send(self._mailing()))
        wizard = self.env["segmentation.campaign.wizard"].with_user(self.marketing)
        self.assertFalse(wizard.create({}).segmentation_topic_id)

    def test_campaign_and_message_have_the_topic(self):
        self.assertEqual(self.campaign.segmentation_topic_id, self.topic)
        self.assertEqual(self._mailing().segmentation_topic_id, self.topic)
        with self.assertRefused("is launched"):
            self.campaign.segmentation_topic_id = self.service

    def test_without_topic_opt_outs_do_not_count(self):
        self.campaign = self._launch("all", topic_id=False)
        self._opt_out(self.ana)
        self.assertIn("Ana", self._send(self._mailing()))

    def test_as_many_queries_for_many(self):
        people = self.env["res.partner"].create(
            [{"name": f"P{number}"} for number in range(100)]
        )
        opt_outs = self.env["segmentation.opt.out"]
        counts = []
        for partners in (people[:1], people[1:2], people[2:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            opt_outs.create(
                [{"topic_id": self.topic.id, "partner_id": id_} for id_ in partners.ids]
            )
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertLessEqual(counts[2], counts[1] + 3)

    def test_preview_before_the_launch(self):
        self._opt_out(self.ana)
        ours, service = self._wizard(), self._wizard(topic_id=self.service.id)
        preview = ours.preview
        self.assertEqual((preview["opted_out"], preview["reached"]), (1, 3))
        phones = service.preview["phones"]
        self.assertEqual(preview["phones"], phones - 1)
        preview = service.preview
        self.assertEqual((preview["opted_out"], preview["reached"]), (0, 4))
