import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..common.groups import MARKETING
from .scope import Scope
from .segment import RULE

#: how many of those who would be members are shown by name
SHOWN = 5


class SegmentationSegment(models.Model):
    """Shows whom a rule finds while it is being written, without saving it.

    The query is the one that finds the members (``segment_members.py``), run with the
    rights of the user: who saves the rule becomes its author. An opened segment is not
    previewed before something is changed on it: opening it must not cost a run.
    """

    _inherit = "segmentation.segment"

    preview_html = fields.Html(
        string="Whom It Finds",
        compute="_compute_preview_html",
        sanitize=False,
        groups=MARKETING,
    )

    @api.depends(lambda self: self._previewed_fields())
    @api.depends_context("lang", "uid", "segmentation_preview")
    def _compute_preview_html(self):
        for segment in self:
            segment.preview_html = segment._is_previewed() and self.env[
                "ir.qweb"
            ]._render(
                "agro_segmentation.segment_preview",
                {"segment": segment, "preview": segment._preview()},
            )

    @api.readonly
    def onchange(self, values, field_names, fields_spec):
        """Show the preview from a replica of the database, if Odoo has one."""
        return super().onchange(values, field_names, fields_spec)

    @api.model
    def _previewed_fields(self):
        """Return all that says who is a member."""
        conditions = self.env["segmentation.condition"]._parameters()
        choices = ("partner_id", "choice")
        return [
            *sorted(RULE),
            *(f"condition_ids.{name}" for name in conditions),
            *(f"choice_ids.{name}" for name in choices),
        ]

    def _is_previewed(self):
        """Whether somebody is writing the rule, or asks how it comes about."""
        return self.kind == "dynamic" and (
            not self.id or self.env.context.get("segmentation_preview")
        )

    def _preview(self):
        """Return what saving the rule would do.

        :return: ``problem`` (a sentence, then nothing else), or ``found``, ``by_hand``,
            ``entering``, ``leaving``, ``email`` and ``phone`` (how many could be
            reached so), ``excluded`` (whom only the conditions to exclude keep out),
            ``conditions`` ([(condition, of how many it holds)]) and ``rows``
            ([(contact, why)], the first by name)
        """
        if problem := self._preview_problem():
            return {"problem": problem}
        segment = self._as_rule_runs()
        try:
            with self.env.cr.savepoint():
                return {**segment._preview_conditions(), **segment._preview_members()}
        except psycopg2.DataError as error:
            return {"problem": self._problem_of_run(error)}

    def _preview_problem(self):
        """Return in words why the rule could not be saved, else None."""
        if self.company_id not in self.env.user.company_ids:
            return self.env._("Choose a company that you may enter.")
        try:
            self.condition_ids._check_rule()
        except UserError as error:
            return str(error)
        return None

    def _preview_conditions(self):
        """Return of how many each condition holds by itself, and whom some keep out."""
        scope = Scope()
        query = self._eligible(scope)
        said = self._joined(query, scope)
        held = [said[condition][0] for condition in self.condition_ids]
        held.append(SQL("%s AND %s", self._included(said), self._excluded(said)))
        counts = [SQL("COUNT(*) FILTER (WHERE %s)", condition) for condition in held]
        *counted, excluded = self.env.execute_query(query.select(*counts))[0]
        return {
            "conditions": list(zip(self.condition_ids, counted, strict=True)),
            "excluded": excluded,
        }

    def _preview_members(self):
        """Return how many would be members, enter and leave, and the first of them."""
        row = self.env.execute_query_dict(
            SQL(
                """
                WITH found AS MATERIALIZED (%(found)s),
                member AS (SELECT partner_id FROM segmentation_membership
                            WHERE segment_id = %(segment)s AND date_to IS NULL)
                SELECT (SELECT COUNT(*) FROM found) AS found,
                       (SELECT COUNT(*) FROM found WHERE origin = 'hand') AS by_hand,
                       (SELECT COUNT(*) FROM found
                         WHERE NOT EXISTS (
                               SELECT FROM member
                                WHERE member.partner_id = found.partner_id)
                       ) AS entering,
                       (SELECT COUNT(*) FROM member
                         WHERE NOT EXISTS (
                               SELECT FROM found
                                WHERE found.partner_id = member.partner_id)
                       ) AS leaving,
                       reached.email, reached.phone,
                       (SELECT JSONB_AGG(shown) FROM (%(shown)s) shown) AS rows
                  FROM (%(reached)s) reached""",
                found=self._united(
                    self._ruled(Scope()), self._preview_choices(), Scope()
                ),
                segment=self._origin.id or None,
                shown=self._preview_shown(),
                reached=self._preview_reached(),
            )
        )[0]
        return {**row, "rows": self._preview_rows(row["rows"] or [])}

    def _preview_choices(self):
        """Return the SELECT of who is chosen by hand as the screen has it."""
        choices = self.choice_ids.filtered("partner_id")
        return SQL(
            "SELECT %s AS segment_id, * FROM UNNEST(%s::integer[], %s::varchar[])"
            " AS chosen (partner_id, choice)",
            self._origin.id or 0,
            [choice.partner_id.id for choice in choices],
            choices.mapped("choice"),
        )

    def _preview_shown(self):
        """Return the SELECT of the first who would be members."""
        return SQL(
            """
            SELECT found.*
              FROM found
              JOIN res_partner partner ON partner.id = found.partner_id
          ORDER BY partner.complete_name, partner.id
             LIMIT %s""",
            SHOWN,
        )

    def _preview_reached(self):
        """Return the SELECT of how many have an address that may be written to.

        Of customers, also through one of their contacts.
        """
        family = "commercial_partner_id" if self.level == "customer" else "id"
        return SQL(
            """
            SELECT COUNT(DISTINCT found.partner_id) FILTER (
                       WHERE contact.email_normalized IS NOT NULL
                         AND unwanted_email.id IS NULL) AS email,
                   COUNT(DISTINCT found.partner_id) FILTER (
                       WHERE contact.phone <> ''
                         AND unwanted_number.id IS NULL) AS phone
              FROM found
              JOIN res_partner contact
                ON contact.%(family)s = found.partner_id AND contact.active
               AND COALESCE(contact.company_id, %(company)s) = %(company)s
         LEFT JOIN mail_blacklist unwanted_email
                ON unwanted_email.email = contact.email_normalized
               AND unwanted_email.active
         LEFT JOIN phone_blacklist unwanted_number
                ON unwanted_number.number = contact.phone_sanitized
               AND unwanted_number.active""",
            family=SQL.identifier(family),
            company=self.company_id.id,
        )

    def _preview_rows(self, rows):
        """Return pairs of a contact, and why it would be a member in words."""
        why = {row["partner_id"]: row["why"] for row in rows}
        partners = self.env["res.partner"].search([("id", "in", list(why))])
        return [(partner, self._reason_found(why[partner.id])) for partner in partners]

    def _reason_found(self, why):
        """Return in words what held of somebody whom the rule found."""
        if why is None:
            return self.env._("Chosen by hand.")
        return "\n".join(
            condition._reason(why[str(condition.id)])
            for condition in self.condition_ids
            if str(condition.id) in why
        )

    # --- Actions ----------------------------------------------------------------

    @api.readonly
    def action_preview(self):
        """Show how the members of a saved rule come about, condition by condition."""
        self.ensure_one()
        self.check_access("write")
        view = self.env.ref("agro_segmentation.segmentation_segment_view_form_preview")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Whom It Finds"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
            "context": {"segmentation_preview": True},
        }
