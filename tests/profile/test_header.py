from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .timeline_common import TimelineCommon


@tagged("post_install", "-at_install")
class TestHeader(TimelineCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.segmentation_harvest_id = cls.summer_25
        cls.farmer.user_id = cls.seller

    def _header(self, user=None, partner=None):
        partner = (partner or self.farmer).with_user(user or self.seller)
        return partner.with_context(
            allowed_company_ids=self.company.ids
        ).get_segmentation_header()

    def test_figures(self):
        """Quadrant and share of the reference harvest, gap and relation by unit."""
        self._rate(self.soy, 100, unit_id=self.unit_inputs.id)
        self._plant(self.farmer, self.east, self.soy, 580, self.summer_25)
        self._invoice(self.farmer, 14_500, "2024-11-15")
        self._refresh()
        self.env["segmentation.relation"]._set_manual(
            self.farmer, self.unit_machines, "competitor", "Told us so"
        )
        header = self._header(partner=self.buyer)
        position = self._position(self.farmer, self.summer_25)
        self.assertEqual(header["quadrant"][0], position.quadrant)
        self.assertEqual(header["harvest"], "Summer 24–25")
        self.assertEqual(header["share"], 0.25)
        self.assertEqual(header["relation"], self._relation_label())
        self.assertEqual(
            [(u["name"], u["gap"], u["relation"]) for u in header["units"]],
            [
                ("Inputs", 43_500, header["units"][0]["relation"]),
                ("Machines", False, "Competitor's customer"),
            ],
        )

    def _relation_label(self):
        farmer = self.farmer.with_user(self.seller)
        labels = dict(farmer._fields["segmentation_relation"].selection)
        return labels[farmer.segmentation_relation]

    def test_nothing_known(self):
        header = self._header(partner=self._customer("New"))
        self.assertEqual(
            (header["quadrant"], header["share"], header["units"]), (False, False, [])
        )
        self.assertFalse(header["last_contact"] or header["next_activity"])

    def test_last_contact(self):
        self._done(self.buyer, "2025-03-01 12:00:00", "mail.mail_activity_data_call")
        self.assertEqual(
            self._header()["last_contact"],
            {"date": "2025-03-01 12:00:00", "kind": "Call"},
        )

    def test_next_activity(self):
        """The first due of the customer, its contacts and its opportunities."""
        lead = self._lead(self.buyer, self.seller)
        for record, day in ((self.farmer, "2030-01-03"), (lead, "2030-01-02")):
            record.activity_schedule(
                "mail.mail_activity_data_call",
                date_deadline=fields.Date.to_date(day),
                summary=record.display_name,
                user_id=self.seller.id,
            )
        activity = self._header()["next_activity"]
        self.assertEqual(
            (activity["date"], activity["name"], activity["res_model"]),
            ("2030-01-02", "Sprayer", "crm.lead"),
        )
        self.assertEqual(
            self._header(self.rival)["next_activity"]["res_id"], self.farmer.id
        )

    def test_completeness(self):
        """That of the contact itself: key fields are asked of each."""
        header = self._header(partner=self.buyer)
        self.assertEqual(
            (header["completeness"], header["missing"]),
            (
                self.buyer.segmentation_completeness,
                self.buyer.segmentation_missing_fields,
            ),
        )

    def test_others_figures_stay_hidden(self):
        """Rules of positions and relations hold."""
        self._plant(self.farmer, self.east, self.soy, 580, self.summer_25)
        self._invoice(self.farmer, 14_500, "2024-11-15")
        self._refresh()
        self.assertTrue(self._header(self.seller)["quadrant"])
        header = self._header(self.rival)
        self.assertFalse(header["quadrant"] or header["units"])

    def test_only_users_of_segmentation(self):
        stranger = new_test_user(self.env, "nobody", "base.group_user")
        with self.assertRaises(AccessError):
            self._header(stranger)
