import psycopg2

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import CadastreCommon


class TestHarvest(CadastreCommon):
    def _harvest(self, start, end, **values):
        return self.env["segmentation.harvest"].create(
            {"name": "New", "date_start": start, "date_end": end, **values}
        )

    def test_reversed_dates(self):
        with self.assertRefused("“New” ends on .*2030.*before it starts"):
            self._harvest("2030-05-01", "2030-04-30")
        self.assertTrue(self._harvest("2030-05-01", "2030-05-01"))

    def test_harvests_of_one_company_share_no_day(self):
        with self.assertRefused("“New”.*overlaps.*“Winter 2025”"):
            self._harvest("2025-09-30", "2025-12-31")
        with self.assertRefused("“Summer 2024–25”.*overlaps.*“Winter 2025”"):
            self.summer.date_end = "2025-05-01"
        self.assertTrue(self._harvest("2025-10-01", "2025-12-31"))

    def test_harvests_created_together_may_not_overlap(self):
        with self.assertRefused("“A”.*overlaps.*“B”"):
            self.env["segmentation.harvest"].create(
                [
                    {"name": "A", "date_start": "2030-01-01", "date_end": "2030-06-30"},
                    {"name": "B", "date_start": "2030-06-30", "date_end": "2030-12-31"},
                ]
            )

    def test_companies_have_their_own_seasons(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        self.assertTrue(self._harvest("2025-01-01", "2025-12-31", company_id=other.id))

    def test_dates_may_be_swapped_in_one_go(self):
        self.winter.unlink()
        self.summer.write({"date_start": "2025-10-01", "date_end": "2026-04-30"})
        self.assertEqual(self.summer.date_end.year, 2026)

    def test_the_database_ends_races(self):
        """What two sessions could each write unseen is refused at commit."""
        self._harvest("2030-01-01", "2030-12-31")
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO segmentation_harvest
                   (name, company_id, kind, state, date_start, date_end)
            VALUES ('Unseen', %s, 'annual', 'open', '2030-12-31', '2031-06-30')
            """,
            [self.company.id],
        )
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.errors.ExclusionViolation),
            self.env.cr.savepoint(flush=False),
        ):
            self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def test_harvests_with_plantings_are_kept(self):
        self._planting(self.parcel, self.summer, self.soy, 10)
        sentence = r"“Summer 2024–25” is in use \(Planting: 1\): delete those first"
        with self.assertRefused(sentence, UserError):
            (self.winter + self.summer).unlink()
        self.winter.unlink()


@tagged("post_install", "-at_install")
class TestHarvestWizard(CadastreCommon):
    def test_next_years_follow_the_latest_of_each_kind(self):
        form = Form(self.env["segmentation.harvest.wizard"])
        form.years = 2
        wizard = form.save()
        self.assertRecordValues(
            wizard.line_ids,
            [
                {"name": "Summer 2025–26", "kind": "summer"},
                {"name": "Winter 2026", "kind": "winter"},
                {"name": "Summer 2026–27", "kind": "summer"},
                {"name": "Winter 2027", "kind": "winter"},
            ],
        )
        self.assertEqual(str(wizard.line_ids[0].date_start), "2025-10-01")
        self.assertEqual(str(wizard.line_ids[0].date_end), "2026-04-30")
        wizard.line_ids[0].name = "First"
        action = wizard.action_create_harvests()
        harvests = self.env["segmentation.harvest"].search(action["domain"])
        self.assertEqual(len(harvests), 4)
        self.assertIn("First", harvests.mapped("name"))
        self.assertEqual(harvests.company_id, self.company)

    def test_lines_edited_into_an_overlap_are_refused(self):
        wizard = self.env["segmentation.harvest.wizard"].create({})
        wizard.line_ids[0].date_end = "2026-06-30"
        with self.assertRefused("“Summer 2025–26”.*overlaps.*“Winter 2026”"):
            wizard.action_create_harvests()

    def test_last_of_february(self):
        self.winter.unlink()
        self.summer.write({"date_start": "2023-03-01", "date_end": "2024-02-29"})
        wizard = self.env["segmentation.harvest.wizard"].create({"years": 4})
        ends = [str(line.date_end) for line in wizard.line_ids]
        self.assertEqual(ends[0], "2025-02-28")
        self.assertEqual(ends[3], "2028-02-29")

    def test_names(self):
        shift = self.env["segmentation.harvest.wizard"]._shift_name
        self.assertEqual(shift("Summer 2024–25", 1), "Summer 2025–26")
        self.assertEqual(shift("Verano 2098/99", 2), "Verano 2100/01")
        self.assertEqual(shift("2024-2025", 1), "2025-2026")
        self.assertEqual(shift("Campaign 7", 1), "Campaign 7")

    def test_company_without_harvests(self):
        other = self.env["res.company"].create({"name": "Other Dealer"})
        wizard = self.env["segmentation.harvest.wizard"].create(
            {"company_id": other.id}
        )
        self.assertFalse(wizard.line_ids)

    def test_years_are_limited(self):
        for years in (0, 21):
            with self.assertRefused("1 to 20 years"):
                self.env["segmentation.harvest.wizard"].create({"years": years})

    def test_years_out_of_reach_are_told(self):
        with self.assertRefused("1 to 20 years, not 9000"):
            with Form(self.env["segmentation.harvest.wizard"]) as form:
                form.years = 9000
