from odoo.tests import tagged
from odoo.tools import SQL

from .common import PositionCommon

#: what a refresh writes
MODELS = (
    "segmentation.position",
    "segmentation.position.line",
    "segmentation.cut.point",
    "segmentation.relation",
)


@tagged("post_install", "-at_install")
class TestUnchanged(PositionCommon):
    """Every night everybody is computed again, and hardly anything has changed.

    PostgreSQL gives a row that comes to a conflict its own id and a lock before it
    looks: a million customers would use up all ids there are within half a year.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rate(cls.soy, 100)
        cls._plant(cls.farmer, cls.east, cls.soy, 10, cls.summer_25)
        cls._invoice(cls.farmer, 400, "2024-11-10")
        cls._invoice(cls.farmer, 50, "2024-04-10")  # outside any harvest

    def test_database_knows_how_many_positions_there_are(self):
        """Whoever uses them right after a refresh of everybody must not wait."""
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self.env["segmentation.refresh"]._refresh_pending(self.company)
        known = self.env.execute_query(
            SQL(
                """SELECT FROM pg_stats
                    WHERE tablename = 'segmentation_position'
                      AND attname = 'harvest_id'"""
            )
        )
        self.assertTrue(known)

    def _last_ids(self):
        """Return the last id that each sequence gave."""
        return {
            name: self.env.execute_query(
                SQL(
                    "SELECT last_value FROM %s",
                    SQL.identifier(f"{self.env[name]._table}_id_seq"),
                )
            )
            for name in MODELS
        }

    def _refresh_everybody(self):
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self._refresh()

    def test_what_stands_takes_no_ids(self):
        self._refresh_everybody()
        for name in MODELS:
            self.assertTrue(
                self.env[name].search([("company_id", "=", self.company.id)])
            )
        before = self._last_ids()
        self._refresh_everybody()
        self.assertEqual(self._last_ids(), before)

    def test_what_changed_is_written_and_the_rest_stands(self):
        self._refresh_everybody()
        positions = self.env["segmentation.position"].search(
            [("partner_id", "=", self.farmer.id)]
        )
        self.env.cr.execute(
            "UPDATE segmentation_position SET write_date = '2020-01-01'"
        )
        self._invoice(self.farmer, 100, "2024-11-11")
        self._refresh_everybody()
        positions.invalidate_recordset()
        changed = positions.filtered(lambda position: position.write_date.year > 2020)
        self.assertEqual(changed.harvest_id, self.summer_25)
        self.assertEqual(changed.billing, 500)
        self.assertGreater(len(positions), 1)
