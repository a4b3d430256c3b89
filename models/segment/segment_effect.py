import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, groupby

from ..common.job import PASSING, tries_again, wake

_logger = logging.getLogger(__name__)

#: effects done in one transaction
BATCH = 500
#: how long after an action did something for a contact it does it again
REST = "1 day"


class SegmentationSegmentEffect(models.Model):
    """What one action did for one membership: at most once, whatever happens.

    The row is made in the transaction in which the contact enters or leaves, and noted
    as done in the one in which it is done: nothing is forgotten, nor done twice, if a
    server stops in between. The job does what is pending, the oldest first, with many
    contacts at once. What fails, fails for its contact only, and says why.
    """

    _name = "segmentation.segment.effect"
    _description = "Effect of a Segment's Action"
    _order = "date desc, id desc"
    _log_access = False

    action_id = fields.Many2one(
        "segmentation.segment.action", required=True, readonly=True, ondelete="cascade"
    )
    membership_id = fields.Many2one(
        "segmentation.membership",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    segment_id = fields.Many2one(related="action_id.segment_id")
    partner_id = fields.Many2one(related="membership_id.partner_id", string="Contact")
    date = fields.Datetime(
        string="Asked for on",
        required=True,
        readonly=True,
        help="When the contact entered or left.",
    )
    date_done = fields.Datetime(string="Done on", readonly=True)
    state = fields.Selection(
        [
            ("pending", "Waiting"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("repeated", "Left out: done less than a day ago"),
            ("no_email", "Left out: has no e-mail address"),
            ("opted_out", "Left out: opted out of the list"),
        ],
        string="Status",
        required=True,
        readonly=True,
    )
    error = fields.Text(readonly=True)

    _entry_uniq = models.Constraint(
        "UNIQUE(action_id, membership_id)", "An action follows once for each entry."
    )
    _pending_idx = models.Index("(date, id) WHERE state = 'pending'")

    # --- Asked for --------------------------------------------------------------

    @api.model
    def _queue(self, which):
        """Note what is to be done.

        :param SQL which: condition on ``action`` and ``membership`` of its segment
        """
        self.env["segmentation.segment.action"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO segmentation_segment_effect
                       (action_id, membership_id, date, state)
                SELECT action.id, membership.id, %(now)s,
                       CASE WHEN EXISTS (
                           SELECT FROM segmentation_segment_effect before
                             JOIN segmentation_membership earlier
                               ON earlier.id = before.membership_id
                            WHERE before.action_id = action.id
                              AND earlier.partner_id = membership.partner_id
                              AND before.state IN ('pending', 'done', 'failed')
                              AND before.date > %(now)s::timestamp - %(rest)s::interval)
                       THEN 'repeated' ELSE 'pending' END
                  FROM segmentation_segment_action action
                  JOIN segmentation_membership membership
                    ON membership.segment_id = action.segment_id
                 WHERE %(which)s
                   AND NOT EXISTS (
                       SELECT FROM segmentation_segment_effect effect
                        WHERE effect.action_id = action.id
                          AND effect.membership_id = membership.id)
              ORDER BY action.sequence, action.id, membership.id""",
                which=which,
                now=self.env.cr.now(),
                rest=REST,
            )
        )
        self.invalidate_model()
        self.env["segmentation.segment.action"].invalidate_model()
        self.env["segmentation.segment.mark"]._trigger()

    @api.model
    def _queue_change(self, segment, entered, left):
        """Note what follows for contacts that entered or left a segment just now.

        By those of its actions that were there before: an action that is added leaves
        those alone whom the segment finds as it is saved.
        """
        now = self.env.cr.now()
        self._queue(
            SQL(
                """
                action.segment_id = %(segment)s AND action.active
                AND action.create_date < %(now)s
                AND CASE action.moment WHEN 'enter'
                    THEN membership.date_from = %(now)s AND membership.date_to IS NULL
                         AND membership.partner_id = ANY(%(entered)s)
                    ELSE membership.date_to = %(now)s
                         AND membership.partner_id = ANY(%(left)s) END""",
                segment=segment.id,
                now=now,
                entered=entered,
                left=left,
            )
        )

    @api.model
    def _queue_members(self, actions):
        """Note what actions on entering are to do for those who are members now."""
        self._queue(
            SQL(
                """
                action.id = ANY(%s) AND action.moment = 'enter'
                AND membership.date_to IS NULL""",
                actions.ids,
            )
        )

    # --- Done -------------------------------------------------------------------

    @api.model
    def _execute_pending(self):
        """Do what is pending and commit each batch, while the job has time."""
        progress = self.env["ir.cron"]._commit_progress
        try:
            while count := self._execute_next():
                if not progress(count):
                    wake(self.env, "segment_cron")
                    return
        except psycopg2.extensions.TransactionRollbackError as error:
            # Somebody wrote on the same contacts meanwhile; it is still pending. At
            # once rather than in a minute: who was in the way has committed.
            self.env.cr.rollback()
            _logger.info("The actions of segments come later: %s", error)
            wake(self.env, "segment_cron")

    @api.model
    def _execute_next(self):
        """Do the oldest pending effects, :data:`BATCH` at most.

        What one moment brought is done at once, and moment after moment: who entered
        and left ends as it happened.

        :return: how many these were
        """
        effects = self.browse(self._take_next())
        for _key, group in groupby(effects, lambda row: (row.date, row.action_id)):
            self.union(*group)._run()
        return len(effects)

    @api.model
    def _take_next(self):
        """Return ids of the effects to do next, which nobody else is doing."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT effect.id
                  FROM segmentation_segment_effect effect
                  JOIN segmentation_segment_action action
                    ON action.id = effect.action_id
                  JOIN segmentation_segment segment ON segment.id = action.segment_id
                 WHERE effect.state = 'pending' AND action.active AND segment.active
              ORDER BY effect.date, effect.id
                 LIMIT %s
                   FOR NO KEY UPDATE OF effect SKIP LOCKED""",
                BATCH,
            )
        )
        return [id_ for (id_,) in rows]

    def _run(self):
        """Do effects of one action."""
        try:
            actor = self.action_id._actor()
        except UserError as error:
            self._fail(error)
        else:
            self._execute(actor)

    def _execute(self, actor):
        """Do it for all at once; if that fails, for each half, down to who is to blame.

        :param actor: the action, with the rights with which it is done
        """
        try:
            with self.env.cr.savepoint():
                partners = actor.env["res.partner"].browse(self.partner_id.ids)
                self._done(actor._act(partners))
        except PASSING:
            raise
        except Exception as error:
            if len(self) == 1:
                self._fail(error)
                return
            half = len(self) // 2
            for part in self[:half], self[half:]:
                part._execute(actor)

    def _done(self, left_out):
        """Note that it was done, but for contacts who were left out."""
        self.write({"state": "done", "date_done": self.env.cr.now()})
        effects_of = self.grouped(lambda effect: effect.partner_id.id)
        for state, partners in left_out.items():
            effects = (effects_of[id_] for id_ in partners.ids)
            self.browse().union(*effects).state = state

    def _fail(self, error):
        """Note what stopped it; somebody may have it tried again."""
        _logger.info("Action %s of a segment failed: %s", self.action_id.id, error)
        self.write({"state": "failed", "error": str(error).strip()})

    # --- Merged contacts --------------------------------------------------------

    @api.model
    def _unite(self, partners):
        """Hand over what was done for memberships of contacts that become one.

        Of several effects of one action the one that was done stays.
        """
        self.flush_model()
        ranked = SQL(
            """
            SELECT effect.id, effect.membership_id, united.kept_id,
                   ROW_NUMBER() OVER (
                       PARTITION BY effect.action_id, united.kept_id
                           ORDER BY effect.state = 'done' DESC, effect.id) AS rank
              FROM segmentation_segment_effect effect
              JOIN (%s) united ON united.id = effect.membership_id""",
            self.env["segmentation.membership"]._united(partners),
        )
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM segmentation_segment_effect effect
                 USING (%s) ranked
                 WHERE ranked.id = effect.id AND ranked.rank > 1""",
                ranked,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE segmentation_segment_effect effect
                   SET membership_id = ranked.kept_id
                  FROM (%s) ranked
                 WHERE ranked.id = effect.id
                   AND effect.membership_id <> ranked.kept_id""",
                ranked,
            )
        )
        self.invalidate_model()


class SegmentationMembership(models.Model):
    """What was done for a membership stays when contacts are merged."""

    _inherit = "segmentation.membership"

    @api.model
    def _fold(self, partners):
        """Hand effects over to the memberships that stay."""
        self.flush_model()
        self.env["segmentation.segment.effect"]._unite(partners)
        return super()._fold(partners)


class SegmentationSegment(models.Model):
    """Has actions follow who enters and leaves."""

    _inherit = "segmentation.segment"

    def _after_change(self, changes):
        """Note what follows for who entered and left."""
        result = super()._after_change(changes)
        effects = self.env["segmentation.segment.effect"].sudo()
        for segment, (entered, left) in changes.items():
            if segment.sudo().action_ids:
                effects._queue_change(segment, entered, left)
        return result

    @api.model
    @tries_again("segment_cron")
    def _cron_refresh(self):
        """Do what follows, once members are right."""
        result = super()._cron_refresh()
        self.env["segmentation.segment.effect"]._execute_pending()
        return result
