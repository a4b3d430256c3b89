"""What the tests share of workers that send at once."""

from odoo import Command

from ..race import RaceCommon


class SendingRaceCommon(RaceCommon):
    """Commits launched campaigns and their messages."""

    def _commit_people(self, number):
        return self._commit(
            lambda env: env["res.partner"].create(
                [
                    {"name": f"Racer {index}", "email": f"racer{index}@example.com"}
                    for index in range(number)
                ]
            )
        )

    def _commit_campaign(self, people):
        """A launched campaign to some people."""
        return self._commit(lambda env: self._launch(env, people))

    def _launch(self, env, people):
        company = env.company
        rows = [
            Command.create(
                {
                    "partner_id": partner.id,
                    "recipient_id": partner.id,
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "group": "contact",
                }
            )
            for partner in people
        ]
        campaign = env["utm.campaign"].create({"title": "Race", "audience_ids": rows})
        env.cr.execute(
            """UPDATE utm_campaign
                  SET segmentation_state = 'launched', segmentation_company_id = %s
                WHERE id = %s""",
            [company.id, campaign.id],
        )
        return campaign

    def _commit_mailing(self, campaign):
        return self._commit(
            lambda env: env["mailing.mailing"].create(
                {
                    "subject": "Race",
                    "body_html": "<p>Good morning</p>",
                    "email_from": "race@example.com",
                    "campaign_id": campaign.id,
                    "mailing_model_id": env["ir.model"]._get_id("res.partner"),
                    "mailing_domain": "[]",
                }
            )
        )
