import logging
from datetime import timedelta

import psycopg2

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.clock import begins, day_of
from ..common.job import PASSING, take, wake
from .condition import PARTNER
from .mark import COUNTS, EVERYBODY, RULES
from .scope import Scope

_logger = logging.getLogger(__name__)

#: marks followed in one transaction
MARKS = 20_000
#: how often segments are found anew that hang on changes nobody tells, or had an error
EVERY = timedelta(hours=1)


class SegmentationSegment(models.Model):
    """Keeps segments right by itself.

    What happens to contacts marks them (:class:`SegmentationSegmentMark`); the job
    looks at the marked contacts only, and only in the segments that hang on what
    happened. What comes by the date alone is found when the day begins where the
    company is, and what hangs on records whose changes nobody tells, every hour:
    ``date_next`` says when. Who enters or leaves a segment is marked too, for segments
    made of it. An error ends the run of its segment, which shows it, and no other.
    """

    _inherit = "segmentation.segment"

    # --- One segment ------------------------------------------------------------

    def _rebuild(self, is_new_rule=False):
        """Find all members anew, now."""
        for segment in self.sudo().sorted("id"):
            segment._lock()
            segment._update_members(Scope(), is_new_rule)
            segment.write(
                {
                    "date_computed": self.env.cr.now(),
                    "date_next": segment._next_run(),
                    "error": False,
                }
            )
            segment._count_members()

    def _look_at(self, partner_ids):
        """Find anew which of some contacts are members."""
        scope = self._scope(partner_ids)
        self._lock()
        for segments in self.sudo()._alike():
            segments._look(scope)

    def _look(self, scope):
        """Find anew which contacts in scope are members of segments that are alike."""
        changes = self._update_members(scope)
        self.date_computed = self.env.cr.now()
        for segment, (entered, left) in changes.items():
            segment.member_count += len(entered) - len(left)

    def _count_members(self):
        """Count the members anew."""
        memberships = self.env["segmentation.membership"].sudo()
        current = [("segment_id", "in", self.ids), ("date_to", "=", False)]
        counts = dict(memberships._read_group(current, ["segment_id"], ["__count"]))
        for segment in self.sudo():
            segment.member_count = counts.get(segment, 0)

    def _topics(self):
        """Return what may happen to a contact that the rule hangs on.

        On the contact itself always: one that is archived is no member.
        """
        return {PARTNER}.union(
            *(condition._topics() for condition in self.condition_ids)
        )

    def _next_run(self):
        """Return when everybody is to be looked at again, in UTC; False if never."""
        if self.kind == "frozen":
            return False
        now = self.env.cr.now().replace(microsecond=0)
        moments = []
        if any(condition._is_timed() for condition in self.condition_ids):
            moments.append(self._next_midnight(now))
        if any(condition._is_untold() for condition in self.condition_ids):
            moments.append(now + EVERY)
        return min(moments, default=False)

    def _run_soon(self):
        """Have the job look at everybody in those of the segments that are dynamic."""
        dynamic = self.filtered(lambda segment: segment.kind == "dynamic")
        if dynamic:
            dynamic.date_next = self.env.cr.now()
            wake(self.env, "segment_cron")

    def _next_midnight(self, now):
        """Return when the next day begins where the company is, in UTC."""
        zone = self.company_id._segmentation_zone()
        return begins(day_of(now, zone) + timedelta(days=1), zone)

    # --- The job ----------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Follow the marks, then find anew the segments that are due; commit each.

        Finding one anew may mark whoever enters and leaves it: the job comes back.
        """
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=1)
        try:
            while self._follow_marks():
                if not progress(1, remaining=1):
                    wake(self.env, "segment_cron")
                    return
            for segment in self._due():
                if take(segment, "segment_cron", allow_referencing=True):
                    segment._attempt(segment._rebuild)
                if not progress(1, remaining=1):
                    wake(self.env, "segment_cron")
                    return
        except psycopg2.extensions.TransactionRollbackError as error:
            # Somebody changed a rule meanwhile; the marks are still there. At once
            # rather than in a minute: who was in the way has committed, and waits for
            # nothing. What follows for members already found is done all the same.
            self.env.cr.rollback()
            _logger.info("The refresh of segments comes later: %s", error)
            wake(self.env, "segment_cron")
        progress(1)

    @api.model
    def _due(self):
        """Return the segments of which everybody is to be looked at now."""
        return self.search(
            [("kind", "=", "dynamic"), ("date_next", "<=", self.env.cr.now())]
        )

    @api.model
    def _follow_marks(self):
        """Look at the marked contacts in the segments that hang on what happened.

        Not in those of which everybody is to be looked at anyway.

        :return: whether there were any marks
        """
        marked = self._take_marks()
        if not marked:
            return False
        self.browse(marked.pop(COUNTS, ())).exists()._count_members()
        written = self.browse(marked.pop(RULES, ()))
        families = {topic: self._families(ids) for topic, ids in marked.items()}
        due = written.browse()
        followers = {}
        for topics, segments in self._by_topics(marked).items():
            is_everybody = any(EVERYBODY in marked[topic] for topic in topics)
            due |= segments if is_everybody else segments & written
            following = (segments - due).filtered(lambda segment: not segment.error)
            if contacts := set().union(*(families[topic] for topic in topics)):
                followers[following] = sorted(contacts)
        due.date_next = self.env.cr.now()
        due.union(*followers)._lock()
        for segments, contacts in followers.items():
            segments._follow(contacts)
        return True

    @api.model
    def _by_topics(self, topics):
        """Return ``{topics: dynamic segments}``: which hang on which of some topics."""
        return self.search([("kind", "=", "dynamic")]).grouped(
            lambda segment: frozenset(segment._topics().intersection(topics))
        )

    def _follow(self, partner_ids):
        """Look at contacts in all segments at once; where that fails, in each alone.

        So an error is noted on its segment and stops no other.
        """
        # many small parts in one statement take longer to compile than to run
        self.env.cr.execute("SET LOCAL jit = off")
        scope = self._scope(partner_ids)
        for segments in self._alike():
            try:
                with self.env.cr.savepoint():
                    segments._look(scope)
            except PASSING:
                raise
            except Exception:
                # whose it is, and what to say of it, shows where each is alone
                for segment in segments:
                    segment._attempt(segment._look, scope)

    @api.model
    def _take_marks(self):
        """Remove marks from the queue and return them: ``{topic: ids}``."""
        rows = self.env.execute_query(
            SQL(
                """
                DELETE FROM segmentation_segment_mark
                 WHERE id IN (SELECT id FROM segmentation_segment_mark
                            ORDER BY id LIMIT %s)
             RETURNING topic, partner""",
                MARKS,
            )
        )
        self.env["segmentation.segment.mark"].invalidate_model()
        marked = {}
        for topic, partner in rows:
            marked.setdefault(topic, set()).add(partner)
        return marked

    @api.model
    def _families(self, partner_ids):
        """Return ids of the contacts, and of all others up and down their trees.

        What is told of a customer holds for its contacts, and conditions may name what
        a contact has from its company, or a company from one above or below it.
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE up AS (
                    SELECT id, parent_id FROM res_partner WHERE id = ANY(%s)
                     UNION
                    SELECT partner.id, partner.parent_id
                      FROM up
                      JOIN res_partner partner ON partner.id = up.parent_id),
                down AS (
                    SELECT id FROM up WHERE parent_id IS NULL
                     UNION
                    SELECT partner.id
                      FROM down
                      JOIN res_partner partner ON partner.parent_id = down.id)
                SELECT id FROM down""",
                list(partner_ids),
            )
        )
        return {id_ for (id_,) in rows}

    def _attempt(self, run, *args):
        """Do something with the segment; an error is noted on it and goes no further.

        The error is in the language of the rule's author.
        """
        self.ensure_one()
        spoken = self.with_context(lang=self.rule_user_id.lang).env
        try:
            with self.env.cr.savepoint():
                run(*args)
        except PASSING:
            raise
        except UserError as error:
            _logger.info("Segment %s stopped: %s", self.id, error)
            self._stopped(str(error))
        except Exception as error:
            _logger.exception("Segment %s stopped", self.id)
            self._stopped(
                spoken._(
                    "Its members could not be found, for a reason that only an "
                    "administrator can mend: %(error)s",
                    error=str(error).strip().partition("\n")[0],
                )
            )

    def _stopped(self, error):
        """Note why the members could not be found, and look at everybody later."""
        self.write({"error": error, "date_next": self.env.cr.now() + EVERY})
