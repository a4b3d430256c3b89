"""Rule 10 with real cursors: what accounting does neither waits for us nor fails."""

from odoo.tests import TransactionCase, tagged

from ...models.position.refresh_mark import EVERYBODY


@tagged("post_install", "-at_install")
class TestPostingRace(TransactionCase):
    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self.env(cr=cr)
            customer = env["res.partner"].create({"name": "Racer"})
            self.refresh_id = env["segmentation.refresh"]._of(env.company).id
            self.customer_id = customer.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            self.env(cr=cr)["res.partner"].browse(self.customer_id).unlink()
            cr.execute(
                "DELETE FROM segmentation_refresh_mark WHERE partner = %s",
                [self.customer_id],
            )

    def _hold(self, cr):
        """Lock all that the job and others may be working on, for as long as ``cr``."""
        for table, id_ in (
            ("segmentation_refresh", self.refresh_id),
            ("res_partner", self.customer_id),
            ("res_company", self.env.company.id),
        ):
            cr.execute(f"SELECT FROM {table} WHERE id = %s FOR UPDATE", [id_])
        cron = self.env.ref("agro_segmentation.refresh_cron")
        # as Odoo holds it while the job runs
        cr.execute("SELECT FROM ir_cron WHERE id = %s FOR NO KEY UPDATE", [cron.id])

    def _mark(self, cr, company_id, partner_id):
        cr.execute("SET LOCAL lock_timeout = '2s'")
        self.env(cr=cr)["segmentation.refresh"]._mark([(company_id, partner_id)])
        cr.commit()  # pylint: disable=invalid-commit

    def test_marking_waits_for_nobody(self):
        with self.registry.cursor() as holder, self.registry.cursor() as poster:
            self._hold(holder)
            self._mark(poster, self.env.company.id, self.customer_id)
            self._mark(poster, None, self.customer_id)
            poster.execute(
                "SELECT COUNT(*) FROM segmentation_refresh_mark WHERE partner = %s",
                [self.customer_id],
            )
            self.assertGreaterEqual(poster.fetchone()[0], 2)

    def test_what_is_marked_meanwhile_is_not_lost(self):
        """The job takes the marks it has seen; one that came after them stays."""
        company_id = self.env.company.id
        with self.registry.cursor() as job, self.registry.cursor() as poster:
            self._mark(poster, company_id, EVERYBODY)
            refresh = self.env(cr=job)["segmentation.refresh"].browse(self.refresh_id)
            refresh._lock()
            self._mark(poster, company_id, self.customer_id)
            self.assertIn(EVERYBODY, refresh._take_marks())
            job.commit()
            self.assertEqual(refresh._take_marks(), {self.customer_id})
            job.rollback()
