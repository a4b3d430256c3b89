"""Two people execute one handover at the same time, with real cursors."""

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestHandoverRace(TransactionCase):
    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = self._env(cr)
            admin = env.ref("base.user_admin")
            customer = env["res.partner"].create(
                {"name": "Racer", "is_company": True, "user_id": admin.id}
            )
            handover = env["segmentation.handover"].create(
                {
                    "source_user_ids": [Command.set(admin.ids)],
                    "target_ids": [Command.create({"user_id": admin.id})],
                    "partner_domain": f"[('id', '=', {customer.id})]",
                    "reason": "Race",
                }
            )
            handover.action_list()
            self.handover_id, self.customer_id = handover.id, customer.id
        self.addCleanup(self._clean_up)

    def _env(self, cr):
        return self.env(cr=cr, user=self.env.ref("base.user_admin").id)

    def _handover(self, cr):
        return self._env(cr)["segmentation.handover"].browse(self.handover_id)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            handover = self._handover(cr).sudo()
            handover.state = "draft"
            handover.unlink()
            self._env(cr)["res.partner"].browse(self.customer_id).unlink()

    @mute_logger("odoo.sql_db")
    def test_the_later_one_starts_again_and_finds_it_done(self):
        with self.registry.cursor() as slow:
            handover = self._handover(slow)
            self.assertEqual(handover.state, "draft")
            with self.registry.cursor() as fast:
                self._handover(fast).action_execute()
            with self.assertRaises(SerializationFailure):
                handover.action_execute()
            slow.rollback()
        with self.registry.cursor() as again:
            with self.assertRaisesRegex(UserError, "is not in the state for this"):
                self._handover(again).action_execute()
            self.assertEqual(len(self._handover(again).line_ids), 1)
