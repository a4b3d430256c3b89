from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from .hygiene_rule import DUPLICATES


class SegmentationHygieneFlag(models.Model):
    """A contact that a hygiene rule found wrong, until it is put right.

    Written by the check of the rule only (:meth:`SegmentationHygieneRule._check`),
    which also drops it. What people do about it: archive, merge or assign the contact,
    or keep it as it is until a day; the flag then leaves the queue and comes back the
    day after.
    """

    _name = "segmentation.hygiene.flag"
    _description = "Hygiene Flag"
    _inherit = ["segmentation.merge"]
    _order = "rule_id, value, partner_id, id"
    _rec_names_search = ["partner_id", "rule_id"]

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rule_id = fields.Many2one(
        "segmentation.hygiene.rule", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="rule_id.kind")
    user_id = fields.Many2one(
        related="partner_id.user_id", string="Salesperson", related_sudo=True
    )
    value = fields.Char(
        readonly=True, help="The address, number or name that is wrong or shared."
    )
    detail = fields.Json(
        readonly=True, help="What the description is made of: ids of others, dates."
    )
    description = fields.Char(compute="_compute_description", help="What is wrong.")
    since = fields.Date(required=True, readonly=True, help="When it was first found.")
    keep_until = fields.Date(
        readonly=True, help="The last day that the contact is kept as it is."
    )
    keep_user_id = fields.Many2one(
        "res.users", string="Kept by", readonly=True, ondelete="set null"
    )
    keep_reason = fields.Char(string="Why Kept", readonly=True)
    is_kept = fields.Boolean(
        string="Kept",
        compute="_compute_is_kept",
        search="_search_is_kept",
        help="Somebody looked at it, and keeps the contact as it is until a day.",
    )

    _rule_partner_uniq = models.Constraint(
        "UNIQUE(rule_id, partner_id)", "A rule flags a contact only once."
    )

    @api.depends("partner_id", "rule_id")
    def _compute_display_name(self):
        for flag in self:
            flag.display_name = f"{flag.partner_id.display_name}: {flag.rule_id.name}"

    @api.depends("keep_until")
    def _compute_is_kept(self):
        today = fields.Date.context_today(self)
        for flag in self:
            flag.is_kept = bool(flag.keep_until) and flag.keep_until >= today

    def _search_is_kept(self, operator, _value):
        if operator != "in":
            return NotImplemented
        return [("keep_until", ">=", fields.Date.context_today(self))]

    # --- Why --------------------------------------------------------------------

    @api.depends("rule_id.kind", "value", "detail")
    @api.depends_context("uid", "lang")
    def _compute_description(self):
        others = self._other_partners()
        for flag in self:
            kind = "duplicate" if flag.kind in DUPLICATES else flag.kind
            flag.description = getattr(flag, f"_describe_{kind}")(others)

    def _others(self):
        """Return the ids of the likely duplicates of the contact."""
        return (self.detail or {}).get("others", [])

    def _other_partners(self):
        """Return the likely duplicates of all flags that the user may read."""
        ids = {id_ for flag in self for id_ in flag._others()}
        return self.env["res.partner"].browse(ids).exists()._filtered_access("read")

    def _describe_no_address(self, _others):
        return self.env._(
            "No valid e-mail address or phone number, of its contacts neither."
        )

    def _describe_bounced(self, _others):
        return self.env._("E-mails to %s come back.", self.value)

    def _describe_invalid_email(self, _others):
        return self.env._("“%s” is no e-mail address.", self.value)

    def _describe_invalid_phone(self, _others):
        return self.env._("“%s” is no phone number of its country.", self.value)

    def _describe_inactive(self, _others):
        """Return the dates of the last purchase and contact, if there were any."""
        dates = {
            name: format_date(self.env, fields.Date.to_date(date))
            for name, date in (self.detail or {}).items()
            if date
        }
        if dates.keys() == {"purchase", "contact"}:
            return self.env._(
                "Last bought on %(purchase)s, last contact on %(contact)s.", **dates
            )
        if "purchase" in dates:
            return self.env._("Last bought on %(purchase)s, no contact.", **dates)
        if "contact" in dates:
            return self.env._("Never bought, last contact on %(contact)s.", **dates)
        return self.env._("Never bought, no contact.")

    def _describe_incomplete(self, _others):
        key_fields = self.env["segmentation.field"]._switched_on()
        missing = key_fields.filtered(lambda field: field.id in self.detail["fields"])
        return self.env._("Missing: %s.", missing.mapped("name"))

    def _describe_duplicate(self, others):
        """Return with whom the contact shares what."""
        partners = others.filtered(lambda partner: partner.id in self._others())
        if not partners:
            return self.env._("Shares “%s” with others.", self.value)
        return self.env._(
            "Shares “%(value)s” with: %(others)s",
            value=self.value,
            others=partners.mapped("display_name"),
        )

    # --- Merging ----------------------------------------------------------------

    @api.model
    def _merge_partners(self, sources, destination):
        """Fold flags of one rule; what was decided last about any of them holds."""
        sentences = super()._merge_partners(sources, destination)
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH family AS (
                    SELECT rule_id, MIN(since) AS since, ARRAY_AGG(id) AS ids,
                           (ARRAY_AGG(id ORDER BY partner_id = %(destination)s DESC,
                                                  id))[1] AS kept_id,
                           (ARRAY_AGG(id ORDER BY keep_until DESC NULLS LAST, id))[1]
                               AS decided_id
                      FROM segmentation_hygiene_flag
                     WHERE partner_id IN %(partners)s
                  GROUP BY rule_id
                ), folded AS (
                    DELETE FROM segmentation_hygiene_flag flag USING family
                     WHERE flag.id = ANY(family.ids) AND flag.id <> family.kept_id)
                UPDATE segmentation_hygiene_flag kept
                   SET since = family.since, keep_until = decided.keep_until,
                       keep_user_id = decided.keep_user_id,
                       keep_reason = decided.keep_reason
                  FROM family
                  JOIN segmentation_hygiene_flag decided
                    ON decided.id = family.decided_id
                 WHERE kept.id = family.kept_id""",
                destination=destination.id,
                partners=tuple((sources | destination).ids),
            )
        )
        self.invalidate_model()
        return sentences

    @api.model
    def _after_merge(self, partners):
        """Check anew who is left: duplicates are none any more."""
        self.env["segmentation.hygiene.rule"]._check_partners(partners.ids)

    # --- Actions ----------------------------------------------------------------

    def action_check_again(self):
        """Check the contacts anew, as after putting them right."""
        self.check_access("read")
        self.env["segmentation.hygiene.rule"]._check_partners(self.partner_id.ids)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.readonly
    def action_open_partner(self):
        """Open the contact."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

    @api.readonly
    def action_merge(self):
        """Open Odoo's own wizard on the contacts that are likely one and the same.

        Of one flag the contact and its duplicates, of several their contacts.
        """
        self.check_access("read")
        partners = self.partner_id
        if len(partners) == 1:
            partners |= self._other_partners()
        if len(partners) < 2:
            raise UserError(
                self.env._(
                    "“%s” alone cannot be merged: select the contacts to merge it with "
                    "as well.",
                    partners.display_name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "base.action_partner_merge"
        )
        return {
            **action,
            "context": {"active_model": "res.partner", "active_ids": partners.ids},
        }

    @api.readonly
    def action_assign(self):
        """Ask for the salesperson to assign the contacts to."""
        return self._open_wizard("assign", self.env._("Assign Salesperson"))

    @api.readonly
    def action_keep(self):
        """Ask until when, and why, to keep the contacts as they are."""
        return self._open_wizard("keep", self.env._("Keep Contacts"))

    def _open_wizard(self, operation, title):
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.segmentation_hygiene_wizard_action"
        )
        context = {"default_flag_ids": self.ids, "default_operation": operation}
        return {**action, "name": title, "context": context}

    def _keep(self, until, reason):
        """Keep the contacts as they are until a day, inclusive; the chatter says so."""
        self.check_access("read")
        if not until or until < fields.Date.context_today(self):
            raise UserError(
                self.env._("To keep the contacts, choose a day from today on.")
            )
        self.sudo().write(
            {
                "keep_until": until,
                "keep_reason": reason,
                "keep_user_id": self.env.uid,
            }
        )
        self._tell(
            lambda flag: self.env._(
                "Kept until %(date)s because: %(reason)s. %(rule)s: %(description)s",
                date=format_date(self.env, until),
                rule=flag.rule_id.name,
                description=flag.description,
                reason=reason,
            )
        )

    def _assign(self, user):
        """Make the user the salesperson of the contacts, with one's own rights."""
        self.check_access("read")
        self.partner_id.write({"user_id": user.id})

    def _tell(self, sentence_of):
        """Log in each contact's chatter the sentences about its flags."""
        bodies = {
            partner.id: Markup("<br/>").join(sentence_of(flag) for flag in flags)
            for partner, flags in self.grouped("partner_id").items()
        }
        self.partner_id._message_log_batch(bodies)

    def action_archive(self):
        """Archive the contacts, with the contacts of customers; the chatter says why.

        With one's own rights. Those still in use are left, and named.
        """
        self.check_access("read")
        self.partner_id.check_access("write")
        in_use = self.partner_id._segmentation_in_use()
        free = self.filtered(lambda flag: flag.partner_id not in in_use)
        if not free:
            raise UserError(
                self.env._("Nothing was archived. %s", self._left_sentence(in_use))
            )
        partners = free.partner_id
        free._tell(
            lambda flag: self.env._(
                "Archived from the hygiene queue. %(rule)s: %(description)s",
                rule=flag.rule_id.name,
                description=flag.description,
            )
        )
        archived = partners._segmentation_archive()
        self.env["segmentation.hygiene.rule"]._check_partners(archived.ids)
        message = self.env._("%s contacts were archived.", len(archived))
        if in_use:
            message += " " + self._left_sentence(in_use)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if in_use else "success",
                "sticky": bool(in_use),
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _left_sentence(self, in_use):
        """Return who is not archived, and why."""
        return self.env._(
            "Still in use: %s.",
            [
                f"{partner.display_name} ({', '.join(reasons)})"
                for partner, reasons in in_use.items()
            ],
        )
