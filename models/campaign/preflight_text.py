import re
from functools import reduce

from lxml import etree, html

from odoo import models
from odoo.tools import html2plaintext, is_html_empty
from odoo.tools.rendering_tools import parse_inline_template

from ...engine import sms_parts

#: a placeholder that Odoo reads without running code
PATH = re.compile(r"object((?:\.\w+)+)")
#: what is left of a placeholder that was not understood
RAW = re.compile(r"\{\{|\}\}|\$\{|\|\|\||<t[\s>]|&lt;t[\s&]|t-out=")
#: parts of a body that nobody reads, where braces are at home
UNREAD = re.compile(r"<style\b.*?</style>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
#: links are shortened as the SMS is sent
LINK = re.compile(r"https?://\S+")
#: a code as links and unsubscription have it
CODE = "xxx"


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
        """Return {contact: values of its line}; see :class:`PreflightLine`.

        When one message cannot be written, the others still are: halves are tried.
        """
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
        values = {"problem": False, "detail": False, "sms_parts": 0}
        read = {part: UNREAD.sub("", text or "") for part, text in texts.items()}
        if raw := RAW.search("\n".join(read.values())):
            values.update(problem="raw", detail=raw[0])
        elif self._segmentation_is_blank(texts):
            values["problem"] = "blank"
        elif empty := [path for path in paths if not _value(partner, path)]:
            values.update(
                problem="empty",
                detail=", ".join(labels.get(path, path) for path in empty),
            )
        if self.mailing_type == "sms":
            values["sms_parts"] = sms_parts.parts(self._segmentation_sms_text(texts))
        return values

    def _segmentation_is_blank(self, texts):
        """Whether there is nothing to read in the subject or in the body."""
        if self.mailing_type == "sms":
            return not (texts["body"] or "").strip()
        body = UNREAD.sub("", texts["body"] or "")
        return not (texts["subject"] or "").strip() or (
            is_html_empty(body) or not (html2plaintext(body).strip() or "<img" in body)
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
