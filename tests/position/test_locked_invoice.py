"""An invoice somebody works on is neither waited for nor forgotten, nor spun upon."""

from unittest.mock import patch

from odoo.tests import tagged

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestLockedInvoice(RaceCommon):
    def setUp(self):
        super().setUp()
        journal = self._commit(
            lambda env: env["account.journal"].create(
                {"name": "Race", "code": "RACE", "type": "sale"}
            )
        )
        self.customer = self._commit(
            lambda env: env["res.partner"].create({"name": "Racer"})
        )
        self.move = self._commit(
            lambda env: env["account.move"].create(
                {
                    "move_type": "out_invoice",
                    "journal_id": journal.id,
                    "partner_id": self.customer.id,
                    "invoice_date": "1990-06-30",
                }
            )
        )
        self._set_state("posted")
        self.addCleanup(self._set_state, "draft")
        self.harvest = self._commit(
            lambda env: env["segmentation.harvest"].create(
                {"name": "Race", "date_start": "1990-01-01", "date_end": "1990-12-31"}
            )
        )
        with self.registry.cursor() as cr:
            self._run_job(cr)
            cr.execute(
                "UPDATE account_move SET segmentation_harvest_id = NULL WHERE id = %s",
                [self.move.id],
            )
            self._mark(cr)

    def _set_state(self, state):
        with self.registry.cursor() as cr:
            cr.execute(
                "UPDATE account_move SET state = %s WHERE id = %s",
                [state, self.move.id],
            )
            cr.execute(
                "DELETE FROM segmentation_refresh_mark WHERE partner = %s",
                [self.customer.id],
            )

    def _mark(self, cr):
        env = self._env_of(cr)
        env["segmentation.refresh"]._mark([(env.company.id, self.customer.id)])

    def _run_job(self, cr):
        """Return how often the job computed something."""
        env = self._env_of(cr)
        figures = type(env["segmentation.figures"])
        compute, calls = figures._compute, []

        def counted(*args):
            calls.append(args)
            self.assertLess(len(calls), 10, "the job spins")
            return compute(*args)

        with patch.object(figures, "_compute", counted):
            env["segmentation.refresh"]._of(env.company).sudo()._run(
                # pylint: disable-next=invalid-commit
                lambda *args, **kwargs: cr.commit() or 60
            )
        return len(calls)

    def _harvest(self, cr):
        cr.execute(
            "SELECT segmentation_harvest_id FROM account_move WHERE id = %s",
            [self.move.id],
        )
        return cr.fetchone()[0]

    def _marks(self, cr):
        """Return until when each mark of the customer is left alone."""
        cr.execute(
            "SELECT not_before FROM segmentation_refresh_mark WHERE partner = %s",
            [self.customer.id],
        )
        return [not_before for (not_before,) in cr.fetchall()]

    def test_the_job_comes_back_in_a_minute(self):
        with self.registry.cursor() as holder, self.registry.cursor() as job:
            holder.execute(
                "SELECT FROM account_move WHERE id = %s FOR UPDATE", [self.move.id]
            )
            job.execute("SET lock_timeout = '2s'")
            self.assertEqual(self._run_job(job), 1)
            self.assertEqual(self._run_job(job), 0)
            self.assertFalse(self._harvest(job))
            (not_before,) = self._marks(job)
            self.assertGreater(not_before, job.now())
        with self.registry.cursor() as job:
            job.execute(
                "UPDATE segmentation_refresh_mark SET not_before = '2000-01-01' "
                "WHERE partner = %s",
                [self.customer.id],
            )
            self.assertEqual(self._run_job(job), 1)
            self.assertEqual(self._harvest(job), self.harvest.id)
            self.assertFalse(self._marks(job))

    def test_the_job_is_woken_for_it(self):
        with self.registry.cursor() as holder, self.registry.cursor() as job:
            holder.execute(
                "SELECT FROM account_move WHERE id = %s FOR UPDATE", [self.move.id]
            )
            env = self._env_of(job)
            cron = env.ref("agro_segmentation.refresh_cron")
            self._run_job(job)
            (not_before,) = self._marks(job)
            triggers = env["ir.cron.trigger"].sudo()
            self.assertTrue(
                triggers.search(
                    [("cron_id", "=", cron.id), ("call_at", "=", not_before)]
                )
            )

    def test_somebody_who_cannot_wait_does_not_spin_either(self):
        with self.registry.cursor() as holder, self.registry.cursor() as preview:
            holder.execute(
                "SELECT FROM account_move WHERE id = %s FOR UPDATE", [self.move.id]
            )
            preview.execute("SET lock_timeout = '2s'")
            env = self._env_of(preview)
            env["segmentation.refresh"]._refresh_pending(env.company)
            self.assertFalse(self._harvest(preview))
