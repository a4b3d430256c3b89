from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.sql_db import BaseCursor
from odoo.tests import new_test_user

from ...models.common.groups import MARKETING, USER
from ..position.common import PositionCommon


class SegmentCommon(PositionCommon):
    """A marketer who writes segments, on the customers of the room of positions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mia = cls._person("mia", MARKETING, name="Mia Marketing")

    @classmethod
    def _person(cls, login, groups=USER, companies=None, **values):
        """Return a user of companies, of that of the test if none is named."""
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **values,
        )

    @classmethod
    def _segment(cls, *conditions, **values):
        """Have the marketer write a segment.

        :param conditions: values of conditions; a list is a domain on contacts
        """
        return (
            cls.env["segmentation.segment"]
            .with_user(cls.mia)
            .create(
                {
                    "name": "Segment",
                    **values,
                    "condition_ids": [
                        Command.create(
                            condition
                            if isinstance(condition, dict)
                            else {"kind": "domain", "partner_domain": repr(condition)}
                        )
                        for condition in conditions
                    ],
                }
            )
        )

    @classmethod
    def _follow(cls):
        """Do what the job does, without commits: follow marks, then run what is due."""
        cls.env.flush_all()
        segments = cls.env["segmentation.segment"].sudo()
        while segments._follow_marks():
            for segment in segments._due():
                segment._attempt(segment._rebuild)

    def assertMembers(self, segment, expected):
        """The segment's members now are these contacts, no more and no fewer."""
        memberships = segment.sudo().membership_ids
        current = memberships.filtered(lambda membership: not membership.date_to)
        self.assertEqual(
            sorted(current.partner_id.mapped("name")), sorted(expected.mapped("name"))
        )

    @contextmanager
    def _at(self, moment):
        """Let it be another moment, in UTC, for Python and for transactions alike."""
        moment = fields.Datetime.to_datetime(moment)
        with freeze_time(moment), patch.object(BaseCursor, "now", lambda _cr: moment):
            yield

    def _run_job(self):
        """Have the job keep segments right, as it does by itself."""
        with self.enter_registry_test_mode():
            self.env.ref("agro_segmentation.segment_cron").method_direct_trigger()
        self.env.invalidate_all()


class TwoSegmentsCommon(SegmentCommon):
    """Those in Montero, Ana and Bruno; those with a reference, Bruno and Carla."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.bruno, cls.carla = cls.env["res.partner"].create(
            [
                {"name": "Ana", "city": "Montero"},
                {"name": "Bruno", "city": "Montero", "ref": "X"},
                {"name": "Carla", "city": "Warnes", "ref": "X"},
            ]
        )
        cls.montero = cls._segment([("city", "=", "Montero")], name="Montero")
        cls.with_ref = cls._segment([("ref", "=", "X")], name="Referenced")

    def _made(self, action):
        """Return the segment that an action opens."""
        segments = self.env[action["res_model"]].with_user(self.mia)
        return segments.browse(action["res_id"])
