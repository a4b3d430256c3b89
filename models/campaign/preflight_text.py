import re
from functools import reduce

from lxml import etree, html

from odoo import fields, models
from odoo.tools.rendering_tools import parse_inline_template

from ...engine import sms_parts

#: a placeholder that Odoo reads without running code
PATH = re.compile(r"object((?:\.\w+)+)")
#: what is left of a placeholder that was not understood
RAW = re.compile(r"\{\{|\}\}|\$\{|\|\|\||<t[\s>]|&lt;t[\s&]|t-out=")
#: parts of a body that nobody reads, where braces are at home
UNREAD = re.compile(r"<style\b.*?</style>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
#: what is no text in a body
NO_TEXT = re.compile(r"<[^>]*>|&nbsp;|&#160;|\s")
#: links are shortened as the SMS is sent
LINK = re.compile(r"https?://\S+")
#: a code as links and unsubscription have it
CODE = "xxx"
#: what the trace says of a message that was no good when it was to leave
GAPS = "segmentation_text"


class MailingMailing(models.Model):
    """Writes messages as they will be sent, and says what is wrong with them."""

    _name = "mailing.mailing"
    _inherit = "mailing.mailing"

    def _segmentation_messages(self, partners):
        """Return {contact: {part of the message: its text}}, as it will be sent.

        Parts are ``subject``, ``preview`` and ``body``; of an SMS the body only.
        """
        mailing = self.with_context(segmentation_campaign_id=self.campaign_id.id)
        if self.mailing_type == "sms":
            bodies = mailing.env["mail.render.mixin"]._render_template(
                self.body_plaintext or "", "res.partner", partners.ids
            )
            return {partner: {"body": bodies[partner.id]} for partner in partners}
        rendered = {
            part: mailing._render_field(field, partners.ids)
            for part, field in (
                ("subject", "subject"),
                ("preview", "preview"),
                ("body", "body_html"),
            )
        }
        return {
            partner: {part: texts[partner.id] for part, texts in rendered.items()}
            for partner in partners
        }

    def _segmentation_check_messages(self, partners):
        """Return {contact: values of its line}; see :class:`SegmentationPreflightLine`.

        When one message cannot be written, the others still are: halves are tried.
        """
        partners = partners.with_context(segmentation_campaign_id=self.campaign_id.id)
        try:
            with self.env.cr.savepoint(flush=False):
                messages = self._segmentation_messages(partners)
        except Exception as error:
            if len(partners) == 1:
                return {partners: {"problem": "failed", "detail": _cause(error)}}
            middle = len(partners) // 2
            return {
                **self._segmentation_check_messages(partners[:middle]),
                **self._segmentation_check_messages(partners[middle:]),
            }
        paths = self._segmentation_paths_without_fallback()
        labels = self._segmentation_labels() if paths else {}
        return {
            partner: self._segmentation_check_message(partner, texts, paths, labels)
            for partner, texts in messages.items()
        }

    def _segmentation_check_message(self, partner, texts, paths, labels):
        """Return the values of a line: what is wrong, and the parts of an SMS."""
        problem, where = self._segmentation_text_problem(partner, texts, paths)
        detail = ", ".join(labels.get(path, path) for path in where)
        values = {"problem": problem, "detail": detail or False, "sms_parts": 0}
        if self.mailing_type == "sms":
            values["sms_parts"] = sms_parts.parts(self._segmentation_sms_text(texts))
        return values

    def _segmentation_text_problem(self, partner, texts, paths):
        """Return what is wrong with a message, as ``PROBLEMS`` or False, and where.

        :param paths: of the placeholders that have no fallback
        """
        read = "\n".join(UNREAD.sub("", text or "") for text in texts.values())
        if raw := RAW.search(read):
            return "raw", [raw[0]]
        if self._segmentation_is_blank(texts):
            return "blank", []
        empty = [path for path in paths if not _value(partner, path)]
        return bool(empty) and "empty", empty

    def _segmentation_with_gaps(self, messages):
        """Return the contacts whose messages must not leave as they are.

        :param messages: {contact: {part of the message: its text}}
        """
        paths = self._segmentation_paths_without_fallback()
        return [
            partner
            for partner, texts in messages.items()
            if self._segmentation_text_problem(partner, texts, paths)[0]
        ]

    def _segmentation_is_blank(self, texts):
        """Whether there is nothing to read in the subject or in the body."""
        body = UNREAD.sub("", texts["body"] or "")
        if self.mailing_type == "sms":
            return not body.strip()
        return not (texts["subject"] or "").strip() or not (
            NO_TEXT.sub("", body) or "<img" in body
        )

    def _segmentation_sms_text(self, texts):
        """The text of an SMS as it leaves: links short, and how to get no more."""
        base = self.get_base_url()
        text = LINK.sub(f"{base}/r/{CODE}/s/{CODE}", texts["body"] or "")
        if self.sms_allow_unsubscribe:
            composer = self.env["sms.composer"]
            url = composer._get_unsubscribe_url(self.id, CODE)
            text = f"{text}\n{composer._get_unsubscribe_info(url)}"
        return text

    # -- Placeholders

    def _segmentation_paths_without_fallback(self):
        """Return the paths below the contact that have nothing to fall back on."""
        texts = [self.subject, self.preview]
        if self.mailing_type == "sms":
            texts = [self.body_plaintext]
        placeholders = [
            (expression, fallback)
            for text in texts
            for _before, expression, fallback in parse_inline_template(text or "")
        ]
        if self.mailing_type == "mail" and self.body_html:
            tree = html.fragment_fromstring(self.body_html, create_parent="div")
            placeholders += [
                (node.get("t-out"), _content(node)) for node in tree.iter("t")
            ]
        return {
            found[1].lstrip(".")
            for expression, fallback in placeholders
            if not (fallback or "").strip()
            and (found := PATH.fullmatch((expression or "").strip()))
        }

    def _segmentation_labels(self):
        """Return {path: its label in the menu of placeholders}."""
        return {
            entry["path"]: entry["label"]
            for entry in self.env["res.partner"].segmentation_placeholders()
        }


class MailingTrace(models.Model):
    _name = "mailing.trace"
    _inherit = "mailing.trace"

    failure_type = fields.Selection(
        selection_add=[(GAPS, "Raw or empty placeholder")],
    )


class MailComposeMessage(models.TransientModel):
    """Looks at each message as it leaves: contacts may have changed since the check."""

    _name = "mail.compose.message"
    _inherit = "mail.compose.message"

    def _process_mail_values_state(self, mail_values_dict):
        values_all = super()._process_mail_values_state(mail_values_dict)
        mailing = self.mass_mailing_id
        if not (
            mailing and self._is_mass_mailing() and mailing._segmentation_is_ours()
        ):
            return values_all
        partners = self.env[self.model].browse(values_all)
        messages = {
            partner: {"subject": values["subject"], "body": values["body_html"]}
            for partner, values in zip(partners, values_all.values(), strict=True)
            if values.get("state") != "cancel"
        }
        for partner in mailing._segmentation_with_gaps(messages):
            values_all[partner.id].update(state="cancel", failure_type=GAPS)
        return values_all


class SmsComposer(models.TransientModel):
    """Looks at each message as it leaves: contacts may have changed since the check."""

    _name = "sms.composer"
    _inherit = "sms.composer"

    def _prepare_mass_sms_trace_values(self, record, sms_values):
        mailing = self.mailing_id
        messages = {record: {"body": sms_values["body"]}}
        if (
            sms_values["state"] == "outgoing"
            and mailing._segmentation_is_ours()
            and mailing._segmentation_with_gaps(messages)
        ):
            sms_values.update(state="canceled", failure_type=GAPS)
        return super()._prepare_mass_sms_trace_values(record, sms_values)


def _value(partner, path):
    """Return what a path leads to; nothing where it leads nowhere."""
    try:
        return reduce(lambda record, name: record[name], path.split("."), partner)
    except KeyError:
        return None


def _content(node):
    """Return what stands inside a node, as text."""
    return (node.text or "") + "".join(
        etree.tostring(child, encoding="unicode") for child in node
    )


def _cause(error):
    """Return what an error comes from in the end, in one line."""
    while error.__cause__:
        error = error.__cause__
    return str(error).strip().partition("\n")[0]
