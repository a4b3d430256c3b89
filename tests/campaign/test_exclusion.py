from odoo.tests import tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestExclusion(CampaignCommon):
    """Who in the audience must get nothing, and why."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana = cls._buyer("Ana", 1000, phone="+591 70000001")
        cls.berta = cls._buyer("Berta", 1000, phone="+591 70000002")
        cls.campaign = cls._launch("all")

    def _reasons(self, channel="email", **kwargs):
        """Return {recipient's name: reason} of the campaign's audience."""
        rows = self.env.execute_query_dict(
            self.campaign._segmentation_exclusions(channel, **kwargs)
        )
        partners = self.env["res.partner"]
        return {
            partners.browse(row["recipient_id"]).name: row["reason"] for row in rows
        }

    def _row(self, partner):
        return self.campaign.audience_ids.filtered(
            lambda row: row.partner_id == partner
        ).sudo()

    def test_one_row_for_each_of_the_audience(self):
        for channel in ("email", "sms", "call"):
            self.assertEqual(self._reasons(channel), {"Ana": None, "Berta": None})

    def test_addresses(self):
        rows = self.env.execute_query_dict(
            self.campaign._segmentation_exclusions("email")
        )
        self.assertEqual(
            {row["address"] for row in rows}, {"ana@example.com", "berta@example.com"}
        )
        rows = self.env.execute_query_dict(
            self.campaign._segmentation_exclusions("sms")
        )
        self.assertEqual(
            {row["address"] for row in rows}, {"+59170000001", "+59170000002"}
        )

    def test_held_out(self):
        self._row(self.ana).group = "hold_out"
        for channel in ("email", "sms", "call"):
            self.assertEqual(self._reasons(channel), {"Ana": "hold_out", "Berta": None})

    def test_held_out_person_is_not_reached_as_somebody_else(self):
        self._row(self.ana).group = "hold_out"
        self.berta.email = "Berta and Ana <ANA@example.com>"
        self.assertEqual(self._reasons()["Berta"], "hold_out")
        self.assertIsNone(self._reasons("sms")["Berta"])
        self.assertEqual(
            self._reasons(recipients=self.berta.ids), {"Berta": "hold_out"}
        )

    def test_no_and_invalid_address(self):
        self.ana.write({"email": " ", "phone": False})
        self.berta.write({"email": "berta", "phone": "12"})
        self.assertEqual(
            self._reasons(), {"Ana": "no_address", "Berta": "invalid_address"}
        )
        self.assertEqual(
            self._reasons("sms"), {"Ana": "no_address", "Berta": "invalid_address"}
        )
        self.assertEqual(self._reasons("call"), {"Ana": "no_address", "Berta": None})

    def test_blacklisted(self):
        self.env["mail.blacklist"]._add(self.ana.email)
        self.env["phone.blacklist"]._add([self.berta.phone_sanitized])
        self.assertEqual(self._reasons(), {"Ana": "blacklisted", "Berta": None})
        for channel in ("sms", "call"):
            self.assertEqual(
                self._reasons(channel), {"Ana": None, "Berta": "blacklisted"}
            )
        self.env["mail.blacklist"]._remove(self.ana.email)
        self.assertIsNone(self._reasons()["Ana"])

    def test_shared_address_goes_once(self):
        self.berta.email = "ANA@example.com"
        self.assertEqual(self._reasons(), {"Ana": None, "Berta": "shared"})
        self.assertEqual(self._reasons(recipients=self.berta.ids), {"Berta": "shared"})
        self.assertEqual(self._reasons(recipients=self.ana.ids), {"Ana": None})

    def test_two_without_address_do_not_share_it(self):
        (self.ana | self.berta).email = False
        self.assertEqual(set(self._reasons().values()), {"no_address"})
        self._row(self.ana).group = "hold_out"
        self.assertEqual(self._reasons(), {"Ana": "hold_out", "Berta": "no_address"})

    def test_who_cannot_be_written_to_leaves_the_address_to_the_other(self):
        self.berta.email = "ana@example.com"
        self.ana.active = False
        self.assertEqual(self._reasons(), {"Ana": "gone", "Berta": None})

    def test_archived_contact_or_customer(self):
        self.ana.active = False
        self.assertEqual(self._reasons()["Ana"], "gone")

    def test_contact_who_works_for_somebody_else_now(self):
        person = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.ana.id, "email": "eva@example.com"}
        )
        self._row(self.ana).recipient_id = person
        self.assertIsNone(self._reasons()["Eva"])
        person.parent_id = self.berta
        self.assertEqual(self._reasons()["Eva"], "gone")

    def test_contact_or_customer_that_another_company_has_now(self):
        person = self.env["res.partner"].create(
            {"name": "Eva", "parent_id": self.ana.id, "email": "eva@example.com"}
        )
        self._row(self.ana).recipient_id = person
        (person | self.berta).company_id = self.company
        self.assertEqual(self._reasons(), {"Eva": None, "Berta": None})
        other = self.env["res.company"].create({"name": "Other Dealer"})
        self.berta.company_id = other
        for channel in ("email", "sms", "call"):
            self.assertEqual(self._reasons(channel)["Berta"], "gone")
        person.company_id = other
        self.assertEqual(self._reasons()["Eva"], "gone")

    def test_customer_who_became_part_of_another_is_still_reached(self):
        self.ana.parent_id = self.berta
        self.assertIsNone(self._reasons()["Ana"])

    def test_only_the_reasons_asked_for(self):
        self.env["mail.blacklist"]._add(self.ana.email)
        self.berta.active = False
        self.assertEqual(
            self._reasons(reasons=("gone",)), {"Ana": None, "Berta": "gone"}
        )

    def test_as_many_queries_for_many(self):
        buyers = [self._buyer(f"Buyer {number}", 100) for number in range(30)]
        few, many = self.campaign, self._launch("all")
        self.assertGreater(many.audience_count, len(buyers))
        counts = []
        for campaign in (few, few, many):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env.execute_query(campaign._segmentation_exclusions("email"))
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(counts[1], counts[2])
