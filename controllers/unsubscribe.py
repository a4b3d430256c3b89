from werkzeug.exceptions import BadRequest, NotFound, Unauthorized

from odoo import http, tools
from odoo.http import request

from odoo.addons.mass_mailing.controllers.main import MassMailController
from odoo.addons.mass_mailing_sms.controllers.main import MailingSMSController

#: the largest id that PostgreSQL can look for
LARGEST_ID = 2**31 - 1


def is_id(value):
    """Return whether what is in a link or form can be the id of a record."""
    digits = str(value)
    return digits.isascii() and digits.isdigit() and 0 < int(digits[:11]) <= LARGEST_ID


def is_code(value):
    """Return whether it can be a token or code as our links have them."""
    return isinstance(value, str) and value.isascii() and value.isalnum()


def offered(mailing):
    """Return the topics to choose from on the page of a message."""
    return (
        request.env["segmentation.topic"]
        .sudo()
        ._offered(mailing._segmentation_company(), mailing.segmentation_topic_id)
    )


def keep_choice(mailing, origin, person):
    """Opt a person in and out of the topics that the page offered, as ticked."""
    topics = offered(mailing)
    ticked = request.httprequest.form.getlist("topic_ids")
    wanted = topics.filtered(lambda topic: str(topic.id) in ticked)
    opt_outs = request.env["segmentation.opt.out"].sudo()
    opt_outs._opt_in(wanted, **person)
    opt_outs._opt_out(topics - wanted, origin, mailing, **person)


def topics_out(person):
    """Return the topics that a person opted out of."""
    return request.env["segmentation.opt.out"].sudo()._topics_out(**person)


class Unsubscribe(MassMailController):
    """Odoo's unsubscribe pages, by topic for messages that have one.

    The mail program's button and the confirmation opt the person out of the topic of
    the message; looking at the page changes nothing, as mail scanners follow links. The
    page offers this topic and the other public ones; the blacklist stays on it.
    """

    def _check_mailing_email_token(
        self, mailing_id, document_id, email, hash_token, **kwargs
    ):
        """Refuse what is in no link of ours, rather than come to grief at it."""
        if mailing_id and not is_id(mailing_id):
            raise NotFound()
        if document_id and not is_id(document_id):
            raise BadRequest()
        if hash_token and not (is_code(hash_token) and isinstance(email, str)):
            raise BadRequest()
        return super()._check_mailing_email_token(
            mailing_id and int(mailing_id), document_id, email, hash_token, **kwargs
        )

    @http.route()
    def mailing_confirm_unsubscribe(
        self, mailing_id, document_id=None, email=None, hash_token=None
    ):
        """Name the topic that the person is about to opt out of."""
        response = super().mailing_confirm_unsubscribe(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )
        mailing = request.env["mailing.mailing"].sudo().browse(mailing_id)
        response.qcontext["topic"] = mailing.segmentation_topic_id
        return response

    @http.route()
    def mailing_confirm_unsubscribe_post(
        self, mailing_id=None, document_id=None, email=None, hash_token=None
    ):
        """Odoo takes whatever comes for the number of a message."""
        if not is_id(mailing_id):
            raise BadRequest()
        return super().mailing_confirm_unsubscribe_post(
            mailing_id, document_id=document_id, email=email, hash_token=hash_token
        )

    def _mailing_unsubscribe_from_document(
        self, mailing, document_id, email, hash_token
    ):
        """Opt out of the topic of the message, rather than put on the blacklist."""
        topic = mailing.segmentation_topic_id
        if not topic:
            return super()._mailing_unsubscribe_from_document(
                mailing, document_id, email, hash_token
            )
        if request.httprequest.method == "POST":
            is_button = request.httprequest.path.endswith("/unsubscribe_oneclick")
            request.env["segmentation.opt.out"].sudo()._opt_out(
                topic,
                "one_click" if is_button else "page",
                mailing,
                **self._segmentation_person(mailing, document_id, email, hash_token),
            )
        return self._segmentation_page(mailing, document_id, email, hash_token)

    def _segmentation_page(self, mailing, document_id, email, hash_token, **values):
        """Return the page on which the person chooses what to receive."""
        subscriptions = self._prepare_mailing_subscription_values(
            mailing, document_id, email, hash_token
        )
        return request.render(
            "mass_mailing.page_mailing_unsubscribe",
            {**subscriptions, "feedback_enabled": False, **values},
        )

    def _prepare_mailing_subscription_values(
        self, mailing, document_id, email, hash_token
    ):
        """Add the topics to choose from, and those that the person opted out of."""
        values = super()._prepare_mailing_subscription_values(
            mailing, document_id, email, hash_token
        )
        person = self._segmentation_person(mailing, document_id, email, hash_token)
        has_topics = mailing.segmentation_topic_id or not mailing
        return {
            **values,
            "topics": has_topics and offered(mailing),
            "topics_out": topics_out(person),
        }

    def _segmentation_person(self, mailing, document_id, email, hash_token):
        """Return what is known of the person, as opt-outs keep it.

        Only the token of the message's link vouches for the contact that it names.
        """
        partner = request.env["res.partner"].sudo()
        if not hash_token:
            partner = request.env.user.partner_id.sudo()
        elif mailing.mailing_model_real == "res.partner":
            partner = partner.browse(int(document_id)).exists()
        return {"email": tools.email_normalize(email), "partner": partner}

    @http.route(
        "/mailing/topics", type="http", website=True, auth="public", methods=["POST"]
    )
    def segmentation_topics(
        self, mailing_id=None, document_id=None, email=None, hash_token=None, **_post
    ):
        """Keep what the person chose: the topics ticked are wanted, the others not."""
        email, hash_token = self._fetch_user_information(email, hash_token)
        try:
            mailing = self._check_mailing_email_token(
                mailing_id, document_id, email, hash_token
            )
        except NotFound as error:  # avoid leaking which mailings exist
            raise Unauthorized() from error
        person = self._segmentation_person(mailing, document_id, email, hash_token)
        keep_choice(mailing, "page", person)
        return self._segmentation_page(
            mailing, document_id, email, hash_token, topics_saved=True
        )


class UnsubscribeSms(MailingSMSController):
    """The stop link of an SMS, by topic for messages that have one."""

    def _check_trace(self, mailing_id, trace_code):
        """Find nothing by what is in no link of ours."""
        if not (is_id(mailing_id) and is_code(trace_code)):
            return {"error": "trace_error"}
        return super()._check_trace(mailing_id, trace_code)

    @http.route()
    def blacklist_number(self, mailing_id, trace_code, **post):
        """Opt out of the topic of the message, rather than put on the blacklist."""
        trace = self._segmentation_trace(mailing_id, trace_code, post)
        topic = trace.mass_mailing_id.segmentation_topic_id
        if not topic:
            return super().blacklist_number(mailing_id, trace_code, **post)
        is_choice = request.httprequest.method == "POST"
        if is_choice:
            self._segmentation_keep_sms_choice(trace)
        else:
            request.env["segmentation.opt.out"].sudo()._opt_out(
                topic, "sms", trace.mass_mailing_id, **self._segmentation_caller(trace)
            )
        return self._segmentation_sms_page(trace, is_saved=is_choice)

    def _segmentation_trace(self, mailing_id, trace_code, post):
        """Return the trace of the SMS that the link was in; empty if it was in none."""
        number = str(post.get("sms_number", "")).strip()
        traces = self._check_trace(mailing_id, trace_code).get("trace")
        if not traces or not number:
            return request.env["mailing.trace"].sudo()
        return traces.filtered(lambda trace: trace.sms_number == number)[:1]

    def _segmentation_caller(self, trace):
        """Return what is known of the person, as opt-outs keep it."""
        partner = request.env["res.partner"].sudo()
        if trace.model == "res.partner":
            partner = partner.browse(trace.res_id).exists()
        return {"phone": trace.sms_number, "partner": partner}

    def _segmentation_keep_sms_choice(self, trace):
        """Keep the topics ticked, or put the number on the blacklist."""
        if "everything" in request.httprequest.form:
            request.env["phone.blacklist"].sudo()._add([trace.sms_number])
        else:
            person = self._segmentation_caller(trace)
            keep_choice(trace.mass_mailing_id, "sms", person)

    def _segmentation_sms_page(self, trace, is_saved):
        """Return the page on which the person chooses what to receive."""
        blacklist = request.env["phone.blacklist"].sudo()
        return request.render(
            "agro_segmentation.page_sms_topics",
            {
                "mailing": trace.mass_mailing_id,
                "trace": trace,
                "is_saved": is_saved,
                "topics": offered(trace.mass_mailing_id),
                "topics_out": topics_out(self._segmentation_caller(trace)),
                "is_blocklisted": blacklist.search_count(
                    [("number", "=", trace.sms_number)]
                ),
            },
        )
