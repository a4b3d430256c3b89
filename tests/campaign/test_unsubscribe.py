import re
from urllib.parse import quote, urlencode

from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .respect import RespectCommon

#: what no link of ours holds in place of a number or a code
GARBAGE = ("abc", "-1", "0", "1.5", "9" * 30, "2147483648", "ñ", "[1]", "\0")


@tagged("post_install", "-at_install")
class TestUnsubscribe(RespectCommon, HttpCase):
    """What people do on Odoo's unsubscribe pages, as visitors without an account."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.events = cls.env.ref("agro_segmentation.topic_events")

    def _link(self, mailing, name):
        """Send the e-mail; return what Ana finds in it: header or link."""
        with self.mock_mail_gateway():
            mailing.action_send_mail(self.ana.ids)
        [mail] = self._mails
        if name == "header":
            self.assertEqual(
                mail["headers"]["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click"
            )
            url = mail["headers"]["List-Unsubscribe"].strip("<>")
        else:
            [url] = html.fromstring(mail["body"]).xpath("//a[@id='stop']/@href")
        return url.replace(mailing.get_base_url(), "")

    def _email(self, **values):
        return self._mailing(
            body_html="<p>Hello</p><a id='stop' href='/unsubscribe_from_list'>Stop</a>",
            **values,
        )

    def _topics_out(self, partner=None):
        rows = self.env["segmentation.opt.out"].search(
            [("partner_id", "=", (partner or self.ana).id)]
        )
        return rows.topic_id

    def _is_blacklisted(self):
        return self.env["mail.blacklist"].search_count(
            [("email", "=", self.ana.email_normalized)]
        )

    def _form(self, response, action):
        """Return the fields of a form as the browser would post them."""
        self.assertEqual(response.status_code, 200)
        [form] = html.fromstring(response.text).xpath(
            f"//form[starts-with(@action, '{action}')]"
        )
        return form.fields

    def _post_topics(self, fields, *topics, url="/mailing/topics"):
        data = [(name, fields[name] or "") for name in fields if name != "topic_ids"]
        data += [("topic_ids", str(topic.id)) for topic in topics]
        return self.url_open(url, data=data)

    def test_one_click_of_the_mail_program(self):
        """RFC 8058: one POST, no session, no token of a form."""
        mailing = self._email()
        url = self._link(mailing, "header")
        response = self.opener.post(
            self.base_url() + url, data={"List-Unsubscribe": "One-Click"}
        )
        self.assertEqual(response.status_code, 200)
        self.assertRecordValues(
            self.env["segmentation.opt.out"].search([]),
            [
                {
                    "partner_id": self.ana.id,
                    "email": "ana@example.com",
                    "topic_id": self.topic.id,
                    "origin": "one_click",
                    "mailing_id": mailing.id,
                }
            ],
        )
        self.assertFalse(self._is_blacklisted())
        self.assertEqual(self._send(self._mailing()), ["Berta", "Carla", "Dora"])

    def test_link_asks_first_and_names_the_topic(self):
        url = self._link(self._email(), "link")
        page = self.url_open(url)
        self.assertIn("Stop receiving “News and offers”", page.text)
        self.assertFalse(self._topics_out())
        fields = self._form(page, "/mailing/confirm_unsubscribe")
        page = self.url_open("/mailing/confirm_unsubscribe", data=dict(fields))
        self.assertEqual(self._topics_out(), self.topic)
        self.assertFalse(self._is_blacklisted())
        [settings] = html.fromstring(page.text).xpath(
            "//a[contains(@href, '/unsubscribe?')]/@href"
        )
        page = self.url_open(settings)
        self.assertIn("What do you want to receive?", page.text)

    def test_following_the_link_changes_nothing(self):
        """Mail scanners follow links."""
        url = self._link(self._email(), "link")
        page = self.url_open(url.replace("confirm_unsubscribe", "unsubscribe"))
        self.assertEqual(page.status_code, 200)
        self.assertFalse(self._topics_out())
        self.assertFalse(self._is_blacklisted())

    def test_choosing_topics(self):
        url = self._link(self._email(), "link")
        url = url.replace("confirm_unsubscribe", "unsubscribe")
        fields = self._form(self.url_open(url), "/mailing/topics")
        page = self._post_topics(fields, self.events)
        self.assertIn("Your choice is saved", page.text)
        self.assertEqual(self._topics_out(), self.topic | self.service)
        self._post_topics(fields, self.topic)
        self.assertEqual(self._topics_out(), self.events | self.service)

    def test_topics_that_are_not_offered_stay_as_they_are(self):
        hidden = self.topic.copy({"name": "Hidden", "is_public": False})
        archived = self.topic.copy({"name": "Archived", "active": False})
        self._opt_out(self.ana, hidden)
        self._opt_out(self.ana, archived)
        url = self._link(self._email(), "link")
        page = self.url_open(url.replace("confirm_unsubscribe", "unsubscribe"))
        self.assertNotIn("Hidden", page.text)
        self.assertNotIn("Archived", page.text)
        fields = self._form(page, "/mailing/topics")
        self._post_topics(
            fields, self.topic, self.events, self.service, hidden, archived
        )
        self.assertEqual(self._topics_out(), hidden | archived)

    def test_own_topic_is_offered_though_not_public(self):
        self.topic.is_public = False
        url = self._link(self._email(), "link")
        page = self.url_open(url.replace("confirm_unsubscribe", "unsubscribe"))
        self.assertIn("News and offers", page.text)

    @mute_logger("odoo.http")
    def test_without_the_token_nothing_is_kept(self):
        url = self._link(self._email(), "link")
        url = url.replace("confirm_unsubscribe", "unsubscribe")
        fields = dict(self._form(self.url_open(url), "/mailing/topics"))
        for change in (
            {"hash_token": "no"},
            {"hash_token": ""},
            {"email": "berta@example.com"},
            {"document_id": str(self.berta.id)},
            {"mailing_id": "987654"},
        ):
            with self.subTest(**change):
                response = self._post_topics({**fields, **change})
                self.assertIn(response.status_code, (400, 401, 403, 422))
        response = self._post_topics({**fields, "csrf_token": "no"})
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.env["segmentation.opt.out"].search([]))

    def _answer(self, *args, **kwargs):
        """Return the status and the page, less what differs with every request."""
        response = self.url_open(*args, **kwargs, allow_redirects=False)
        return response.status_code, re.sub(r'csrf_token: "\w+"', "", response.text)

    def _fields(self):
        """Return what the form of Ana's page posts."""
        url = self._link(self._email(), "link")
        page = self.url_open(url.replace("confirm_unsubscribe", "unsubscribe"))
        return dict(self._form(page, "/mailing/topics"))

    @mute_logger("odoo.http")
    def test_garbage_is_refused(self):
        fields = self._fields()
        for name in ("mailing_id", "document_id", "hash_token", "email"):
            for value in ("", *GARBAGE):
                with self.subTest(name=name, value=value):
                    data = {**fields, name: value}
                    status, _page = self._answer("/mailing/topics", data=data)
                    self.assertIn(status, (400, 401))
        self.assertFalse(self.env["segmentation.opt.out"].search([]))

    @mute_logger("odoo.http")
    def test_garbage_in_links_is_refused(self):
        fields = self._fields()
        number = fields["mailing_id"]
        for name in ("document_id", "hash_token"):
            for value in GARBAGE:
                known = {key: fields[key] for key in ("document_id", "email")}
                query = urlencode({**known, "hash_token": "no", name: value})
                for page in ("confirm_unsubscribe", "unsubscribe"):
                    url = f"/mailing/{number}/{page}?{query}"
                    with self.subTest(url=url):
                        self.assertIn(self._answer(url)[0], (400, 401))
        for value in GARBAGE:
            with self.subTest(value=value):
                data = {**fields, "mailing_id": value}
                status, _page = self._answer("/mailing/confirm_unsubscribe", data=data)
                self.assertIn(status, (400, 401))
        query = urlencode({key: fields[key] or "" for key in fields})
        status, _page = self._answer(f"/mailing/{'9' * 30}/unsubscribe?{query}")
        self.assertEqual(status, 401)
        self.assertFalse(self.env["segmentation.opt.out"].search([]))

    def test_what_others_add_to_the_link_does_no_harm(self):
        url = self._link(self._email(), "link")
        with mute_logger("odoo.http"):
            page = self.url_open(f"{url}&utm_source=mail&fbclid=1")
        self.assertIn("Stop receiving “News and offers”", page.text)

    @mute_logger("odoo.http")
    def test_nobody_learns_who_is_known(self):
        """Wrong tokens are answered alike, whether or not there is such a one."""
        fields = self._fields()
        known = self._answer("/mailing/topics", data={**fields, "hash_token": "no"})
        self.assertEqual(known[0], 401)
        for change in (
            {"email": "nobody@example.com"},
            {"document_id": "987654"},
            {"mailing_id": "987654"},
        ):
            data = {**fields, "hash_token": "no", **change}
            with self.subTest(**change):
                self.assertEqual(self._answer("/mailing/topics", data=data), known)

    @mute_logger("odoo.http")
    def test_marketing_cannot_opt_others_out_by_the_page(self):
        """Without a token, Odoo lets users of mailings in: as themselves only."""
        self.authenticate("marketing", "marketing")
        mailing = self._email()
        page = self.url_open(
            f"/mailing/{mailing.id}/unsubscribe?document_id={self.ana.id}"
        )
        fields = self._form(page, "/mailing/topics")
        self._post_topics(fields)
        self.assertFalse(self._topics_out())
        self.assertTrue(self._topics_out(self.marketing.partner_id))

    def test_message_without_topic_means_the_black_list(self):
        self.campaign = self._launch("all", topic_id=False)
        url = self._link(self._email(), "header")
        self.opener.post(self.base_url() + url)
        self.assertTrue(self._is_blacklisted())
        self.assertFalse(self._topics_out())

    def test_logged_in_without_a_message(self):
        self.authenticate("marketing", "marketing")
        fields = self._form(self.url_open("/mailing/my"), "/mailing/topics")
        self._post_topics(fields, self.topic)
        self.assertEqual(
            self._topics_out(self.marketing.partner_id), self.events | self.service
        )

    # -- SMS

    def _stop_link(self):
        """Send the SMS; return the trace of Ana's and its link."""
        mailing = self._sms_mailing(sms_allow_unsubscribe=True)
        self._send_sms(mailing)
        trace = mailing.mailing_trace_ids.filtered(
            lambda trace: trace.res_id == self.ana.id
        )
        url = f"/sms/{mailing.id}/{trace.sms_code}"
        [sms] = [sms for sms in self._sms if sms["number"] == trace.sms_number]
        self.assertIn(url, sms["body"])
        return trace, url

    def test_stop_link_of_an_sms(self):
        _trace, url = self._stop_link()
        page = self.url_open(url)
        self.assertFalse(self._topics_out())
        fields = {**self._form(page, "/sms/"), "sms_number": self.ana.phone}
        page = self.url_open(url, data=fields)
        self.assertEqual(self._topics_out(), self.topic)
        self.assertEqual(self.env["segmentation.opt.out"].search([]).origin, "sms")
        self.assertFalse(self.env["phone.blacklist"].search([]))
        fields = self._form(page, "/sms/")
        self._post_topics(fields, self.topic, self.events, url=page.url)
        self.assertEqual(self._topics_out(), self.service)
        self.assertEqual(
            self._send_sms(self._sms_mailing()),
            self._numbers(self.ana, self.berta, self.carla, self.dora),
        )

    def test_no_sms_at_all(self):
        _trace, url = self._stop_link()
        page = self.url_open(
            url,
            data={
                **self._form(self.url_open(url), "/sms/"),
                "sms_number": self.ana.phone,
            },
        )
        fields = {**self._form(page, "/sms/"), "everything": "1"}
        page = self._post_topics(fields, url=page.url)
        self.assertIn("gets no SMS from us any more", " ".join(page.text.split()))
        self.assertEqual(
            self.env["phone.blacklist"].search([]).number, self.ana.phone_sanitized
        )

    @mute_logger("odoo.http")
    def test_garbage_in_the_link_of_an_sms_finds_nothing(self):
        trace, url = self._stop_link()
        number = trace.sms_number.replace("+", "%2B")
        for garbage in (*map(quote, GARBAGE), "no"):
            code = f"/sms/{trace.mass_mailing_id.id}/unsubscribe/{garbage}"
            for path in (code, f"{url}?sms_number={garbage}"):
                with self.subTest(path=path):
                    status, _page = self._answer(f"{path}?sms_number={number}")
                    self.assertIn(status, (200, 303, 404))
        path = f"/sms/{'9' * 30}/unsubscribe/{trace.sms_code}?sms_number={number}"
        self.assertEqual(self._answer(path)[0], 303)
        self.assertFalse(self.env["segmentation.opt.out"].search([]))
        self.assertFalse(self.env["phone.blacklist"].search([]))

    def test_number_of_somebody_else(self):
        trace, url = self._stop_link()
        self.url_open(
            f"/sms/{trace.mass_mailing_id.id}/unsubscribe/{trace.sms_code}"
            f"?sms_number={self.berta.phone_sanitized.replace('+', '%2B')}"
        )
        self.assertFalse(self.env["segmentation.opt.out"].search([]))
