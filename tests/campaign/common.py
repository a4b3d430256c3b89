from unittest.mock import patch

from odoo import Command
from odoo.tests import Form, new_test_user

from ..position.common import PositionCommon
from ..refusals import Refusals

#: per golden cell: ranges of potential and of billing
GOLDEN = {
    "retention": ((5000, 8000), (5000, 8000)),
    "investment": ((8000, 10000), (1000, 2000)),
    "revision": ((1000, 2000), (8000, 10000)),
    "no_investment": ((0, 1000), (0, 1000)),
}


class CampaignCommon(Refusals, PositionCommon):
    """A dealer whose hectare of soy buys 1, so that hectares are the potential."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.farmer.unlink()
        cls.harvest = cls.summer_25
        cls.company.segmentation_harvest_id = cls.harvest
        cls._rate(cls.soy, 1)
        cls.marketing = cls._user("marketing", "group_segmentation_marketing")
        cls.salesman = cls._user("salesman", "group_segmentation_user")

    @classmethod
    def _user(cls, login, group):
        return new_test_user(
            cls.env,
            login=login,
            groups=f"base.group_user,agro_segmentation.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    @classmethod
    def _buyer(cls, name, billing=0, potential=None, zone=None, **values):
        """A customer billed so much in the harvest, whose land could buy so much."""
        values = {"email": f"{name.lower().replace(' ', '.')}@example.com", **values}
        customer = cls._customer(name, **values)
        if billing:
            cls._invoice(customer, billing, "2024-11-15")
        if potential is not None:
            zone = zone or cls.east
            parcel = cls._create(
                "parcel",
                {
                    "name": f"Land of {name}",
                    "partner_id": customer.id,
                    "zone_id": zone.id,
                    "hectares": potential or 1,
                },
            )
            cls._plant(customer, zone, cls.soy, potential, cls.harvest, parcel)
        return customer

    @classmethod
    def _wizard(cls, strategy="all", ranges=None, **values):
        """A wizard as marketing has filled it in.

        :param ranges: ((from, to) of potential, (from, to) of billing); None: no
            filter; an end that is None or False is open
        """
        wizard = cls.env["segmentation.campaign.wizard"].with_user(cls.marketing)
        potential, billing = ranges or (None, None)
        return wizard.create(
            {
                "title": strategy,
                **cls._range_values("potential", potential),
                **cls._range_values("billing", billing),
                "segmentation_strategy": strategy,
                **{f"segmentation_{name}": value for name, value in values.items()},
            }
        )

    @classmethod
    def _range_values(cls, figure, ends):
        start, end = ends or (False, False)
        return {
            f"segmentation_filter_{figure}": bool(ends),
            f"segmentation_{figure}_from": start,
            f"segmentation_{figure}_to": end,
        }

    @classmethod
    def _launch(cls, *args, **values):
        wizard = cls._wizard(*args, **values)
        wizard.action_launch()
        return wizard.campaign_id

    @classmethod
    def _policy(cls, billing, potential):
        """High begins at these amounts."""
        cls.env["segmentation.policy"]._of(cls.company).write(
            {
                "method": "fixed",
                "billing_amount": billing,
                "potential_amount": potential,
            }
        )

    @classmethod
    def _let_unchecked_messages_leave(cls):
        """For attacks on what must hold whether or not a message was checked."""
        cls.startClassPatcher(
            patch.object(
                cls.registry["mailing.mailing"],
                "_segmentation_preflight_problem",
                lambda mailing: False,
            )
        )

    def _approve(self, mailings):
        """Check messages before sending, as marketing, and confirm their number."""
        for mailing in mailings:
            preflight = self.env["segmentation.preflight"]._start(
                mailing.with_user(self.marketing)
            )
            preflight.confirmed_count = preflight.goes_count

    def _form(self):
        return Form(self.env["segmentation.campaign.wizard"].with_user(self.marketing))
