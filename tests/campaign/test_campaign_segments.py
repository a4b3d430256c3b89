from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import CampaignCommon


@tagged("post_install", "-at_install")
class TestCampaignSegments(CampaignCommon):
    """A campaign for the members of segments, frozen at the launch."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.loyal = cls._buyer("Loyal", 8000, 5000, city="Montero")
        cls.elsewhere = cls._buyer("Elsewhere", 1000, 10000)
        cls.newcomer = cls._buyer("Newcomer", city="Montero")
        cls.segment = cls._segment("Montero", [("city", "=", "Montero")])

    @classmethod
    def _segment(cls, name, domain, **values):
        condition = {"kind": "domain", "partner_domain": repr(domain)}
        segments = cls.env["segmentation.segment"].with_user(cls.marketing)
        return segments.create(
            {"name": name, "condition_ids": [Command.create(condition)], **values}
        )

    def _wizard_for(self, segments, *args, **values):
        ids = [Command.set(segments.ids)]
        return self._wizard(*args, segment_ids=ids, **values)

    def _launch_for(self, segments, *args, **values):
        wizard = self._wizard_for(segments, *args, **values)
        wizard.action_launch()
        return wizard.campaign_id

    # --- Who is in the audience -------------------------------------------------

    def test_members_are_the_audience_also_without_figures(self):
        wizard = self._wizard_for(self.segment)
        self.assertEqual(wizard.preview["customers"], 2)
        self.assertEqual(wizard.preview["in_scope"], 2)
        wizard.action_launch()
        rows = wizard.campaign_id.audience_ids.sorted("billing")
        self.assertEqual(rows.partner_id, self.newcomer | self.loyal)
        self.assertRecordValues(
            rows,
            [
                {
                    "billing": 0,
                    "potential": False,
                    "is_potential_known": False,
                    "quadrant": "unknown",
                    "recipient_id": self.newcomer.id,
                },
                {
                    "billing": 8000,
                    "potential": 5000,
                    "is_potential_known": True,
                    "quadrant": rows[1].quadrant,
                    "recipient_id": self.loyal.id,
                },
            ],
        )

    def test_members_of_any_of_the_segments_each_once(self):
        both = self.segment | self._segment("All", [("email", "like", "example.com")])
        partners = self._launch_for(both).audience_ids.partner_id
        self.assertEqual(partners, self.loyal | self.elsewhere | self.newcomer)

    def test_ranges_choose_among_members(self):
        ranges = (None, (0, 5000))
        wizard = self._wizard_for(self.segment, "free", ranges)
        self.assertEqual(wizard.preview["customers"], 1)
        wizard.action_launch()
        audience = wizard.campaign_id.audience_ids
        self.assertEqual(audience.partner_id, self.newcomer)

    def test_a_member_whose_potential_is_not_known_is_told_of(self):
        ranges = ((1000, 9000), None)
        wizard = self._wizard_for(self.segment, "free", ranges)
        self.assertEqual(wizard.preview["customers"], 1)
        self.assertEqual(wizard.preview["no_potential"], 1)

    def test_zones_keep_members_with_figures_there(self):
        zones = [Command.set(self.east.ids)]
        campaign = self._launch_for(self.segment, zone_ids=zones)
        self.assertEqual(campaign.audience_ids.partner_id, self.loyal)

    def test_contacts_stand_for_their_customers_and_are_written_to(self):
        ana, bea = self.env["res.partner"].create(
            [
                {
                    "name": name,
                    "parent_id": self.loyal.id,
                    "email": f"{name}@example.com",
                    "function": "Agronomist",
                }
                for name in ("ana", "bea")
            ]
        )
        agronomists = self._segment(
            "Agronomists", [("function", "=", "Agronomist")], level="contact"
        )
        row = self._launch_for(agronomists).audience_ids
        self.assertEqual(row.partner_id, self.loyal)
        self.assertEqual(row.recipient_id, ana)
        ana.email = False
        row = self._launch_for(agronomists).audience_ids
        self.assertEqual(row.recipient_id, bea)
        bea.email = False
        row = self._launch_for(agronomists).audience_ids
        self.assertEqual(row.recipient_id, self.loyal)

    def test_without_segments_it_is_for_every_customer(self):
        audience = self._launch().audience_ids
        self.assertEqual(audience.partner_id, self.loyal | self.elsewhere)

    # --- Right now, and frozen --------------------------------------------------

    def test_preview_and_launch_use_the_members_of_right_now(self):
        """Nobody waits for the job: the segment, and the one it is made of, follow."""
        outer = self.env["segmentation.segment"].with_user(self.marketing)
        outer = outer.create(
            {
                "name": "Outer",
                "condition_ids": [
                    Command.create(
                        {"kind": "segment", "other_segment_id": self.segment.id}
                    )
                ],
            }
        )
        wizard = self._wizard_for(outer)
        self.assertEqual(wizard.customer_count, 2)
        self.elsewhere.city = "Montero"
        wizard.invalidate_recordset()
        self.assertEqual(wizard.customer_count, 3)
        self.newcomer.city = "Warnes"
        wizard.action_launch()
        partners = wizard.campaign_id.audience_ids.partner_id
        self.assertEqual(partners, self.loyal | self.elsewhere)

    def test_the_audience_stays_when_members_leave(self):
        campaign = self._launch_for(self.segment)
        self.loyal.city = "Warnes"
        self.segment.action_refresh()
        partners = campaign.audience_ids.partner_id
        self.assertEqual(partners, self.loyal | self.newcomer)

    def test_launched_twice_there_is_one_audience(self):
        wizard = self._wizard_for(self.segment)
        wizard.action_launch()
        wizard.action_launch()
        self.assertEqual(wizard.campaign_id.audience_count, 2)
        rows = self.env["segmentation.audience"].search(
            [("partner_id", "=", self.newcomer.id)]
        )
        self.assertEqual(len(rows), 1)

    def test_the_email_goes_to_the_audience(self):
        campaign = self._launch_for(self.segment)
        action = campaign.action_segmentation_prepare_email()
        mailing = self.env["mailing.mailing"].browse(action["res_id"])
        recipients = sorted((self.loyal | self.newcomer).ids)
        self.assertEqual(sorted(mailing._get_recipients()), recipients)

    # --- In words ---------------------------------------------------------------

    def test_the_rule_names_the_segments(self):
        everybody = self._launch_for(self.segment)
        self.assertEqual(everybody.segmentation_rule, "Every member of Montero.")
        ranges = self._launch_for(self.segment, "free", (None, (False, 5000)))
        self.assertRegex(
            ranges.segmentation_rule, r"^Range: .*\. Only members of Montero\.$"
        )

    # --- What is refused --------------------------------------------------------

    def test_a_segment_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.env["segmentation.segment"].create(
            {"name": "Theirs", "company_id": other.id}
        )
        with self.assertRefused("Theirs belongs to Other", ValidationError):
            self.env["utm.campaign"].create(
                {
                    "title": "Foreign",
                    **self.env["utm.campaign"]._segmentation_default_criteria(),
                    "segmentation_company_id": self.company.id,
                    "segmentation_harvest_id": self.harvest.id,
                    "segmentation_segment_ids": [Command.set(theirs.ids)],
                }
            )

    def test_an_archived_segment_does_not_make_it_a_campaign_for_everybody(self):
        wizard = self._wizard_for(self.segment)
        self.segment.active = False
        self.env.invalidate_all()
        self.assertRegex(wizard.problem, "“Montero” is archived")
        with self.assertRefused("“Montero” is archived"):
            wizard.action_launch()

    def test_a_segment_in_error_is_not_launched(self):
        author = self._user("author", "group_segmentation_marketing")
        self.segment.with_user(author).match = "any"
        wizard = self._wizard_for(self.segment)
        author.active = False
        self.loyal.city = "Warnes"
        with self.assertRefused("who may not write rules"):
            wizard.action_launch()

    def test_a_segment_in_use_is_not_deleted(self):
        self._wizard_for(self.segment).action_save_draft()
        with self.assertRefused("is in use .*: archive it instead", UserError):
            self.segment.unlink()

    def test_an_abandoned_wizard_keeps_no_segment(self):
        self._wizard_for(self.segment)
        self.segment.unlink()
        self.assertFalse(self.segment.exists())

    # --- Rights -----------------------------------------------------------------

    def test_only_marketing_chooses_the_segments(self):
        self._wizard_for(self.segment).action_save_draft()
        campaign = self.env["utm.campaign"].search(
            [("segmentation_segment_ids", "in", self.segment.ids)]
        )
        with self.assertRaises(AccessError):
            campaign.with_user(self.salesman).segmentation_segment_ids = False

    # --- Cost -------------------------------------------------------------------

    def test_as_many_queries_for_many_members(self):
        self.env["res.partner"].create(
            [{"name": f"Member {index}", "ref": "many"} for index in range(100)]
        )
        many = self._segment("Many", [("ref", "=", "many")])
        costs = []
        for segment in (many, self.segment, many):
            wizard = self._wizard_for(segment)
            self.env.flush_all()
            self.env["segmentation.segment.mark"].sudo().search([]).unlink()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            count = wizard.preview["customers"]
            costs.append(self.env.cr.sql_log_count - before)
        self.assertEqual(count, 100)
        self.assertEqual(costs[1], costs[2])
