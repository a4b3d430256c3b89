from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import TwoSegmentsCommon


@tagged("post_install", "-at_install")
class TestSegmentCombine(TwoSegmentsCommon):
    """Segments of segments, and of searches, made on screen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls.montero | cls.with_ref

    def _wizard(self, segments, operation):
        wizards = self.env["segmentation.segment.combine"].with_user(self.mia)
        wizards = wizards.with_context(
            active_model=segments._name, active_ids=segments.ids
        )
        return wizards.create({"operation": operation})

    def _combined(self, operation, segments=None):
        wizard = self._wizard(segments or self.both, operation)
        return self._made(wizard.action_combine())

    # --- Combining --------------------------------------------------------------

    def test_union(self):
        segment = self._combined("union")
        self.assertMembers(segment, self.ana | self.bruno | self.carla)
        self.assertEqual(segment.name, "Montero or Referenced")

    def test_intersection(self):
        segment = self._combined("intersection")
        self.assertMembers(segment, self.bruno)
        self.assertEqual(segment.name, "Montero and Referenced")

    def test_difference(self):
        segment = self._combined("difference")
        self.assertMembers(segment, self.ana)
        self.assertEqual(segment.name, "Montero, but not Referenced")

    def test_difference_from_the_first_that_is_chosen(self):
        wizard = self._wizard(self.both, "difference")
        self.assertEqual(wizard.first_id, self.montero)
        wizard.first_id = self.with_ref
        self.assertMembers(self._made(wizard.action_combine()), self.carla)

    def test_the_name_of_many(self):
        """The first ones, and how many others; never too long to be read."""
        more = [self._segment([], name=f"Number {n}") for n in range(1, 5)]
        segments = self.both.union(*more)
        for operation, name in (
            ("union", "Montero or Referenced or Number 1 or 3 others"),
            (
                "difference",
                "Montero, but not Referenced or Number 1 or Number 2 or 2 others",
            ),
        ):
            wizard = self._wizard(segments, operation)
            self.assertEqual(self._made(wizard.action_combine()).name, name)
        self.with_ref.name = "Of a very long name " * 9
        name = self._combined("difference").name
        self.assertTrue(name.startswith("Montero, but not Of a very long name Of"))
        self.assertTrue(name.endswith("…"))
        self.assertLessEqual(len(name), 80)

    def test_what_is_combined_follows(self):
        segment = self._combined("intersection")
        self.ana.ref = "X"
        self._follow()
        self.assertMembers(segment, self.ana | self.bruno)

    def test_lists_contacts_only_where_all_do(self):
        contacts = self._segment([("city", "!=", False)], level="contact")
        self.assertEqual(
            self._combined("union", contacts | self.montero).level, "customer"
        )
        other = self._segment([("ref", "!=", False)], level="contact")
        self.assertEqual(self._combined("union", contacts | other).level, "contact")

    def test_one_segment_cannot_be_combined(self):
        with self.assertRaisesRegex(UserError, "at least two"):
            self._wizard(self.montero, "union").action_combine()

    def test_segments_of_two_companies_cannot_be_combined(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.mia.company_ids += other
        theirs = self._segment([("ref", "=", "X")], company_id=other.id)
        wizard = self._wizard(self.montero | theirs, "union")
        wizard = wizard.with_context(allowed_company_ids=self.mia.company_ids.ids)
        with self.assertRaisesRegex(UserError, "several companies .*Other"):
            wizard.action_combine()

    # --- From a search ----------------------------------------------------------

    def test_segment_of_a_search(self):
        segments = self.env["segmentation.segment"].with_user(self.mia)
        action = segments.action_from_search(
            "res.partner", ["|", ["name", "=", "Ana"], ["ref", "=", "X"]]
        )
        segment = self._made(action)
        self.assertEqual(segment.level, "contact")
        self.assertMembers(segment, self.ana | self.bruno | self.carla)

    def test_the_name_of_a_search(self):
        """As the search bar shows it, else as the rule reads."""
        segments = self.env["segmentation.segment"].with_user(self.mia)
        domain = [["city", "=", "Montero"]]
        for labels, name in (
            (["City: Montero", "My Contacts"], "City: Montero and My Contacts"),
            ([], "City is “Montero”"),
            (["City: " + "Montero" * 20], "City: " + ("Montero" * 20)[:73] + "…"),
        ):
            action = segments.action_from_search("res.partner", domain, labels)
            self.assertEqual(self._made(action).name, name)
        action = segments.action_from_search(
            "segmentation.position", [["billing", ">", 100]]
        )
        name = self._made(action).name.replace("\N{NO-BREAK SPACE}", " ")
        sentence = "Positions where (Billing is more than $ 100.00): at least 1"
        self.assertEqual(name, sentence)

    def test_segment_of_a_search_in_a_segment(self):
        segments = self.env["segmentation.segment"].with_user(self.mia)
        leaf = ["segmentation_segment_ids", "in", self.montero.ids]
        action = segments.action_from_search("res.partner", [leaf])
        self.assertMembers(self._made(action), self.ana | self.bruno)

    def test_segment_of_a_search_of_positions(self):
        self._invoice(self.bruno, 500, "2024-11-15")
        self._refresh()
        segments = self.env["segmentation.segment"].with_user(self.mia)
        leaf = ["billing", ">", 100]
        action = segments.action_from_search("segmentation.position", [leaf])
        segment = self._made(action)
        self.assertEqual(segment.level, "customer")
        self.assertMembers(segment, self.bruno)

    def test_segment_of_a_search_of_invoices(self):
        self._invoice(self.bruno, 500, "2024-11-15")
        segments = self.env["segmentation.segment"].with_user(self.mia)
        leaf = ["invoice_date", ">", "2024-11-01"]
        with self.assertRaisesRegex(UserError, "may not read these documents"):
            self._made(segments.action_from_search("account.move", [leaf]))
        self.mia.group_ids += self.env.ref("account.group_account_invoice")
        action = segments.action_from_search("account.move", [leaf])
        self.assertMembers(self._made(action), self.bruno)

    def test_no_segment_of_other_searches(self):
        segments = self.env["segmentation.segment"].with_user(self.mia)
        with self.assertRaisesRegex(UserError, "contacts, positions and invoices"):
            segments.action_from_search("res.users", [])

    def test_salespeople_make_none(self):
        salesman = self._person("salesman_combine")
        segments = self.env["segmentation.segment"].with_user(salesman)
        with self.assertRaises(AccessError):
            segments.action_from_search("res.partner", [])
        with self.assertRaises(AccessError):
            self._wizard(self.both, "union").with_user(salesman).action_combine()
