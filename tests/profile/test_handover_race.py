"""Two people execute one handover at the same time, with real cursors."""

from psycopg2.errors import SerializationFailure

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestHandoverRace(RaceCommon):
    def setUp(self):
        super().setUp()
        self.customer = self._commit(
            lambda env: env["res.partner"].create(
                {"name": "Racer", "is_company": True, "user_id": env.uid}
            )
        )
        self.handover_id = self._commit(self._create_handover).id
        self.addCleanup(self._let_it_be_deleted)

    def _create_handover(self, env):
        handover = env["segmentation.handover"].create(
            {
                "source_user_ids": [Command.set(env.user.ids)],
                "target_ids": [Command.create({"user_id": env.uid})],
                "partner_domain": f"[('id', '=', {self.customer.id})]",
                "reason": "Race",
            }
        )
        handover.action_list()
        return handover

    def _handover(self, cr):
        return self._env_of(cr)["segmentation.handover"].browse(self.handover_id)

    def _let_it_be_deleted(self):
        with self.registry.cursor() as cr:
            self._handover(cr).sudo().state = "draft"

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
