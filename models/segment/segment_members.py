from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL, Query, split_every

from .scope import Scope

#: segments looked at in one statement
TOGETHER = 50


class SegmentationSegment(models.Model):
    """Finds the members of a segment, in SQL: all of them, or of some contacts.

    The counts shown while a rule is being built and the members kept come from the same
    query (:meth:`_ruled`), which joins what the conditions select.
    """

    _inherit = "segmentation.segment"

    # --- Who the rule finds -----------------------------------------------------

    def _eligible(self, scope):
        """Return the query of the contacts in scope that the segment may list at all.

        Active contacts that are no addresses, no users and no companies of this
        database, of the segment's company or of none; searched with the rights of the
        current user.
        """
        domain = Domain(
            [
                ("active", "=", True),
                ("type", "=", "contact"),
                ("partner_share", "=", True),
                ("ref_company_ids", "=", False),
                ("company_id", "in", [False, self.company_id.id]),
            ]
        )
        if self[:1].level == "customer":
            domain &= Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        query = self.env["res.partner"].with_context(active_test=False)._search(domain)
        query.add_where(scope.members(SQL("res_partner.id")))
        return query

    def _joined(self, query, scope):
        """Join contacts with what each condition says of them.

        :param Query query: contacts, as ``res_partner``
        :return: ``{condition: (SQL that it holds, SQL of its values)}``
        """
        said = {}
        for index, condition in enumerate(self.condition_ids):
            alias = query.make_alias("res_partner", f"held_{index}")
            key = SQL.identifier(alias, "key")
            query.add_join(
                "LEFT JOIN",
                alias,
                SQL("(%s)", condition._select(scope)),
                SQL("%s = res_partner.%s", key, condition._joined_column()),
            )
            if condition.is_negated:
                said[condition] = (SQL("%s IS NULL", key), SQL("'{}'::jsonb"))
            else:
                detail = SQL.identifier(alias, "detail")
                said[condition] = (SQL("%s IS NOT NULL", key), detail)
        return said

    def _ruled(self, scope):
        """Return the SELECT of those whom the rules of segments find, and why.

        Columns: ``segment_id``, ``partner_id`` and ``why``.
        """
        return SQL(
            "SELECT segment_id, partner_id, why FROM (%s) looked WHERE is_found",
            self._looked_at(scope),
        )

    def _looked_at(self, scope):
        """Return the SELECT of contacts in scope and what the rules say of them.

        Columns: ``segment_id``, ``partner_id``, ``is_found``, ``why`` (values of the
        conditions to include that hold) and ``told`` (of all that hold). Who may be
        listed is the same for segments that are alike, and is found once; one alone
        asks it in the same breath, so that PostgreSQL reads contacts once.

        Of everybody only those are selected whom the rule finds: PostgreSQL need not
        read the others then.
        """
        eligible = self._eligible(scope)
        if len(self) == 1:
            return self._said(eligible, scope)
        return SQL(
            "WITH eligible AS (%s) %s",
            eligible.select("id", "commercial_partner_id"),
            SQL(" UNION ALL ").join(
                segment._said(
                    Query(self.env, "res_partner", SQL.identifier("eligible")), scope
                )
                for segment in self
            ),
        )

    def _said(self, query, scope):
        """Return the SELECT of what one segment's rule says of those eligible.

        :param Query query: contacts, as ``res_partner``
        """
        said = self._joined(query, scope)
        is_found = SQL("%s AND NOT %s", self._included(said), self._excluded(said))
        if scope.is_everybody:
            query.add_where(is_found)
        return query.select(
            SQL("%s AS segment_id", self._origin.id or 0),
            SQL("res_partner.id AS partner_id"),
            SQL("%s AS is_found", is_found),
            SQL("%s AS why", self._why(said, self._conditions("include"))),
            SQL("%s AS told", self._why(said, self.condition_ids)),
        )

    def _included(self, said):
        """Return the SQL of whether the conditions to include hold: all, or any."""
        held = [said[condition][0] for condition in self._conditions("include")]
        joint = SQL(" AND ") if self.match == "all" else SQL(" OR ")
        return SQL("(%s)", joint.join(held or [SQL("FALSE")]))

    def _excluded(self, said):
        """Return the SQL of whether any condition to exclude holds."""
        held = [said[condition][0] for condition in self._conditions("exclude")]
        return SQL("(%s)", SQL(" OR ").join(held or [SQL("FALSE")]))

    @api.model
    def _why(self, said, conditions):
        """Return the SQL of a JSON object: the values of each condition that holds."""
        pairs = [
            SQL(
                "%s, CASE WHEN %s THEN %s END",
                str(condition.id),
                said[condition][0],
                said[condition][1],
            )
            for condition in conditions
        ]
        # a function takes 100 arguments at most: 50 pairs
        objects = [
            SQL("JSONB_BUILD_OBJECT(%s)", SQL(", ").join(pairs[start : start + 50]))
            for start in range(0, len(pairs) or 1, 50)
        ]
        return SQL("JSONB_STRIP_NULLS(%s)", SQL(" || ").join(objects))

    def _united(self, ruled, chosen, scope):
        """Return those whom rules find, but as they were chosen by hand.

        :param SQL ruled: SELECT as :meth:`_ruled` has it
        :param SQL chosen: SELECT of segment_id, partner_id and choice
        """
        return SQL(
            """
            SELECT segment_id, partner_id, 'rule' AS origin, why
              FROM (%(ruled)s) ruled
             WHERE NOT EXISTS (SELECT FROM (%(chosen)s) chosen
                                WHERE chosen.segment_id = ruled.segment_id
                                  AND chosen.partner_id = ruled.partner_id)
         UNION ALL
            SELECT segment_id, partner_id, 'hand', NULL
              FROM (%(chosen)s) chosen
              JOIN res_partner partner ON partner.id = partner_id
             WHERE choice = 'in' AND %(may_be_listed)s AND %(in_scope)s""",
            ruled=ruled,
            chosen=chosen,
            may_be_listed=self._may_be_listed(),
            in_scope=scope.members(SQL("partner_id")),
        )

    def _may_be_listed(self):
        """Return the SQL condition that a row ``partner`` may be chosen by hand.

        An active contact of the segment's company or of none; a customer where
        customers are listed.
        """
        level = SQL("TRUE")
        if self[:1].level == "customer":
            level = SQL("partner.commercial_partner_id = partner.id")
        return SQL(
            """
            partner.active AND %(level)s
            AND (partner.company_id IS NULL OR partner.company_id = %(company)s)""",
            level=level,
            company=self.company_id.id,
        )

    # --- Who enters and leaves --------------------------------------------------

    def _alike(self):
        """Return the segments in parts that one statement can look at.

        Those of a part list the same kind of contacts of one company with the rights of
        one user.
        """
        return [
            self.browse(ids)
            for alike in self.grouped(
                lambda segment: (
                    segment.rule_user_id,
                    segment.company_id,
                    segment.level,
                )
            ).values()
            for ids in split_every(TOGETHER, alike.ids)
        ]

    def _update_members(self, scope, is_new_rule=False):
        """Let contacts in scope enter and leave segments, in one statement.

        :param bool is_new_rule: the rules were changed, so that everybody's reason is
            another
        :return: ``{segment: (ids of those who entered, ids of those who left)}`` of
            those segments that anybody did
        """
        self.env.flush_all()
        rows = self.env.execute_query(self._changing(scope, is_new_rule))
        self.env["segmentation.membership"].invalidate_model()
        segments = self.browse(id_ for id_, _entered, _left in rows)
        changes = {
            segment: (entered or [], left or [])
            for segment, (_id, entered, left) in zip(segments, rows, strict=True)
        }
        if scope.is_everybody and not is_new_rule:
            self._tell_why_left(changes)
        self._after_change(changes)
        return changes

    def _changing(self, scope, is_new_rule):
        """Return the statement that lets contacts enter and leave.

        It returns rows of a segment's id, the contacts that entered it and that left.
        """
        return SQL(
            """
            WITH looked AS (%(looked)s),
            found AS MATERIALIZED (%(found)s),
            gone AS (
                UPDATE segmentation_membership membership
                   SET date_to = %(now)s, why_left = leaving.why
                  FROM (%(leaving)s) leaving
                 WHERE leaving.id = membership.id
             RETURNING membership.segment_id, membership.partner_id),
            kept AS (
                UPDATE segmentation_membership membership
                   SET origin = found.origin, why = found.why
                  FROM found
                 WHERE %(current)s
                   AND found.segment_id = membership.segment_id
                   AND found.partner_id = membership.partner_id
                   AND (found.origin <> membership.origin
                        OR %(is_new_rule)s
                       AND found.why IS DISTINCT FROM membership.why)),
            come AS (
                INSERT INTO segmentation_membership
                       (segment_id, partner_id, date_from, origin, why)
                SELECT segment_id, partner_id, %(now)s, origin, why
                  FROM found
                 WHERE NOT EXISTS (
                       SELECT FROM segmentation_membership membership
                        WHERE %(current)s
                          AND membership.segment_id = found.segment_id
                          AND membership.partner_id = found.partner_id)
              ORDER BY segment_id, partner_id
             RETURNING segment_id, partner_id)
            SELECT segment_id,
                   ARRAY_AGG(partner_id) FILTER (WHERE has_come),
                   ARRAY_AGG(partner_id) FILTER (WHERE NOT has_come)
              FROM (SELECT *, TRUE AS has_come FROM come
                     UNION ALL SELECT *, FALSE FROM gone) changed
          GROUP BY segment_id""",
            looked=self._rule_self()._looked_at(scope),
            found=self._found(scope),
            leaving=self._leaving(scope, is_new_rule),
            current=self._current(scope),
            is_new_rule=is_new_rule,
            now=self.env.cr.now(),
        )

    def _found(self, scope):
        """Return the SELECT of who are members: found in ``looked``, or chosen.

        Columns: ``segment_id``, ``partner_id``, ``origin`` and ``why``.
        """
        return self._united(
            SQL("SELECT * FROM looked WHERE is_found"), self._choices(), scope
        )

    def _choices(self):
        """Return the SELECT of who is chosen by hand, in or out."""
        return SQL(
            """
            SELECT segment_id, partner_id, choice
              FROM segmentation_choice
             WHERE segment_id = ANY(%s)""",
            self.ids,
        )

    def _current(self, scope):
        """Return the SQL condition that a row ``membership`` in scope lasts."""
        return SQL(
            "membership.segment_id = ANY(%s) AND membership.date_to IS NULL AND %s",
            self.ids,
            scope.members(SQL("membership.partner_id")),
        )

    def _leaving(self, scope, is_new_rule):
        """Return the SELECT of memberships in scope that end now, and why.

        Of everybody, who leaves is told of afterwards.
        """
        told, join = SQL("NULL::jsonb"), SQL()
        if is_new_rule:
            told = SQL("""'{"rule": {}}'::jsonb""")
        elif not scope.is_everybody:
            told = SQL("looked.told")
            join = SQL("LEFT JOIN looked USING (segment_id, partner_id)")
        return SQL(
            """
            SELECT membership.id,
                   CASE WHEN EXISTS (
                       SELECT FROM segmentation_choice choice
                        WHERE choice.segment_id = membership.segment_id
                          AND choice.partner_id = membership.partner_id)
                   THEN '{"hand": {}}' ELSE %(told)s END AS why
              FROM segmentation_membership membership %(join)s
             WHERE %(current)s
               AND NOT EXISTS (SELECT FROM found
                                WHERE found.segment_id = membership.segment_id
                                  AND found.partner_id = membership.partner_id)""",
            told=told,
            join=join,
            current=self._current(scope),
        )

    def _tell_why_left(self, changes):
        """Note on memberships that ended now which conditions hold of whom who left."""
        for segment, (_entered, left) in changes.items():
            if left:
                looked = segment._rule_self()._looked_at(segment._scope(left))
                self.env.cr.execute(
                    SQL(
                        """
                        UPDATE segmentation_membership membership
                           SET why_left = looked.told
                          FROM (%(looked)s) looked
                         WHERE looked.segment_id = membership.segment_id
                           AND looked.partner_id = membership.partner_id
                           AND date_to = %(now)s AND why_left IS NULL""",
                        looked=looked,
                        now=self.env.cr.now(),
                    )
                )

    @api.model
    def _scope(self, partner_ids):
        """Return the scope of some contacts and the customers that they belong to."""
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT commercial_partner_id FROM res_partner"
                " WHERE id = ANY(%s)",
                list(partner_ids),
            )
        )
        return Scope(list(partner_ids), [customer for (customer,) in rows])

    def _after_change(self, changes):
        """Do what follows from contacts having entered and left; for other rooms.

        :param dict changes: what :meth:`_update_members` returns
        """
