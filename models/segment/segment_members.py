from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from .scope import Scope


class SegmentationSegment(models.Model):
    """Finds the members of a segment, in SQL: all of them, or of some contacts.

    The counts shown while a rule is being built and the members kept come from the same
    query (:meth:`_ruled`), which joins what the conditions select.
    """

    _inherit = "segmentation.segment"

    # --- Who the rule finds -----------------------------------------------------

    def _eligible(self):
        """Return the query of the contacts that the segment may list at all.

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
        if self.level == "customer":
            domain &= Domain("parent_id", "=", False) | Domain("is_company", "=", True)
        return self.env["res.partner"].with_context(active_test=False)._search(domain)

    def _joined(self, scope):
        """Return the query of contacts in scope, joined with what each condition says.

        :return: the query, and ``{condition: (SQL that it holds, SQL of its values)}``
        """
        query = self._eligible()
        query.add_where(scope.members(SQL("res_partner.id")))
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
        return query, said

    def _ruled(self, scope):
        """Return the SELECT of partner_id and why of those whom the rule finds."""
        query, said = self._joined(scope)
        query.add_where(self._included(said))
        query.add_where(SQL("NOT %s", self._excluded(said)))
        return query.select(
            SQL("res_partner.id AS partner_id"),
            SQL("%s AS why", self._why(said, self._conditions("include"))),
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

    def _found(self, scope):
        """Return the SELECT of partner_id, origin and why of those who are members."""
        chosen = SQL(
            "SELECT partner_id, choice FROM segmentation_choice WHERE segment_id = %s",
            self.id,
        )
        return self._united(self._rule_self()._ruled(scope), chosen, scope)

    def _united(self, ruled, chosen, scope):
        """Return those whom the rule finds, but as they were chosen by hand.

        :param SQL chosen: SELECT of partner_id and choice
        """
        return SQL(
            """
            SELECT partner_id, 'rule' AS origin, why
              FROM (%(ruled)s) ruled
             WHERE NOT EXISTS (SELECT FROM (%(chosen)s) chosen
                                WHERE chosen.partner_id = ruled.partner_id)
         UNION ALL
            SELECT partner_id, 'hand', NULL
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
        if self.level == "customer":
            level = SQL("partner.commercial_partner_id = partner.id")
        return SQL(
            """
            partner.active AND %(level)s
            AND (partner.company_id IS NULL OR partner.company_id = %(company)s)""",
            level=level,
            company=self.company_id.id,
        )

    # --- Who enters and leaves --------------------------------------------------

    def _update_members(self, scope, is_new_rule=False):
        """Let contacts in scope enter and leave the segment, in one statement.

        :param bool is_new_rule: the rule was changed, so that everybody's reason is
            another
        :return: ids of those who entered, ids of those who left
        """
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH found AS MATERIALIZED (%(found)s),
                gone AS (
                    UPDATE segmentation_membership membership
                       SET date_to = %(now)s,
                           why_left = CASE WHEN EXISTS (
                               SELECT FROM segmentation_choice choice
                                WHERE choice.segment_id = %(segment)s
                                  AND choice.partner_id = membership.partner_id)
                               THEN '{"hand": {}}'::jsonb
                               ELSE %(why_left)s::jsonb END
                     WHERE segment_id = %(segment)s AND date_to IS NULL
                       AND %(in_scope)s
                       AND NOT EXISTS (SELECT FROM found
                                        WHERE found.partner_id = membership.partner_id)
                 RETURNING partner_id),
                kept AS (
                    UPDATE segmentation_membership membership
                       SET origin = found.origin, why = found.why
                      FROM found
                     WHERE segment_id = %(segment)s AND date_to IS NULL
                       AND found.partner_id = membership.partner_id
                       AND (found.origin <> membership.origin
                            OR %(is_new_rule)s
                           AND found.why IS DISTINCT FROM membership.why)),
                come AS (
                    INSERT INTO segmentation_membership
                           (segment_id, partner_id, date_from, origin, why)
                    SELECT %(segment)s, partner_id, %(now)s, origin, why
                      FROM found
                     WHERE NOT EXISTS (
                           SELECT FROM segmentation_membership membership
                            WHERE segment_id = %(segment)s AND date_to IS NULL
                              AND membership.partner_id = found.partner_id)
                  ORDER BY partner_id
                 RETURNING partner_id)
                SELECT (SELECT ARRAY_AGG(partner_id) FROM come),
                       (SELECT ARRAY_AGG(partner_id) FROM gone)""",
                found=self._found(scope),
                why_left='{"rule": {}}' if is_new_rule else None,
                segment=self.id,
                in_scope=scope.members(SQL("membership.partner_id")),
                is_new_rule=is_new_rule,
                now=self.env.cr.now(),
            )
        )
        entered, left = (ids or [] for ids in rows[0])
        self.env["segmentation.membership"].invalidate_model()
        if left and not is_new_rule:
            self._tell_why_left(left)
        self._after_change(entered, left)
        return entered, left

    def _tell_why_left(self, partner_ids):
        """Note on memberships that ended now which conditions hold of whom who left."""
        scope = self._scope(partner_ids)
        query, said = self._rule_self()._joined(scope)
        conditions = self.condition_ids
        self.env.cr.execute(
            SQL(
                """
                UPDATE segmentation_membership membership SET why_left = told.why
                  FROM (%(told)s) told
                 WHERE told.partner_id = membership.partner_id
                   AND segment_id = %(segment)s AND date_to = %(now)s
                   AND why_left IS NULL""",
                told=query.select(
                    SQL("res_partner.id AS partner_id"),
                    SQL("%s AS why", self._why(said, conditions)),
                ),
                segment=self.id,
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

    def _after_change(self, entered, left):
        """Do what follows from contacts having entered and left; for other rooms."""
