"""How many customers one transaction computes, and what each row written costs."""

from unittest.mock import patch

import psycopg2

from odoo.tests import tagged

from ...models.position import refresh as module
from .common import PositionCommon


@tagged("post_install", "-at_install")
class TestBatches(PositionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refresh = cls.env["segmentation.refresh"]._of(cls.company)
        cls.figures = type(cls.env["segmentation.figures"])
        for index in range(9):
            cls._customer(f"Batch {index}")

    def _sizes(self):
        """Walk through everybody; return how many customers each full batch had."""
        sizes = []
        self.env["segmentation.refresh"]._mark_companies(self.company)

        def noted(figures, company, customer_ids):
            sizes.append(len(customer_ids))

        with patch.object(self.figures, "_compute", noted):
            while self.refresh._step():
                pass
        return [size for size in sizes if size][:-1]

    def test_the_first_batch_of_a_company_is_of_middling_size(self):
        other = self.setup_other_company(name="Second")["company"]
        refresh = self.env["segmentation.refresh"]._of(other)
        self.assertEqual(refresh.batch, module.FIRST_BATCH)

    def test_a_short_batch_is_followed_by_one_of_twice_as_many(self):
        self.refresh.batch = 1
        self.assertEqual(self._sizes()[:3], [1, 2, 4])

    def test_no_batch_is_of_more_than_the_most(self):
        self.refresh.batch = 1
        with patch.object(module, "BATCH", 3):
            self.assertEqual(self._sizes()[:4], [1, 2, 3, 3])
        self.assertEqual(self.refresh.batch, 3)

    def test_a_long_batch_is_followed_by_one_of_as_many(self):
        self.refresh.batch = 2
        with patch.object(module, "SHORT", 0):
            self.assertEqual(set(self._sizes()), {2})

    def _run(self):
        """Run the job; return the sizes that stood whenever it committed."""
        committed = []

        def progress(*args, **kwargs):
            self.env.flush_all()
            committed.append(self.refresh.batch)
            return 60

        try:
            self.refresh._run(progress)
        except psycopg2.Error:
            committed.append("ended")
        return committed

    def test_a_batch_ended_halfway_is_tried_again_with_half_as_many(self):
        """Whatever ended it: only what was committed before it is left then."""
        self.refresh.batch = 8
        self.env["segmentation.refresh"]._mark_companies(self.company)
        ended = psycopg2.errors.QueryCanceled("time limit")
        with patch.object(self.figures, "_compute", side_effect=ended):
            self.assertEqual(self._run(), [4, "ended"])
            self.refresh.batch = 1
            self.assertEqual(self._run(), [1, "ended"], "one is the least")

    def test_a_batch_that_ends_well_keeps_its_size(self):
        self.refresh.batch = 4
        self.env["segmentation.refresh"]._mark_companies(self.company)
        with patch.object(module, "SHORT", 0), patch.object(self.figures, "_compute"):
            committed = self._run()
        self.assertEqual(committed[:4], [2, 4, 2, 4])

    def test_a_few_changes_commit_nothing_before(self):
        self._refresh()
        self._invoice(self.farmer, 10, "2024-11-15")
        before = self.refresh.batch
        self.assertEqual(set(self._run()), {before})

    def _foreign_keys(self, table):
        """Return the columns of a table that PostgreSQL looks up for each row."""
        self.env.cr.execute(
            """
            SELECT column_name FROM information_schema.key_column_usage
              JOIN information_schema.table_constraints USING (constraint_name)
             WHERE constraint_type = 'FOREIGN KEY' AND table_constraints.table_name = %s
            """,
            [table],
        )
        return {column for (column,) in self.env.cr.fetchall()}

    def test_lines_are_looked_up_by_what_they_alone_know(self):
        """Each lookup of each row takes as long as writing a third of it."""
        self.assertEqual(
            self._foreign_keys("segmentation_position_line"),
            {"position_id", "zone_id", "unit_id", "create_uid", "write_uid"},
        )

    def test_rows_of_the_refresh_name_no_user(self):
        self._invoice(self.farmer, 10, "2024-11-15")
        self._plant(self.farmer, self.east, self.soy, 10, self.summer_25)
        self._refresh()
        for name in (
            "segmentation.position",
            "segmentation.position.line",
            "segmentation.cut.point",
            "segmentation.relation",
        ):
            rows = self.env[name].search([("company_id", "=", self.company.id)])
            self.assertTrue(rows, name)
            self.assertFalse(rows.create_uid | rows.write_uid, name)

    def test_lines_go_with_what_their_position_links_to(self):
        lines = self.env["segmentation.position.line"]
        self._rate(self.soy, 100)
        self._invoice(self.farmer, 10, "2024-11-15")
        self._plant(self.partner_a, self.east, self.soy, 10, self.summer_25)
        self._refresh()
        self.assertTrue(lines.search([("partner_id", "=", self.partner_a.id)]))
        self.env["segmentation.parcel"].search([]).unlink()
        self.partner_a.unlink()
        self.assertFalse(lines.search([("partner_id", "=", self.partner_a.id)]))
        of_harvest = [("harvest_id", "=", self.summer_25.id)]
        self.assertTrue(lines.search(of_harvest))
        self.env.cr.execute(
            "UPDATE account_move SET segmentation_harvest_id = NULL;"
            "DELETE FROM segmentation_harvest WHERE id = %s",
            [self.summer_25.id],
        )
        self.env.invalidate_all()
        self.assertFalse(lines.search(of_harvest))
