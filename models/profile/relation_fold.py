from odoo import api, models
from odoo.tools import SQL, format_date


class SegmentationRelation(models.Model):
    """Keeps what was said by hand when customers become one.

    That happens when contacts are merged, and when a customer becomes a contact of
    another.
    """

    _name = "segmentation.relation"
    _inherit = ["segmentation.relation", "segmentation.merge"]

    @api.model
    def _merge_partners(self, sources, destination):
        """Fold the sources' rows into the destination's, and tell what gave way."""
        sentences = super()._merge_partners(sources, destination)
        _customer_ids, gave_way = self._fold(
            SQL(
                "SELECT UNNEST(%s) AS source_id, %s AS destination_id",
                sources.ids,
                destination.id,
            )
        )
        return sentences + gave_way.get(destination.id, [])

    @api.model
    def _fold_strays(self, company, scope=None):
        """Hand rows of partners that are no customers any more to their customers.

        :param SQL scope: the partners; all of the company without
        :return: ids of the customers that got rows
        """
        strays = SQL(
            """
            SELECT DISTINCT partner.id AS source_id,
                   partner.commercial_partner_id AS destination_id
              FROM segmentation_relation relation
              JOIN res_partner partner ON partner.id = relation.partner_id
             WHERE partner.commercial_partner_id <> partner.id
               AND relation.company_id = %s AND %s""",
            company.id,
            SQL("partner.id = %s", scope) if scope else SQL("TRUE"),
        )
        if not self.env.execute_query(strays):
            return []
        customer_ids, gave_way = self._fold(strays)
        if gave_way:
            self.env["res.partner"].sudo().browse(gave_way)._message_log_batch(
                {id_: " ".join(sentences) for id_, sentences in gave_way.items()}
            )
        return customer_ids

    @api.model
    def _fold(self, pairs):
        """Hand rows of some partners to others; what collides becomes one row.

        Of what was said by hand on both sides stays what holds, then what was said
        last. The salesperson of a unit stays, else the other's is taken. The rest is
        found by the refresh.

        :param SQL pairs: SELECT of source_id and destination_id
        :return: ids of the destinations that got rows, and ``{destination id:
            sentences}`` that tell what gave way
        """
        self.flush_model()
        rows = SQL(
            """
            SELECT relation.*, pair.destination_id, FALSE AS is_kept
              FROM (%(pairs)s) pair
              JOIN segmentation_relation relation
                ON relation.partner_id = pair.source_id
             UNION
            SELECT relation.*, pair.destination_id, TRUE
              FROM (%(pairs)s) pair
              JOIN segmentation_relation relation
                ON relation.partner_id = pair.destination_id""",
            pairs=pairs,
        )
        families = self._families(rows)
        gave_way = self._collisions(families)
        folded = self.env.execute_query(
            SQL(
                """
                WITH family AS (%(families)s),
                folded AS (
                    DELETE FROM segmentation_relation relation USING family
                     WHERE relation.id = ANY(family.ids)
                       AND relation.id <> family.kept_id)
                UPDATE segmentation_relation kept
                   SET partner_id = family.destination_id,
                       user_id = family.user_id,
                       manual = said.manual,
                       manual_reason = said.manual_reason,
                       manual_until = said.manual_until,
                       manual_user_id = said.manual_user_id,
                       manual_date = said.manual_date
                  FROM family
             LEFT JOIN segmentation_relation said ON said.id = family.said_ids[1]
                 WHERE kept.id = family.kept_id
             RETURNING kept.partner_id""",
                families=families,
            )
        )
        if folded:
            self._forget()
        return sorted({partner_id for (partner_id,) in folded}), gave_way

    @api.model
    def _families(self, rows):
        """Return a SELECT of the rows that are to be one, of a destination and unit.

        :return: destination_id, unit_id, ids, kept_id, user_id and said_ids: those set
            by hand, what stays first
        """
        return SQL(
            """
            SELECT destination_id, company_id, unit_id, ARRAY_AGG(id) AS ids,
                   (ARRAY_AGG(id ORDER BY is_kept DESC, id))[1] AS kept_id,
                   (ARRAY_AGG(user_id ORDER BY is_kept DESC, id)
                        FILTER (WHERE user_id IS NOT NULL))[1] AS user_id,
                   ARRAY_AGG(id ORDER BY COALESCE(manual_until >= %(today)s, TRUE) DESC,
                                         manual_date DESC, is_kept DESC, id)
                       FILTER (WHERE manual IS NOT NULL) AS said_ids
              FROM (%(rows)s) row
          GROUP BY destination_id, company_id, unit_id""",
            rows=rows,
            today=self._today(),
        )

    @api.model
    def _collisions(self, families):
        """Return ``{destination id: sentences}``: what was said by hand gives way."""
        collisions = self.env.execute_query(
            SQL(
                """SELECT destination_id, said_ids FROM (%s) family
                    WHERE CARDINALITY(said_ids) > 1""",
                families,
            )
        )
        gave_way = {}
        for destination_id, (stays_id, *others) in collisions:
            stays = self.browse(stays_id)
            sentences = gave_way.setdefault(destination_id, [])
            sentences += [stays._collision_sentence(self.browse(id_)) for id_ in others]
        return gave_way

    def _collision_sentence(self, other):
        """Return that this relation stays and the other gives way."""
        return self.env._(
            "Relations set by hand met (%(unit)s): %(stays)s stays; %(other)s of "
            "%(partner)s gives way.",
            unit=self.unit_id.display_name or self.env._("as a whole"),
            stays=self._said(),
            other=other._said(),
            partner=other.partner_id.display_name,
        )

    def _said(self):
        """Return what was said by hand, by whom, when and why."""
        labels = dict(self._fields["manual"]._description_selection(self.env))
        return self.env._(
            "“%(relation)s” (%(user)s, %(date)s: %(reason)s)",
            relation=labels[self.manual],
            user=self.manual_user_id.display_name or "?",
            date=format_date(self.env, self.manual_date),
            reason=self.manual_reason,
        )
