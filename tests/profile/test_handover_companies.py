"""A handover is of one company: what is another's stays, also with shared customers."""

from odoo.tests import tagged

from .handover_common import HandoverCommon


@tagged("post_install", "-at_install")
class TestHandoverCompanies(HandoverCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.branch = cls.env["res.company"].create({"name": "Branch"})
        (cls.ana | cls.env.user).company_ids += cls.branch

    def _contact(self, farm, company):
        """Return Ana's contact at a farm, as one company knows it."""
        return self.env["res.partner"].create(
            {
                "name": f"Contact of {company.name}",
                "parent_id": farm.id,
                "company_id": company.id,
                "user_id": self.ana.id,
            }
        )

    def _records(self, company):
        """Return what Ana has of the shared farm in a company, activities last."""
        contact = self._contact(self.farm, company)
        lead = self._lead(self.farm, self.ana, company_id=company.id, team_id=False)
        self._parcel("Land of the contact", contact, 5)
        activities = self.env["mail.activity"]
        for document in (lead, contact, contact.segmentation_parcel_ids):
            self.assertEqual(document.company_id, company)
            activities |= document.activity_schedule(
                "mail.mail_activity_data_todo", user_id=self.ana.id
            )
        return [contact, lead, activities]

    def test_what_is_another_company_s_stays(self):
        """Also its activities; and it is not counted, as it does not come along."""
        others = self._records(self.branch)
        ours = self._records(self.company)
        shared = self.farm.activity_schedule(
            "mail.mail_activity_data_todo", user_id=self.ana.id
        )
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        line = handover.line_ids
        # the foreman is of all companies, too
        self.assertEqual(
            (line.contact_count, line.lead_count, line.activity_count), (2, 1, 4)
        )
        self.assertEqual(handover.kept_activity_count, 3)
        handover.action_execute()
        for records in others:
            self.assertEqual(records.user_id, self.ana, records)
        for records in (*ours, shared, self.farm, self.contact):
            self.assertEqual(records.user_id, self.bea, records)
        self.assertEqual(handover.kept_activity_count, 3)

    def test_activities_of_a_unit_stay_with_their_company(self):
        unit = self.env["segmentation.business.unit"].create({"name": "Seed"})
        self.env["segmentation.relation"]._set_salesperson(self.farm, unit, self.ana)
        calls = [
            self._lead(
                self.farm,
                self.ana,
                company_id=company.id,
                team_id=False,
                segmentation_unit_id=unit.id,
            ).activity_schedule("mail.mail_activity_data_todo", user_id=self.ana.id)
            for company in (self.branch, self.company)
        ]
        handover = self._handover(self.ana, [self.bea], unit_ids=unit.ids)
        handover.action_list()
        self.assertEqual(handover.line_ids.activity_count, 1)
        handover.action_execute()
        self.assertEqual([call.user_id for call in calls], [self.ana, self.bea])

    def test_a_contact_of_another_company_makes_no_account(self):
        farm = self._farm("Of nobody", self.env["res.users"])
        self._contact(farm, self.branch)
        handover = self._handover(self.ana, [self.bea])
        handover.action_list()
        self.assertEqual(handover.line_ids.partner_id, self.farm)
