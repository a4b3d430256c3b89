from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import CadastreCommon


class TestZone(CadastreCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.state = cls.env["res.country.state"].create(
            {"name": "Test", "code": "TT", "country_id": cls.env.ref("base.bo").id}
        )
        cls.zone_state = cls.env["segmentation.zone"].create(
            {"name": "By State", "state_ids": cls.state.ids}
        )
        cls.zone_city = cls.env["segmentation.zone"].create(
            {"name": "By City", "city": "Montero, San Julián"}
        )
        cls.zone_zip = cls.env["segmentation.zone"].create(
            {"name": "By Zip", "zip_from": "7300", "zip_to": "7399"}
        )
        cls.zones = cls.zone_state + cls.zone_city + cls.zone_zip

    def _partner(self, **values):
        return self.env["res.partner"].create({"name": "Partner", **values})

    def test_full_name_follows_the_tree(self):
        self.zone_north.parent_id = self.zone_state
        self.assertEqual(self.zone_north.display_name, "By State / North")
        self.zone_state.name = "Santa Cruz"
        self.assertEqual(self.zone_north.complete_name, "Santa Cruz / North")

    def test_a_zone_cannot_lie_within_itself(self):
        self.zone_north.parent_id = self.zone_state
        with self.assertRefused("“By State” cannot lie in “North”, which lies in it"):
            self.zone_state.parent_id = self.zone_north
        with self.assertRefused("“North” cannot lie in itself"):
            self.zone_north.parent_id = self.zone_north
        (self.zone_north + self.zone_state).parent_id = self.zone_city
        self.assertEqual(self.zone_north.parent_id, self.zone_city)

    def test_backward_zip_range(self):
        with self.assertRefused("By Zip.*backwards.*1000 to 990"):
            self.zone_zip.write({"zip_from": "1000", "zip_to": "990"})

    def test_most_specific_match_wins(self):
        by_all = self._partner(state_id=self.state.id, city="Montero", zip="7350")
        by_city = self._partner(state_id=self.state.id, city="SAN JULIAN", zip="1")
        by_state = self._partner(state_id=self.state.id, city="Elsewhere")
        by_none = self._partner(city="Elsewhere")
        partners = by_all + by_city + by_state + by_none
        notification = self.env["segmentation.zone"]._propose_zones(partners)
        self.assertEqual(
            partners.mapped("segmentation_zone_id.name"),
            ["By Zip", "By City", "By State"],
        )
        self.assertFalse(by_none.segmentation_zone_id)
        message = notification["params"]["message"]
        self.assertIn("got a zone: 3", message)
        self.assertIn("1 that fit no zone", message)

    def test_a_set_zone_is_never_overwritten(self):
        partner = self._partner(city="Montero", segmentation_zone_id=self.zone_north.id)
        self.zones._propose_zones(partner)
        self.assertEqual(partner.segmentation_zone_id, self.zone_north)

    def test_a_tie_is_left_to_people(self):
        self.zone_city.copy({"name": "Rival"})
        partner = self._partner(city="Montero")
        notification = self.env["segmentation.zone"]._propose_zones(partner)
        self.assertFalse(partner.segmentation_zone_id)
        self.assertIn("1 that fit several", notification["params"]["message"])
        self.zone_city._propose_zones(partner)
        self.assertEqual(partner.segmentation_zone_id, self.zone_city)

    def test_zones_of_other_companies_are_not_proposed(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        self.zone_city.company_id = other
        shared, theirs = (
            self._partner(city="Montero"),
            self._partner(city="Montero", company_id=other.id),
        )
        self.zones._propose_zones(shared + theirs)
        self.assertFalse(shared.segmentation_zone_id)
        self.assertEqual(theirs.segmentation_zone_id, self.zone_city)

    def test_actions(self):
        partner, other = self._partner(city="Montero"), self._partner(city="Montero")
        self.env.ref("agro_segmentation.res_partner_action_propose_zones").with_context(
            active_model="res.partner", active_ids=partner.ids
        ).run()
        self.assertEqual(partner.segmentation_zone_id, self.zone_city)
        self.assertFalse(other.segmentation_zone_id)
        self.env["segmentation.zone"].action_propose_zones()
        self.assertEqual(other.segmentation_zone_id, self.zone_city)

    def test_the_proposal_needs_the_right_to_write_partners(self):
        user = new_test_user(
            self.env,
            "cadastre_only",
            groups="agro_segmentation.group_segmentation_user",
        )
        user.group_ids -= self.env.ref("base.group_partner_manager")
        with self.assertRaises(AccessError):
            self.zones.with_user(user)._propose_zones(
                self._partner(city="Montero").with_user(user)
            )

    def test_queries_do_not_grow_with_partners(self):
        counts = []
        for number in (1, 100):
            partners = self.env["res.partner"].create(
                [{"name": "P", "city": "Montero"} for _index in range(number)]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.zones._propose_zones(partners)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0])
