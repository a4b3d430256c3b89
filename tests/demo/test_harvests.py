from datetime import date

from freezegun import freeze_time

from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file

#: each month, the days on which another harvest becomes the reference, a leap day
DAYS = [
    *(date(2027, month, 1) for month in range(1, 13)),
    *(date(2027, 6, day) for day in (13, 14, 15, 16)),
    *(date(2027, 11, day) for day in (13, 14, 15, 16)),
    date(2027, 12, 31),
    date(2028, 2, 29),
]


@tagged("post_install", "-at_install")
class TestDemoHarvests(TransactionCase):
    """The demo dealer's harvests fit the day they are loaded, whichever it is."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dealer, _branch = cls.env["res.company"]._load_records(
            [
                {"xml_id": f"agro_segmentation.{name}", "values": {"name": name}}
                for name in ("company_dealer", "company_branch")
            ]
        )

    def _load(self):
        convert_file(self.env, "agro_segmentation", "demo/harvests.xml", {}, "init")
        return {
            name: self.env.ref(f"agro_segmentation.harvest_{name}")
            for name in ("summer_1", "winter_1", "summer_2", "winter_2", "branch_2")
        }

    def test_any_day(self):
        """The reference harvest has begun 45 days ago or earlier, on any day.

        So it holds all its invoices, which are of its first 44 days, and it is the
        newest of its dealer; overlaps would be refused at loading.
        """
        for day in DAYS:
            with self.subTest(day=day), freeze_time(day), self.env.cr.savepoint() as sp:
                harvests = self._load()
                newest = max(harvests.values(), key=lambda h: h.date_start)
                self.assertIn(
                    newest,
                    harvests["summer_2"] | harvests["winter_2"] | harvests["branch_2"],
                )
                self.assertEqual(
                    self.dealer._segmentation_reference_harvest().date_start,
                    newest.date_start,
                )
                age = (day - newest.date_start).days
                self.assertTrue(45 <= age <= 45 + 212, f"begun {age} days ago")
                sp.rollback()
            self.env.invalidate_all()
            self.registry.clear_cache()

    @freeze_time("2026-11-20")
    def test_in_a_summer(self):
        """In November the reference harvest is the summer begun in October."""
        harvests = self._load()
        self.assertEqual(
            {name: h.name for name, h in harvests.items()},
            {
                "summer_2": "Verano 2026–27",
                "winter_2": "Invierno 2026",
                "summer_1": "Verano 2025–26",
                "winter_1": "Invierno 2025",
                "branch_2": "Verano 2026–27",
            },
        )
        self.assertEqual(
            self.dealer._segmentation_reference_harvest(), harvests["summer_2"]
        )
        self.assertEqual(harvests["summer_2"].date_end, date(2027, 3, 31))

    @freeze_time("2027-07-01")
    def test_in_a_winter(self):
        """In July the reference harvest is the winter begun in May."""
        harvests = self._load()
        self.assertEqual(
            self.dealer._segmentation_reference_harvest(), harvests["winter_2"]
        )
        self.assertEqual(harvests["winter_2"].name, "Invierno 2027")
        self.assertEqual(harvests["winter_2"].date_end, date(2027, 8, 31))
        self.assertEqual(harvests["summer_2"].name, "Verano 2026–27")
