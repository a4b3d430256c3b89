import logging
from datetime import timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.clock import begins
from ..common.job import PASSING, act_as, go_through, tries_again, wake

_logger = logging.getLogger(__name__)


class SegmentationHandover(models.Model):
    """Executes planned handovers on their day, and goes on with large ones.

    One that fails says so to who executed or planned it, and the others go on.
    """

    _inherit = "segmentation.handover"

    def _effective_moment(self):
        """Return when the effective date begins, in UTC without time zone."""
        return begins(self.date_effective, pytz.timezone(self.user_id.tz or "UTC"))

    @api.model
    def _trigger_job(self, at=None):
        """Wake the job, now or ``at`` a moment in UTC."""
        wake(self.env, "handover_cron", at)

    @api.model
    @tries_again("handover_cron")
    def _cron_run(self):
        """Execute what is due and go on with what is in progress, batch by batch."""
        now = fields.Datetime.now()
        due = self.search([("state", "in", ("running", "undoing"))]) | self.search(
            [
                ("state", "=", "planned"),
                # a day begins somewhere before it does in UTC
                ("date_effective", "<=", now.date() + timedelta(days=1)),
            ]
        ).filtered(lambda handover: handover._effective_moment() <= now)
        go_through(due, type(self)._run_step, "handover_cron")

    def _run_step(self):
        """Do the next batch, with the rights of who executed or planned it.

        :return: whether more is left; not after an error, which stops this handover
            alone
        """
        handover = act_as(self, self.user_id, self.company_id)
        try:
            with self.env.cr.savepoint():
                return handover._run_batch()
        except PASSING:
            raise
        except UserError as error:
            handover._give_up(str(error))
        except Exception as error:
            _logger.exception("Handover %s stopped", self.id)
            handover._give_up(str(error).strip().partition("\n")[0])
        return False

    def _run_batch(self):
        """Do the next batch; return whether more is left."""
        if self.state not in ("planned", "running", "undoing"):
            return False
        if self.state == "planned":
            self._check_criteria()
            self._list_new_accounts()
            self._check_listed()
            self._start()
        return self._step()

    def _give_up(self, problem):
        """Go back to where somebody can go on, and tell who planned it why.

        What is planned becomes a draft. Of what is in progress, accounts that are not
        handed over yet are skipped; what is being undone can be undone once more.
        """
        handover = self.sudo()
        if handover.state == "planned":
            handover.state = "draft"
            body = self.env._("This handover could not be executed: %s", problem)
        else:
            if handover.state == "running":
                handover._skip_rest(problem)
            handover.state = "done"
            body = self.env._(
                "This handover stopped; the list says which accounts are left. %s",
                problem,
            )
        handover.message_post(body=body, partner_ids=handover.user_id.partner_id.ids)

    def _skip_rest(self, problem):
        """Leave the accounts that are not handed over yet with whom they are."""
        rest = self.line_ids.filtered(lambda line: line.state == "todo")
        rest.write({"state": "skipped", "note": problem})
        self.date_done = fields.Datetime.now()
        self._notify_people()
