from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from ...models.common.groups import MARKETING
from .common import SegmentCommon


@tagged("post_install", "-at_install")
class TestSegmentApi(SegmentCommon, HttpCase):
    """Other programs ask segments through Odoo's JSON API, as their user would."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rosa = cls._person("api_rosa")
        cls.ana, cls.bruno, cls.carla = (
            cls._customer(name, city="Montero") for name in ("Ana", "Bruno", "Carla")
        )
        cls.carla.city = "Warnes"
        cls.ana.user_id = cls.rosa
        cls.segment = cls._segment([("city", "=", "Montero")], name="Montero")

    @classmethod
    def _key(cls, user):
        keys = user.with_user(user).env["res.users.apikeys"]
        until = fields.Datetime.now() + timedelta(hours=1)
        return keys._generate(scope="rpc", name="Shop", expiration_date=until)

    def _ask(self, user, method, **arguments):
        """Call a method of the segment; return the answer and its status."""
        response = self.url_open(
            f"/json/2/segmentation.segment/{method}",
            json={"ids": self.segment.ids, **arguments},
            headers={"Authorization": f"Bearer {self._key(user)}"},
        )
        return response.json(), response.status_code

    def assertRefused(self, user):
        """No method answers the user."""
        for method, arguments in (
            ("get_members", {}),
            ("is_member", {"partner_ids": self.ana.ids}),
            ("action_refresh", {}),
        ):
            answer, status = self._ask(user, method, **arguments)
            self.assertEqual(status, 403, method)
            self.assertIn("AccessError", answer["name"])

    def test_members(self):
        members, status = self._ask(self.mia, "get_members")
        self.assertEqual(status, 200)
        self.assertEqual(
            members,
            [
                {
                    "partner_id": partner.id,
                    "since": fields.Datetime.to_string(self.segment.date_computed),
                    "origin": "rule",
                    "why": "City is “Montero”",
                }
                for partner in (self.ana, self.bruno)
            ],
        )

    def test_members_page_by_page(self):
        first, _status = self._ask(self.mia, "get_members", limit=1)
        second, _status = self._ask(self.mia, "get_members", limit=1, offset=1)
        third, _status = self._ask(self.mia, "get_members", limit=1, offset=2)
        self.assertEqual(
            [row["partner_id"] for row in first + second + third],
            [self.ana.id, self.bruno.id],
        )

    def test_is_member(self):
        asked = [self.ana.id, self.carla.id, 0]
        answer, status = self._ask(self.mia, "is_member", partner_ids=asked)
        self.assertEqual(status, 200)
        self.assertEqual(
            answer, {str(self.ana.id): True, str(self.carla.id): False, "0": False}
        )

    def test_who_left_is_no_member(self):
        self.ana.city = "Warnes"
        self._follow()
        asked = [self.ana.id]
        answer, _status = self._ask(self.mia, "is_member", partner_ids=asked)
        self.assertEqual(answer, {str(self.ana.id): False})
        members, _status = self._ask(self.mia, "get_members")
        self.assertEqual([row["partner_id"] for row in members], [self.bruno.id])

    def test_refresh(self):
        self.carla.city = "Montero"
        self.env.flush_all()
        _answer, status = self._ask(self.mia, "action_refresh")
        self.assertEqual(status, 200)
        self.env.invalidate_all()
        self.assertMembers(self.segment, self.ana | self.bruno | self.carla)

    def test_a_salesperson_sees_own_customers_only(self):
        members, status = self._ask(self.rosa, "get_members")
        self.assertEqual(status, 200)
        self.assertEqual([row["partner_id"] for row in members], [self.ana.id])
        asked = [self.ana.id, self.bruno.id]
        answer, _status = self._ask(self.rosa, "is_member", partner_ids=asked)
        self.assertEqual(answer, {str(self.ana.id): True, str(self.bruno.id): False})
        _answer, status = self._ask(self.rosa, "action_refresh")
        self.assertEqual(status, 403)

    def test_an_employee_is_refused(self):
        self.assertRefused(self._person("api_employee", "base.group_user"))

    def test_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertRefused(self._person("api_other", MARKETING, other))

    def test_cost_is_that_of_one(self):
        """Who and why of many members cost as many queries as of one."""
        segments = self.segment.with_user(self.mia)
        segments.get_members(limit=1)
        self.env["res.partner"].create(
            [{"name": f"Farmer {n}", "city": "Montero"} for n in range(100)]
        )
        segments.action_refresh()
        counts = []
        for limit in (1, 100):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.assertEqual(len(segments.get_members(limit=limit)), limit)
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)
