from odoo import fields, models
from odoo.tools import SQL

from .condition import PARTNER


class SegmentationCondition(models.Model):
    """Contacts who can be written to or called, and have not asked to be left alone.

    Of customers it holds if it holds of any of their contacts. Nobody tells when an
    address is put on a blacklist, so everybody is looked at again every hour; no
    message goes to who is on one meanwhile.
    """

    _inherit = "segmentation.condition"

    kind = fields.Selection(
        selection_add=[("reachable", "Can be reached")],
        ondelete={"reachable": "cascade"},
    )
    by_email = fields.Boolean(string="By E-mail", default=True)
    by_phone = fields.Boolean(string="By Phone or SMS", default=True)

    def _topics_reachable(self):
        return {PARTNER}

    def _is_untold_reachable(self):
        return True

    def _problem_reachable(self):
        """By nothing."""
        if not (self.by_email or self.by_phone):
            return self.env._("Choose e-mail or phone: at least one.")
        return None

    def _sentence_reachable(self):
        if self._problem_reachable():
            return ""
        if not self.by_phone:
            return self.env._("can be reached by e-mail")
        if not self.by_email:
            return self.env._("can be reached by phone")
        return self.env._("can be reached by e-mail or phone")

    def _values_reachable(self, values):
        return ", ".join(values[by] for by in ("email", "phone") if by in values)

    def _select_reachable(self, scope):
        """Contacts with an address or a number that is on no blacklist."""
        return SQL(
            """
            SELECT %(key)s AS key,
                   JSONB_BUILD_OBJECT('email', MIN(reached.email),
                                      'phone', MIN(reached.phone)) AS detail
              FROM res_partner partner
         LEFT JOIN mail_blacklist unwanted_email
                ON unwanted_email.email = partner.email_normalized
               AND unwanted_email.active
         LEFT JOIN phone_blacklist unwanted_number
                ON unwanted_number.number = partner.phone_sanitized
               AND unwanted_number.active
        CROSS JOIN LATERAL (
                SELECT CASE WHEN %(by_email)s AND unwanted_email.id IS NULL
                            THEN partner.email_normalized END AS email,
                       CASE WHEN %(by_phone)s AND unwanted_number.id IS NULL
                            THEN NULLIF(partner.phone, '') END AS phone) reached
             WHERE partner.active
               AND COALESCE(partner.company_id, %(company)s) = %(company)s
               AND COALESCE(reached.email, reached.phone) IS NOT NULL
               AND %(in_scope)s
          GROUP BY 1""",
            key=self._key(),
            by_email=self.by_email,
            by_phone=self.by_phone,
            company=self.company_id.id,
            in_scope=self._key_in_scope(scope),
        )
