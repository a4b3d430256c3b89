from datetime import timedelta

from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..common.limits import MOST

#: kinds that write on contacts, which not everybody in marketing may
ON_CONTACTS = {"activity", "key_field", "tag_add", "tag_remove"}
#: of the types of key fields, what holds the value that must be given
VALUES = {
    "choice": "value_id",
    "choices": "value_ids",
    "number": "number",
    "yes_no": "yes_no",
    "text": "text",
}


class SegmentationSegmentAction(models.Model):
    """Does it, for many contacts at once and with the rights of the action's author.

    Each kind has ``_problem_<kind>()``: what is wrong with how it was written, in
    words, or nothing; and ``_act_<kind>(partners)``, which does it and may return who
    was left out: ``{state of their effects: contacts}``.
    """

    _inherit = "segmentation.segment.action"

    def _actor(self):
        """Return the action with the rights with which it is done.

        :raise UserError: its author may not, or something that it needs is gone
        """
        self.ensure_one()
        action = self.sudo()
        user, company = action.author_id, action.company_id
        if not user or not user._may_write_rules(company):
            raise UserError(
                self.env._(
                    "The action is done with the rights of %(user)s, who may not write "
                    "actions of %(company)s any more: let somebody else save it.",
                    user=user.name or self.env._("a deleted user"),
                    company=company.name,
                )
            )
        actor = self.with_user(user).with_context(
            allowed_company_ids=company.ids,
            lang=user.lang,
            tz=company._segmentation_tz(),
        )
        if problem := actor._problem():
            raise UserError(problem)
        return actor

    def _act(self, partners):
        """Do it for contacts.

        :return: ``{state: contacts}`` of those who were left out
        """
        return getattr(self, f"_act_{self.kind}")(partners) or {}

    # --- What is wrong ----------------------------------------------------------

    def _problem(self):
        """Return what is wrong with the action and how to mend it, else None."""
        if self.kind in ON_CONTACTS and not self.env["res.partner"].has_access("write"):
            return self.env._(
                "You may not modify contacts, which this action does: let somebody "
                "save it who may."
            )
        return getattr(self, f"_problem_{self.kind}")()

    def _problem_activity(self):
        if not self.activity_type_id:
            return self.env._("Choose the type of the activity.")
        if not 0 <= self.days <= MOST:
            return self.env._("An activity is due 0 to %s days later.", MOST)
        return None

    def _problem_key_field(self):
        field = self.key_field_id
        if not field:
            return self.env._("Choose the key field to set.")
        if field.state != "on" or field.type == "band":
            return self.env._(
                "“%s” cannot be set: choose a key field that is switched on and not "
                "derived from another.",
                field.name,
            )
        needed = None if self.is_emptied else VALUES.get(field.type)
        if needed and not self[needed]:
            return self.env._(
                "Say to what “%s” is set, or that it is emptied.", field.name
            )
        if needed in ("value_id", "value_ids") and self[needed].field_id != field:
            return self.env._("Choose values of “%s”.", field.name)
        return None

    def _problem_tag_add(self):
        return None if self.tag_ids else self.env._("Choose the tags.")

    def _problem_tag_remove(self):
        return self._problem_tag_add()

    def _problem_mailing_list(self):
        if not self.mailing_list_id:
            return self.env._("Choose the mailing list.")
        return None

    def _problem_server_action(self):
        if not self.env.user.has_group("base.group_system"):
            return self.env._(
                "Only administrators of Odoo may have a server action run: ask one to "
                "save it."
            )
        if self.server_action_id.model_id.model != "res.partner":
            return self.env._("Choose a server action that is about contacts.")
        return None

    # --- Doing it ---------------------------------------------------------------

    def _act_activity(self, partners):
        """Plan one for each, without an e-mail to whom it is assigned."""
        model = self.env["ir.model"]._get_id("res.partner")
        deadline = fields.Date.context_today(self) + timedelta(days=self.days)
        activities = self.env["mail.activity"]
        activities.with_context(mail_activity_quick_update=True).create(
            [
                {
                    "res_model_id": model,
                    "res_id": partner.id,
                    "activity_type_id": self.activity_type_id.id,
                    "summary": self.summary,
                    "note": self.note,
                    "date_deadline": deadline,
                    "user_id": user.id,
                }
                for partner, user in self._assignees(partners).items()
            ]
        )

    def _assignees(self, partners):
        """Return ``{contact: who takes care of it}``.

        The salesperson of the contact, else of its customer, else the segment's
        responsible, else the action's author.
        """
        segment = self.segment_id.sudo()
        assignees = {}
        for partner in partners.sudo():
            users = (
                partner.user_id,
                partner.commercial_partner_id.user_id,
                segment.user_id,
            )
            able = (user for user in users if user.active and not user.share)
            assignees[partner] = next(able, self.env.user)
        return assignees

    def _act_key_field(self, partners):
        partners.write({self.key_field_id.technical_name: self._value()})

    def _value(self):
        """Return what is written in the key field."""
        kind = self.key_field_id.type
        if kind == "choices":
            if self.is_emptied:
                return [Command.clear()]
            return [Command.link(value.id) for value in self.value_ids]
        if self.is_emptied:
            return False
        if kind == "date":
            return self.date or fields.Date.context_today(self)
        value = self[VALUES[kind]]
        return value.id if kind == "choice" else value

    def _act_tag_add(self, partners):
        partners.write({"category_id": [Command.link(tag.id) for tag in self.tag_ids]})

    def _act_tag_remove(self, partners):
        partners.write(
            {"category_id": [Command.unlink(tag.id) for tag in self.tag_ids]}
        )

    def _act_mailing_list(self, partners):
        """Subscribe each address once, and none that opted out of the list."""
        reachable = partners.filtered("email_normalized")
        contacts = self.env["mailing.contact"].search(
            [("email_normalized", "in", reachable.mapped("email_normalized"))],
            order="id desc",
        )
        subscriptions = self.env["mailing.subscription"].search(
            [
                ("contact_id", "in", contacts.ids),
                ("list_id", "=", self.mailing_list_id.id),
            ]
        )
        known = set(subscriptions.contact_id.mapped("email_normalized"))
        opted_out = subscriptions.filtered("opt_out").contact_id
        gone = set(opted_out.mapped("email_normalized"))
        self._subscribe(
            reachable.filtered(lambda partner: partner.email_normalized not in known),
            {contact.email_normalized: contact for contact in contacts},
        )
        return {
            "no_email": partners - reachable,
            "opted_out": reachable.filtered(lambda p: p.email_normalized in gone),
        }

    def _subscribe(self, partners, contact_of):
        """Subscribe contacts: by the mailing contact of their address, or a new one.

        :param dict contact_of: ``{address: mailing contact}``
        """
        subscription = {"list_id": self.mailing_list_id.id}
        by_email = {partner.email_normalized: partner for partner in partners}
        self.env["mailing.subscription"].create(
            [
                {**subscription, "contact_id": contact_of[email].id}
                for email in by_email
                if email in contact_of
            ]
        )
        self.env["mailing.contact"].create(
            [
                {
                    "name": partner.name,
                    "email": email,
                    "company_name": partner.commercial_company_name,
                    "country_id": partner.country_id.id,
                    "subscription_ids": [Command.create(subscription)],
                }
                for email, partner in by_email.items()
                if email not in contact_of
            ]
        )

    def _act_server_action(self, partners):
        action = self.server_action_id.with_context(
            active_model="res.partner",
            active_ids=partners.ids,
            active_id=partners[:1].id,
        )
        action.run()
