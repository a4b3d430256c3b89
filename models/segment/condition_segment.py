import psycopg2

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .condition import SEGMENT
from .domain_segments import ASKING_MEMBERS, NO_DOMAIN
from .mark import EVERYBODY
from .segment_refresh import MARKS


class SegmentationCondition(models.Model):
    """Who is a member of another segment now: segments are made of segments."""

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("segment", "Another segment")],
        ondelete={"segment": "cascade"},
    )
    other_segment_id = fields.Many2one(
        "segmentation.segment",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )

    def _problem_segment(self):
        """None named, or made of itself."""
        if not self.other_segment_id:
            return self.env._("Choose the other segment.")
        return self._circle_problem()

    def _circle_problem(self):
        """Return in words how the segment would be made of itself, else None."""
        circle = self._circle()
        if circle:
            return self.env._(
                "“%(segment)s” would be made of itself (%(circle)s): choose another "
                "segment.",
                segment=self.segment_id.name,
                circle=" → ".join(circle),
            )
        return None

    def _made_of(self):
        """Return the segments on whose members the conditions hang."""
        asked = self.filtered(lambda condition: condition.kind == "segment")
        return asked.other_segment_id | self._asked_by_domain()

    def _asked_by_domain(self):
        """Return the segments that domains ask for, by id, by name or by what they are.

        What PostgreSQL refuses to search for is told as the rule is run.
        """
        segments = self.env["segmentation.segment"].sudo()
        asked = Domain.OR(
            condition._segments_asked() & Domain("company_id", "=", company.id)
            for company, conditions in self.grouped("company_id").items()
            for condition in conditions
        )
        if asked.is_false():
            return segments.sudo(False)
        try:
            with self.env.cr.savepoint():
                return segments.search(asked).sudo(False)
        except (*NO_DOMAIN, psycopg2.DataError):
            return segments.sudo(False)

    def _members_of(self):
        """Return the segment whose members the condition asks for, if it does."""
        return self._made_of() if self.kind == "segment" else self.segment_id.browse()

    @api.model
    def _asking_members(self):
        """Return the conditions whose domain asks for members of segments."""
        asked = Domain.OR(
            Domain(text, "like", name)
            for text in ("partner_domain", "records_domain")
            for name in ASKING_MEMBERS
        )
        kinds = Domain("kind", "in", self._domain_kinds())
        return self.search(kinds & asked)

    def _circle(self):
        """Return the names of the segments on the way from this one back to itself."""
        waiting = self._made_of()
        names_to = {other: [self.segment_id.name] for other in waiting}
        while waiting:
            segment, waiting = waiting[0], waiting[1:]
            names = [*names_to[segment], segment.name]
            if segment == self.segment_id._origin:
                return names
            made_of = segment.sudo().condition_ids._made_of()
            for other in made_of.filtered(lambda other: other not in names_to):
                names_to[other] = names
                waiting += other
        return []

    def _topics_segment(self):
        return {SEGMENT}

    def _is_about_customers(self):
        """Members of a segment of customers stand for all their contacts."""
        segment = self._members_of()
        if not segment:
            return super()._is_about_customers()
        return segment.level == "customer"

    def _sentence_segment(self):
        if not self.other_segment_id:
            return ""
        return self.env._("member of “%s”", self.other_segment_id.name)

    def _select_segment(self, scope):
        """Its members now."""
        return self._select_members(scope, SQL("TRUE"))

    def _select_members(self, scope, wanted):
        """Return the SELECT of members now; among customers, of whom they belong to.

        :param SQL wanted: condition on ``membership``
        """
        is_about_customers = self._is_about_customers()
        key = SQL("partner.id") if is_about_customers else self._key()
        return SQL(
            """
            SELECT %(key)s AS key,
                   JSONB_BUILD_OBJECT('since', MIN(membership.date_from)) AS detail
              FROM segmentation_membership membership
              JOIN res_partner partner ON partner.id = membership.partner_id
             WHERE membership.segment_id = %(segment)s AND membership.date_to IS NULL
               AND %(wanted)s AND %(in_scope)s
          GROUP BY 1""",
            key=key,
            segment=self._members_of().id,
            wanted=wanted,
            in_scope=scope.customers(key)
            if is_about_customers
            else self._key_in_scope(scope),
        )


class SegmentationSegment(models.Model):
    """Who entered or left a segment is told to those made of it."""

    _inherit = "segmentation.segment"

    def _rule_changed(self):
        """Of two who close a circle at once let the later one see the other's half."""
        self._made_of()._lock()
        return super()._rule_changed()

    def _made_of(self):
        """Return the segments that these are made of, through any number of others."""
        made_of = found = self.sudo().condition_ids._made_of().sudo()
        while found:
            found = found.condition_ids._made_of().sudo() - made_of
            made_of |= found
        return made_of

    @api.constrains("name")
    def _check_circle_by_name(self):
        """Refuse a name by which a domain would find a segment that is made of it."""
        names = set(self.mapped("name"))
        for condition in self.env["segmentation.condition"].sudo()._asking_members():
            if names.intersection(condition._circle()):
                raise ValidationError(condition._circle_problem())

    def _after_change(self, changes):
        """Have segments that are made of these look at who entered and left."""
        result = super()._after_change(changes)
        asked_for = self.browse().union(*changes)._asked_for()
        changed = {
            partner
            for segment in asked_for
            for partners in changes[segment]
            for partner in partners
        }
        self.env["segmentation.segment.mark"]._mark(
            SEGMENT, changed if len(changed) <= MARKS else [EVERYBODY]
        )
        return result

    def _asked_for(self):
        """Return those of the segments on whose members others hang."""
        conditions = self.env["segmentation.condition"].sudo()
        if conditions._asking_members():
            return self
        asking = conditions.search([("other_segment_id", "in", self.ids)])
        return self & asking.other_segment_id
