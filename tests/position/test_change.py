from odoo.tests import new_test_user, tagged

from .common import PositionCommon

GROUP = "agro_segmentation.group_segmentation_"


@tagged("post_install", "-at_install")
class TestQuadrantChange(PositionCommon):
    """A quadrant that becomes another is noted; one found for the first time is not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate(cls.soy, 100)
        cls._plant(cls.farmer, cls.east, cls.soy, 10, cls.summer_25)
        cls._invoice(cls.farmer, 50, "2024-11-15")
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    def _changes(self, partner=None):
        self._refresh()
        return self.env["segmentation.change"].search(
            [
                ("partner_id", "=", (partner or self.farmer).id),
                ("kind", "=", "quadrant"),
            ],
            order="id",
        )

    def test_the_first_quadrant_is_no_change(self):
        self.assertEqual(
            self._position(self.farmer, self.summer_25).quadrant, "retention"
        )
        self.assertFalse(self._changes())

    def test_another_quadrant_is(self):
        self._invoice(self._customer("Big"), 5000, "2024-11-15")
        self.assertRecordValues(
            self._changes(),
            [
                {
                    "company_id": self.company.id,
                    "harvest_id": self.summer_25.id,
                    "unit_id": False,
                    "old_value": "retention",
                    "new_value": "investment",
                    "user_id": False,
                }
            ],
        )
        self.assertEqual(
            self._changes().display_name, "Agro Norte: Retention → Investment"
        )

    def test_unknown_becomes_known(self):
        stranger = self._customer("Stranger")
        self._invoice(stranger, 10, "2024-11-15")
        self.assertFalse(self._changes(stranger))
        self._plant(stranger, self.east, self.soy, 1, self.summer_25)
        self.assertEqual(
            self._changes(stranger).mapped("old_value"), ["unknown"], "no first fill"
        )

    def test_figures_that_change_no_quadrant_are_no_change(self):
        self._invoice(self.farmer, 5, "2024-11-16")
        self.assertFalse(self._changes())

    def test_salespeople_see_those_of_their_own_customers(self):
        seller, marketer = (
            new_test_user(
                self.env,
                f"change_{group}",
                f"{GROUP}{group}",
                company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )
            for group in ("user", "marketing")
        )
        self._invoice(self._customer("Big"), 5000, "2024-11-15")
        self.assertTrue(self._changes())
        changes = self.env["segmentation.change"]
        self.assertFalse(changes.with_user(seller).search([]))
        self.farmer.user_id = seller
        self.assertEqual(
            changes.with_user(seller).search([]).partner_id.ids, self.farmer.ids
        )
        self.assertTrue(changes.with_user(marketer).search([]))
        self.assertFalse(changes.with_user(marketer).has_access("write"))
