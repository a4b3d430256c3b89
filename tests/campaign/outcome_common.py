from odoo import fields
from odoo.tools import SQL

from .common import CampaignCommon


class OutcomeCommon(CampaignCommon):
    """Campaigns of January 2025, whose results count until the end of February."""

    #: the window: 10 January to 28 February 2025
    WINDOW = {
        "date_start": "2025-01-01",
        "date_end": "2025-02-08",
        "attribution_days": 20,
    }

    @classmethod
    def _launched(cls, strategy="all", percent=0, **values):
        """A campaign launched on 10 January 2025."""
        campaign = cls._launch(
            strategy,
            hold_out_proposed=False,
            hold_out=percent,
            **{**cls.WINDOW, **values},
        )
        campaign.sudo().segmentation_launched_at = "2025-01-10 12:00:00"
        return campaign

    @classmethod
    def _row(cls, campaign, partner):
        return campaign.audience_ids.filtered(lambda row: row.partner_id == partner)

    @classmethod
    def _hold_out(cls, campaign, *partners):
        """Hold out these customers, and nobody else."""
        cls.env.execute_query(
            SQL(
                """UPDATE segmentation_audience
                      SET "group" = CASE WHEN partner_id = ANY(%s)
                                         THEN 'hold_out' ELSE 'contact' END
                    WHERE campaign_id = %s""",
                [partner.id for partner in partners],
                campaign.id,
            )
        )
        campaign.audience_ids.invalidate_recordset(["group"])

    def _measure(self, campaign):
        campaign.with_user(self.marketing).action_segmentation_measure()

    @classmethod
    def _mailing(cls, campaign, mailing_type="mail"):
        return cls.env["mailing.mailing"].create(
            {
                "subject": "Offer",
                "mailing_type": mailing_type,
                "campaign_id": campaign.id,
                "mailing_model_id": cls.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": "[]",
            }
        )

    @classmethod
    def _trace(cls, mailing, partner, status, **values):
        return cls.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": "res.partner",
                "res_id": partner.id,
                "email": partner.email,
                "trace_type": "mail",
                "trace_status": status,
                **values,
            }
        )

    @classmethod
    def _day(cls, text):
        return fields.Date.to_date(text)
