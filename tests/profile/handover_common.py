from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from ..cadastre.common import CadastreCommon

USER = "agro_segmentation.group_segmentation_user,sales_team.group_sale_salesman"
MANAGER = "agro_segmentation.group_segmentation_manager,sales_team.group_sale_salesman"


class HandoverCommon(CadastreCommon):
    """A sales team of three led by a manager; Ana has one farm with a contact."""

    refusal = UserError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ana, cls.bea, cls.eva = map(cls._salesperson, ("ana", "bea", "eva"))
        cls.lena = new_test_user(cls.env, "lena", MANAGER, name="Lena")
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Growers",
                "user_id": cls.lena.id,
                "member_ids": [Command.set((cls.ana | cls.bea | cls.eva).ids)],
            }
        )
        cls.farm = cls._farm("Farm", cls.ana, 100)
        cls.contact = cls.env["res.partner"].create(
            {"name": "Foreman", "parent_id": cls.farm.id}
        )

    @classmethod
    def _salesperson(cls, login):
        return new_test_user(cls.env, login, USER, name=login.title())

    @classmethod
    def _farm(cls, name, user, hectares=0, zone=None):
        """Return a customer of a salesperson with one parcel of so many hectares."""
        farm = cls.env["res.partner"].create(
            {
                "name": name,
                "is_company": True,
                "user_id": user.id,
                "segmentation_zone_id": (zone or cls.zone_north).id,
            }
        )
        if hectares:
            cls._parcel(f"Land of {name}", farm, hectares)
        return farm

    @classmethod
    def _lead(cls, partner, user, **values):
        return cls.env["crm.lead"].create(
            {
                "name": "Tractor",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": user.id,
                "team_id": cls.team.id,
                **values,
            }
        )

    def _handover(self, sources, targets, user=None, **values):
        """Return a draft from the sources to the targets: users or (user, zones)."""
        pairs = [
            target if isinstance(target, tuple) else (target, []) for target in targets
        ]
        return (
            self.env["segmentation.handover"]
            .with_user(user or self.env.user)
            .create(
                {
                    "source_user_ids": [Command.set(sources.ids)],
                    "target_ids": [
                        Command.create(
                            {
                                "user_id": target.id,
                                "zone_ids": [Command.set([zone.id for zone in zones])],
                            }
                        )
                        for target, zones in pairs
                    ],
                    "reason": "Ana leaves",
                    **values,
                }
            )
        )
