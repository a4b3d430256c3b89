from contextlib import contextmanager
from unittest.mock import patch

from freezegun import freeze_time

from odoo import Command, fields
from odoo.sql_db import BaseCursor

from ..position.common import PositionCommon


class SegmentCommon(PositionCommon):
    """A marketer who writes segments, on the customers of the room of positions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mia = cls.env["res.users"].create(
            {
                "name": "Mia Marketing",
                "login": "mia",
                "company_id": cls.company.id,
                "company_ids": [Command.set(cls.company.ids)],
                "group_ids": [
                    Command.link(
                        cls.env.ref("agro_segmentation.group_segmentation_marketing").id
                    )
                ],
            }
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
