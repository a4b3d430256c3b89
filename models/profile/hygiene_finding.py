from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: an address or name that more contacts share is a common one, and says nothing
MAX_DUPLICATES = 20


class SegmentationHygieneRule(models.Model):
    """What each kind of rule looks for, set-based.

    A method ``_find_<kind>(eligible, checked)`` returns a SELECT of ``partner_id``,
    ``value`` (what is wrong, as text) and ``detail`` (jsonb: what the sentence needs).
    Both arguments are SQL conditions on a contact named ``partner``: that the rule
    concerns it, and that it is to be checked now.
    """

    _name = "segmentation.hygiene.rule"
    _inherit = "segmentation.hygiene.rule"

    @api.model
    def _select_partners(self, value, *conditions):
        """Return the SELECT of the contacts that meet the conditions."""
        return SQL(
            """
            SELECT partner.id AS partner_id, (%s)::varchar AS value,
                   NULL::jsonb AS detail
              FROM res_partner partner
             WHERE %s""",
            value,
            SQL(" AND ").join(conditions),
        )

    # --- Addresses --------------------------------------------------------------

    def _find_no_address(self, eligible, checked):
        """Customers that nobody can write to or call, nor any contact of theirs."""
        return self._select_partners(
            SQL("NULL"),
            eligible,
            checked,
            SQL("partner.id = partner.commercial_partner_id"),
            SQL(
                """NOT EXISTS (
                    SELECT FROM res_partner contact
                     WHERE contact.commercial_partner_id = partner.id
                       AND contact.active
                       AND (contact.email_normalized <> ''
                            OR contact.phone_sanitized <> ''))"""
            ),
        )

    def _find_bounced(self, eligible, checked):
        """Contacts whose e-mails come back.

        Odoo's counter says so, or the last mailing to the address they have today.
        """
        return self._select_partners(
            SQL("partner.email"),
            eligible,
            checked,
            SQL("partner.email_normalized <> ''"),
            SQL(
                """(partner.message_bounce > 0 OR 'bounce' = (
                    SELECT trace.trace_status
                      FROM mailing_trace trace
                     WHERE trace.model = 'res.partner' AND trace.res_id = partner.id
                       AND trace.trace_type = 'mail'
                       AND trace.trace_status NOT IN ('outgoing', 'cancel', 'error')
                       AND trace.email = partner.email_normalized
                  ORDER BY trace.id DESC
                     LIMIT 1))"""
            ),
        )

    def _find_invalid_email(self, eligible, checked):
        """Contacts with an e-mail address that Odoo cannot read."""
        return self._select_partners(
            SQL("partner.email"),
            eligible,
            checked,
            SQL("partner.email <> '' AND COALESCE(partner.email_normalized, '') = ''"),
        )

    def _find_invalid_phone(self, eligible, checked):
        """Contacts with a phone number that is none in their country."""
        return self._select_partners(
            SQL("partner.phone"),
            eligible,
            checked,
            SQL("partner.phone <> '' AND COALESCE(partner.phone_sanitized, '') = ''"),
        )

    # --- Silence ----------------------------------------------------------------

    def _find_inactive(self, eligible, checked):
        """Customers without purchase or contact for months, nor an open opportunity.

        In any company, for a contact is archived in all of them. What was bought and is
        being offered is told by the relations as last refreshed. Mailings are no
        contact.
        """
        before = fields.Date.context_today(self) - relativedelta(months=self.months)
        return SQL(
            """
            SELECT partner.id AS partner_id, NULL::varchar AS value,
                   JSONB_BUILD_OBJECT('purchase', relation.date_last,
                                      'contact', contact.date) AS detail
              FROM res_partner partner
         LEFT JOIN (SELECT partner_id, MAX(date_last) AS date_last,
                           BOOL_OR(has_opportunity) AS has_opportunity
                      FROM segmentation_relation
                     WHERE unit_id IS NULL
                  GROUP BY partner_id) relation ON relation.partner_id = partner.id
         LEFT JOIN (%(contacts)s) contact ON contact.customer_id = partner.id
             WHERE %(eligible)s AND %(checked)s
               AND partner.id = partner.commercial_partner_id
               AND partner.create_date < %(before)s
               AND COALESCE(relation.date_last < %(before)s, TRUE)
               AND relation.has_opportunity IS NOT TRUE
               AND COALESCE(contact.date < %(before)s, TRUE)""",
            contacts=self._contacts(),
            eligible=eligible,
            checked=checked,
            before=before,
        )

    @api.model
    def _contacts(self):
        """Return the SELECT of the date of each customer's last contact."""
        companies = self.env["segmentation.refresh"]._companies()
        timeline = self.env["segmentation.timeline"].sudo()
        timeline = timeline.with_context(allowed_company_ids=companies.ids)
        return SQL(
            """
            SELECT customer_id, MAX(date)::date AS date
              FROM (%s) contact
          GROUP BY customer_id""",
            timeline._select_contacts(),
        )

    # --- Key fields -------------------------------------------------------------

    def _find_incomplete(self, eligible, checked):
        """Contacts in whom a mandatory key field that is for them is empty."""
        missing = [
            self._select_missing(field)
            for field in self.env["segmentation.field"]._counted()
            if field.requirement == "mandatory"
        ]
        nothing = SQL("SELECT NULL::int4 AS id, NULL::int4 AS field_id WHERE FALSE")
        return SQL(
            """
            SELECT partner.id AS partner_id, NULL::varchar AS value,
                   JSONB_BUILD_OBJECT('fields', JSONB_AGG(field_id ORDER BY field_id))
                       AS detail
              FROM (%s) missing
              JOIN res_partner partner ON partner.id = missing.id
             WHERE %s AND %s
          GROUP BY partner.id""",
            SQL(" UNION ALL ").join(missing or [nothing]),
            eligible,
            checked,
        )

    @api.model
    def _select_missing(self, field):
        """Return the SELECT of the contacts in whom the key field is empty."""
        partners = self.env["res.partner"].sudo()
        empty = field._applies_domain() & Domain(field.technical_name, "=", False)
        return SQL(
            "SELECT id, %s AS field_id FROM (%s) contact",
            field.id,
            partners._search(empty).select(),
        )

    # --- Duplicates -------------------------------------------------------------

    def _find_duplicate_vat(self, eligible, checked):
        """Customers with one tax ID; contacts have that of their customer."""
        customers = SQL("%s AND partner.id = partner.commercial_partner_id", eligible)
        return self._select_duplicates(
            SQL("UPPER(REGEXP_REPLACE(partner.vat, '[^[:alnum:]]', '', 'g'))"),
            customers,
            checked,
        )

    def _find_duplicate_email(self, eligible, checked):
        return self._select_duplicates(
            SQL("partner.email_normalized"), eligible, checked
        )

    def _find_duplicate_phone(self, eligible, checked):
        return self._select_duplicates(
            SQL("partner.phone_sanitized"), eligible, checked
        )

    def _find_duplicate_name(self, eligible, checked):
        """Contacts of one name in one city, else of one postal code."""
        place = SQL("COALESCE(NULLIF(TRIM(partner.city), ''), NULLIF(partner.zip, ''))")
        return self._select_duplicates(
            SQL(
                "%s || ', ' || %s", self._plain(SQL("partner.name")), self._plain(place)
            ),
            eligible,
            checked,
        )

    @api.model
    def _plain(self, text):
        """Return the SQL of a text in small letters, without accents and signs."""
        return SQL(
            r"""
            TRIM(REGEXP_REPLACE(
                REGEXP_REPLACE(LOWER(NORMALIZE(%s, NFD)), '[\u0300-\u036f]', '', 'g'),
                '[^[:alnum:]]+', ' ', 'g'))""",
            text,
        )

    @api.model
    def _select_duplicates(self, key, eligible, checked):
        """Return the SELECT of the contacts that share a key with others.

        A contact is no duplicate of its own company. Within one customer people share
        a line and a mailbox: there only those of one name are duplicates.

        :param SQL key: what contacts have in common, of ``partner``; NULL or empty:
            nothing
        """
        return SQL(
            """
              WITH keyed AS (
                SELECT *, COUNT(*) OVER (PARTITION BY key) AS size
                  FROM (SELECT partner.id, partner.parent_id,
                               partner.commercial_partner_id, %(name)s AS name,
                               %(key)s AS key, %(checked)s AS is_checked
                          FROM res_partner partner
                         WHERE %(eligible)s) partner
                 WHERE key <> '')
            SELECT one.id AS partner_id, one.key::varchar AS value,
                   JSONB_BUILD_OBJECT('others', JSONB_AGG(other.id ORDER BY other.id))
                       AS detail
              FROM keyed one
              JOIN keyed other ON other.key = one.key AND other.id <> one.id
             WHERE one.is_checked AND one.size <= %(limit)s
               AND other.id IS DISTINCT FROM one.parent_id
               AND one.id IS DISTINCT FROM other.parent_id
               AND (other.commercial_partner_id <> one.commercial_partner_id
                    OR other.name = one.name)
          GROUP BY one.id, one.key""",
            key=key,
            name=self._plain(SQL("partner.name")),
            checked=checked,
            eligible=eligible,
            limit=MAX_DUPLICATES,
        )
