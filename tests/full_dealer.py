"""A dealer who uses everything: a record of each kind, and a user of each group."""

from contextlib import contextmanager
from datetime import date, timedelta

from odoo import Command
from odoo.tests import new_test_user

from .campaign.common import CampaignCommon
from .screens import GROUPS

#: where the customers of the dealer are who everything happens to
CUSTOMERS = [("city", "=", "Montero")]

#: wizards, by the defaults they are opened with: {model: [values]}
WIZARDS = {
    "segmentation.campaign.wizard": lambda dealer: [
        {},
        {"campaign_id": dealer.mailing.campaign_id.id},
        {"segmentation_strategy": "investment"},
        {
            "segmentation_tactic": "recovery",
            "kept_tactic": "recovery",
            "segmentation_segment_ids": [Command.set(dealer.segments[:1].ids)],
        },
    ],
    "mailing.mailing.test": lambda dealer: [
        {"mass_mailing_id": dealer.mailing.id, "email_to": "test@example.com"}
    ],
    "segmentation.hygiene.wizard": lambda dealer: [
        {"operation": "keep", "until": date.today(), "reason": "Brothers"}
    ],
    "segmentation.choice.wizard": lambda dealer: [
        {
            "segment_id": dealer.segments[0].id,
            "partner_ids": dealer.segments[0].membership_ids.partner_id.ids,
        }
    ],
    "segmentation.outreach.wizard": lambda dealer: [
        {"campaign_id": dealer.mailing.campaign_id.id, "channel": channel}
        for channel in ("call", "opportunity")
    ],
    "segmentation.preflight.confirm": lambda dealer: [
        {"preflight_id": dealer.preflight.id, "number": dealer.preflight.goes_count}
    ],
    "segmentation.segment.combine": lambda dealer: [
        {"segment_ids": dealer.segments.ids}
    ],
    "segmentation.segment.template": lambda dealer: [{"template": "no_salesperson"}],
    "segmentation.value.merge": lambda dealer: [{"value_ids": dealer.values.ids}],
    "segmentation.wave.wizard": lambda dealer: [
        {"campaign_id": dealer.mailing.campaign_id.id}
    ],
}
#: where to look for records, if any would not do: {model: domain}
RECORDS = {
    "res.partner": CUSTOMERS,
    "segmentation.relation": [("unit_id", "=", False)],
    "segmentation.value": [("field_id.name", "=", "Harvester")],
}


class FullDealer(CampaignCommon):
    """One user of each group with a customer, and all that can be made of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {
            login: new_test_user(
                cls.env,
                f"buttons_{login}",
                groups,
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
                email=f"{login}@example.com",
            )
            for login, groups in GROUPS.items()
        }
        for number, (login, user) in enumerate(cls.users.items()):
            phone = f"+591 7000 {number:04}"
            values = {"user_id": user.id, "city": "Montero", "phone": phone}
            cls._buyer(f"Customer of {login}", 9000, 9000, **values)
        cls.north.city = "Montero"
        cls._profile()
        cls._wizard("all").action_save_draft()
        cls._wizard("all", tactic="recovery").action_save_draft()
        campaign = cls._launch("all").with_user(cls.users["marketing"])
        campaign.action_segmentation_prepare_sms()
        action = campaign.action_segmentation_prepare_email()
        cls.mailing = cls.env["mailing.mailing"].browse(action["res_id"])
        cls._outreach()
        cls._preflight()
        cls._waves()
        cls._launch("all").with_user(cls.users["marketing"]).action_segmentation_stop()
        cls.env.flush_all()

    @classmethod
    def _preflight(cls):
        """A check of so many messages that their number has to be confirmed."""
        cls.company.segmentation_confirm_from = 1
        mailing = cls.mailing.with_user(cls.users["marketing"])
        cls.preflight = cls.env["segmentation.preflight"]._start(mailing)

    @classmethod
    def _waves(cls):
        """A campaign with a message for each of its waves, which may leave."""
        campaign = cls._launch("all").with_user(cls.users["marketing"])
        action = campaign.action_segmentation_prepare_email()
        mailing = campaign.env["mailing.mailing"].browse(action["res_id"])
        preflight = cls.env["segmentation.preflight"]._start(mailing)
        preflight.confirmed_count = preflight.goes_count
        wizards = cls.env["segmentation.wave.wizard"].with_user(campaign.env.user)
        wizards.create({"campaign_id": campaign.id}).action_plan()

    @classmethod
    def _outreach(cls):
        """A campaign with calls and opportunities for everybody."""
        wizards = cls.env["segmentation.outreach.wizard"]
        campaign = cls._launch("all")
        for channel in ("call", "opportunity"):
            wizards.with_user(cls.users["marketing"]).with_context(
                default_campaign_id=campaign.id, default_channel=channel
            ).create({}).action_apply()

    @classmethod
    def _profile(cls):
        """What the room profile offers to press on."""
        cls._handovers()
        customers = cls.env["res.partner"].search(CUSTOMERS)
        unit = cls.env["segmentation.business.unit"]
        relations = cls.env["segmentation.relation"].with_company(cls.company)
        relations._set_manual(customers, unit, "competitor", "Said so on the phone")
        topic = cls.env.ref("agro_segmentation.topic_news")
        cls.env["segmentation.opt.out"].create(
            {"partner_id": customers[0].id, "topic_id": topic.id}
        )
        cls._key_field()
        cls._twins()
        cls._segments()
        cls._affinity()

    @classmethod
    def _segments(cls):
        """Two segments of the same customers, so that they overlap."""
        segment = {
            "name": "From Montero",
            "condition_ids": [
                Command.create(
                    {
                        "kind": "domain",
                        "partner_domain": repr(CUSTOMERS),
                    }
                )
            ],
        }
        segments = cls.env["segmentation.segment"]
        cls.segments = segments.with_user(cls.users["marketing"]).create([segment] * 2)
        cls.env["segmentation.waterfall"].with_user(cls.users["marketing"]).create(
            {
                "name": "Offers",
                "step_ids": [
                    Command.create({"segment_id": segment.id})
                    for segment in cls.segments
                ],
            }
        )
        cls._segment_action()

    @classmethod
    def _affinity(cls):
        """Two units that sell together."""
        cls.env["segmentation.affinity"].sudo().create(
            {
                "company_id": cls.company.id,
                "level": "unit",
                "unit_id": cls.unit_inputs.id,
                "offer_unit_id": cls.unit_machines.id,
            }
        )

    @classmethod
    def _segment_action(cls):
        """What should follow for the members of a segment, but failed."""
        mailing_list = cls.env["mailing.list"].create({"name": "Growers"})
        actions = cls.env["segmentation.segment.action"]
        action = actions.with_user(cls.users["marketing"]).create(
            {
                "segment_id": cls.segments[0].id,
                "kind": "mailing_list",
                "mailing_list_id": mailing_list.id,
            }
        )
        action.action_apply_to_members()
        action.effect_ids.sudo().state = "failed"

    @classmethod
    def _twins(cls):
        """A customer of each user that was entered twice: likely duplicates."""
        twins = [
            {"name": f"Twin of {login}", "user_id": user.id, "city": "Montero"}
            for login, user in cls.users.items()
        ]
        cls.env["res.partner"].create(twins * 2)
        rules = cls.env["segmentation.hygiene.rule"].sudo()
        rules.search([("kind", "=", "duplicate_name")]).action_check_now()

    @classmethod
    def _key_field(cls):
        """A key field that is switched on, with two values; see KeyFieldsCommon."""
        cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        field = cls.env["segmentation.field"].create(
            {
                "name": "Harvester",
                "type": "choice",
                "value_ids": [
                    Command.create({"name": name}) for name in ("Own", "Hired")
                ],
            }
        )
        field._switch_on()
        cls.values = field.value_ids

    @classmethod
    def _handovers(cls):
        """A handover of the manager in each state."""
        leaver, stays = cls.users["user"], cls.users["billing_user"]
        manager = cls.users["manager"]
        cls.env["crm.team"].sudo().create(
            {
                "name": "Growers",
                "user_id": manager.id,
                "company_id": cls.company.id,
                "member_ids": [Command.set((leaver | stays).ids)],
            }
        )
        handovers = (
            cls.env["segmentation.handover"]
            .with_user(manager)
            .create(
                [
                    {
                        "reason": "Leaves",
                        "source_user_ids": [Command.set(leaver.ids)],
                        "target_ids": [Command.create({"user_id": stays.id})],
                        "date_effective": date.today() + timedelta(days=30),
                    }
                ]
                * 4
            )
        )
        _draft, listed, planned, done = handovers
        for handover in listed, planned, done:
            handover.action_list()
        planned.action_plan()
        done.action_execute()
        cls._buyer("Another customer", 9000, 9000, user_id=leaver.id, city="Montero")
        # which the leaver keeps
        lead = (
            cls.env["crm.lead"]
            .sudo()
            .create({"name": "Stranger", "type": "opportunity", "user_id": leaver.id})
        )
        lead.activity_schedule("mail.mail_activity_data_todo", user_id=leaver.id)

    # -- What there is to use

    def _found(self, model):
        """Return the records of a model that its user finds."""
        return model.search(RECORDS.get(model._name, []))

    def _new(self, wizard):
        """Return a wizard of each way in which it is opened, by its user."""
        for values in WIZARDS.get(wizard._name, lambda dealer: [{}])(self):
            context = {f"default_{name}": value for name, value in values.items()}
            wizards = wizard.browse().with_context(**context)
            wizard |= wizards.create(wizards.default_get(list(wizard._fields)))
        return wizard

    @contextmanager
    def _undone(self):
        """Take back what is done in the block, to the fields of contacts too."""
        with self.env.cr.savepoint() as savepoint:
            yield
            savepoint.rollback()
        self.registry.reset_changes()
