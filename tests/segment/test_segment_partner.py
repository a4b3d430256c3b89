from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...models.common.groups import MAILING, MARKETING
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentPartner(SegmentCommon):
    """Contacts are searched, grouped and exported by their segments."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rosa = cls._person("rosa_segment")
        cls.mailer = cls._person("mailer", f"base.group_user,{MAILING}")
        cls.ana, cls.bruno, cls.carla = cls.env["res.partner"].create(
            [
                {"name": "Ana", "city": "Montero", "ref": "A"},
                {"name": "Bruno", "city": "Montero", "user_id": cls.rosa.id},
                {"name": "Carla", "city": "Warnes"},
            ]
        )
        cls.people = cls.ana | cls.bruno | cls.carla
        cls.montero = cls._segment([("city", "=", "Montero")], name="Montero")
        cls.with_ref = cls._segment([("ref", "=", "A")], name="With reference")

    def _search(self, user, *leaf):
        """Return those of our people whom the user finds."""
        partners = self.env["res.partner"].with_user(user)
        found = partners.search([leaf, ("id", "in", self.people.ids)], order="name")
        return found.mapped("name")

    def _groups(self, user):
        """Return {segment: number of contacts} as the list groups our people."""
        partners = self.env["res.partner"].with_user(user)
        groups = partners._read_group(
            [("id", "in", self.people.ids)], ["segmentation_segment_ids"], ["__count"]
        )
        return {segment.name: count for segment, count in groups}

    # --- What the field says ----------------------------------------------------

    def test_a_contact_shows_the_segments_that_it_is_in_now(self):
        ana = self.ana.with_user(self.mia)
        self.assertEqual(ana.segmentation_segment_ids, self.montero | self.with_ref)
        self.ana.city = "Warnes"
        self._follow()
        self.assertEqual(ana.segmentation_segment_ids, self.with_ref)

    def test_found_by_segment(self):
        for leaf, names in (
            (("in", self.montero.ids), ["Ana", "Bruno"]),
            (("=", self.with_ref.id), ["Ana"]),
            (("not in", self.with_ref.ids), ["Bruno", "Carla"]),
            (("!=", self.with_ref.id), ["Bruno", "Carla"]),
            (("ilike", "montero"), ["Ana", "Bruno"]),
            (("not ilike", "montero"), ["Carla"]),
            (("=", False), ["Carla"]),
            (("!=", False), ["Ana", "Bruno"]),
            (("in", [False, self.with_ref.id]), ["Ana", "Carla"]),
            (("any", [("name", "=", "Montero")]), ["Ana", "Bruno"]),
        ):
            with self.subTest(leaf=leaf):
                found = self._search(self.mia, "segmentation_segment_ids", *leaf)
                self.assertEqual(found, names)

    def test_who_left_is_not_found(self):
        self.ana.city = "Warnes"
        self._follow()
        found = self._search(
            self.mia, "segmentation_segment_ids", "in", self.montero.ids
        )
        self.assertEqual(found, ["Bruno"])

    def test_grouped_by_segment_in_each_of_its_own(self):
        groups = {"Montero": 2, "With reference": 1, False: 1}
        self.assertEqual(self._groups(self.mia), groups)

    def test_a_group_opens_on_its_contacts(self):
        partners = self.env["res.partner"].with_user(self.mia)
        domain = [("id", "in", self.people.ids)]
        groups = partners.web_read_group(domain, ["segmentation_segment_ids"])
        for group in groups["groups"]:
            opened = partners.search_count(domain + group["__extra_domain"])
            self.assertEqual(opened, group["__count"])

    def test_the_client_is_told_that_it_can_group(self):
        field = self.env["res.partner"].fields_get(["segmentation_segment_ids"])
        self.assertTrue(field["segmentation_segment_ids"]["groupable"])

    def test_exported_by_name(self):
        self.mia.group_ids += self.env.ref("base.group_allow_export")
        exported = self.ana.with_user(self.mia).export_data(
            ["name", "segmentation_segment_ids"]
        )
        self.assertEqual(exported["datas"], [["Ana", "Montero,With reference"]])

    # --- Rights -----------------------------------------------------------------

    def test_a_salesperson_finds_own_customers_only(self):
        leaf = ("segmentation_segment_ids", "in", self.montero.ids)
        self.assertEqual(self._search(self.rosa, *leaf), ["Bruno"])
        self.assertEqual(self._groups(self.rosa), {"Montero": 1, False: 2})
        ana, bruno = (self.ana | self.bruno).with_user(self.rosa)
        self.assertEqual(bruno.segmentation_segment_ids.sudo(), self.montero)
        self.assertFalse(ana.segmentation_segment_ids)

    def test_a_user_of_mailings_finds_recipients_and_is_told_no_names(self):
        leaf = ("segmentation_segment_ids", "in", self.montero.ids)
        self.assertEqual(self._search(self.mailer, *leaf), ["Ana", "Bruno"])
        self.assertFalse(self.ana.with_user(self.mailer).segmentation_segment_ids)
        with self.assertRaises(AccessError):
            self._search(self.mailer, "segmentation_segment_ids", "ilike", "Mont")
        with self.assertRaises(AccessError):
            self._groups(self.mailer)

    def test_others_may_not_ask(self):
        employee = self._person(
            "employee", "base.group_user,base.group_partner_manager"
        )
        with self.assertRaises(AccessError):
            self._search(employee, "segmentation_segment_ids", "in", self.montero.ids)

    def test_segments_of_another_company_are_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        for login, groups in (
            ("mia_other", MARKETING),
            ("mailer_other", f"base.group_user,{MAILING}"),
        ):
            user = self._person(login, groups, other)
            leaf = ("segmentation_segment_ids", "in", self.montero.ids)
            self.assertEqual(self._search(user, *leaf), [])
            self.assertFalse(self.ana.with_user(user).segmentation_segment_ids)

    # --- Cost -------------------------------------------------------------------

    def test_as_many_queries_for_many_contacts(self):
        many = self.env["res.partner"].create(
            [{"name": f"Contact {index}", "city": "Montero"} for index in range(100)]
        )
        self._follow()
        costs = []
        for partners in (many, many[:1], many):
            partners = partners.with_user(self.mia)
            self.env.invalidate_all()
            self.assertEqual(partners.exists(), partners)
            before = self.env.cr.sql_log_count
            partners.mapped("segmentation_segment_ids.name")
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(costs[1], costs[2])
