from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, new_test_user, tagged

from .key_fields_common import KeyFieldsCommon

GROUPS = "base.group_user,base.group_partner_manager"


@tagged("post_install", "-at_install")
class TestKeyFieldApi(KeyFieldsCommon, HttpCase):
    """Other programs read and write key fields through Odoo's JSON API."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.program = new_test_user(cls.env, "key_program", GROUPS)
        key = (
            cls.program.with_user(cls.program)
            .env["res.users.apikeys"]
            ._generate(
                scope="rpc",
                name="Shop",
                expiration_date=fields.Datetime.now() + timedelta(hours=1),
            )
        )
        cls.headers = {"Authorization": f"Bearer {key}"}

    def _call(self, method, **arguments):
        """Call a method of contacts and return the answer and its status."""
        response = self.url_open(
            f"/json/2/res.partner/{method}", json=arguments, headers=self.headers
        )
        return response.json(), response.status_code

    def test_reading(self):
        fields = self.crops + self.topics + self.trees + self.founded
        names = fields.mapped("technical_name")
        given = (self.soy.id, self.weeds.ids, 12.5, "1990-05-01")
        self.firm.write(dict(zip(names, given, strict=True)))
        [values], status = self._call("read", ids=self.firm.ids, fields=names)
        self.assertEqual(status, 200)
        self.assertEqual(
            [values[name] for name in names],
            [[self.soy.id, "Soy"], self.weeds.ids, 12.5, "1990-05-01"],
        )

    def test_writing(self):
        crop, topics, irrigates, trees = (
            self.crops + self.topics + self.irrigates + self.trees
        ).mapped("technical_name")
        answer, status = self._call(
            "write",
            ids=self.firm.ids,
            vals={
                crop: self.maize.id,
                topics: [[6, 0, self.water.ids]],
                irrigates: "yes",
                trees: 100,
            },
        )
        self.assertEqual((answer, status), (True, 200))
        self.assertEqual(self.firm[crop], self.maize)
        self.assertEqual(self.firm[topics], self.water)
        self.assertEqual((self.firm[irrigates], self.firm[trees]), ("yes", 100))
        self.assertEqual(self.firm[self.tree_band.technical_name].name, "from 100")

    def test_creating_and_searching(self):
        """What is mandatory for people is not asked of programs."""
        (self.crops + self.slogan).requirement = "mandatory"
        name = self.crops.technical_name
        [partner_id], status = self._call(
            "create", vals_list=[{"name": "From the Shop", name: self.soy.id}]
        )
        self.assertEqual(status, 200)
        found, _status = self._call("search", domain=[[name, "=", "Soy"]])
        self.assertEqual(found, [partner_id])

    def test_what_there_is(self):
        name = self.irrigates.technical_name
        described, _status = self._call(
            "fields_get", allfields=[name], attributes=["string", "type", "selection"]
        )
        self.assertEqual(
            described[name],
            {
                "string": "Irrigates",
                "type": "selection",
                "selection": [["yes", "Yes"], ["no", "No"]],
            },
        )

    def test_a_value_of_another_key_field_is_refused(self):
        answer, status = self._call(
            "write",
            ids=self.firm.ids,
            vals={self.crops.technical_name: self.weeds.id},
        )
        self.assertEqual(status, 422)
        self.assertEqual(
            answer["message"],
            "“Weeds” is a value of “Topics”: choose one of “Main Crop”.",
        )
        self.assertFalse(self.firm[self.crops.technical_name])

    def test_portal_users_do_not_get_at_them(self):
        portal = new_test_user(self.env, "key_portal", "base.group_portal")
        name = self.slogan.technical_name
        self.assertNotIn(name, self.Partner.with_user(portal).fields_get())
