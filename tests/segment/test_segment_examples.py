from odoo import Command
from odoo.tests import tagged

from .condition_common import ConditionCommon


@tagged("post_install", "-at_install")
class TestSegmentExamples(ConditionCommon):
    """What dealers ask for most: whom it finds, and how it reads, on a day of May.

    In each test some customers fit, and of every other one thing alone does not.
    """

    NOW = "2025-05-14 12:00:00"  # a Wednesday; the reference harvest is Summer 24–25

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.north_farmer = cls.farmer
        if not cls._registry_patched:  # as it is in tests over HTTP
            cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        born = cls._create("field", {"name": "Date of birth", "type": "date"})
        born._switch_on()
        cls.birth_date = born.technical_name

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        super().setUp()

    def assertExample(self, conditions, expected, sentence, **values):
        """The conditions find these, everybody at once and each alone, and read so."""
        with self._at(self.NOW):
            self._refresh()
            self._follow()
            segment = self._segment(*conditions, **values)
            self.assertMembers(segment, expected)
            self.assertSameByContact(segment)
        self.assertEqual(self._sentence(segment), sentence)
        return segment

    def _relation(self, relation, unit=None, **values):
        return {
            "kind": "relation",
            f"relation_{relation}": True,
            "unit_ids": [Command.set(unit.ids if unit else [])],
            **values,
        }

    def _units(self):
        """Name the units as a dealer of cars does; one more has the workshop."""
        self.unit_inputs.name, self.unit_machines.name = "Used", "0 km"
        return self._create(
            "business.unit",
            {
                "name": "Workshop",
                "category_ids": [Command.set(self.other.categ_id.ids)],
            },
        )

    def _buy(self, partner, *products):
        for product in products:
            self._invoice(partner, 100, "2025-04-10", product=product)

    # --- Cross-selling ----------------------------------------------------------

    def test_new_not_used(self):
        self._units()
        new, used = self.tractor, self.seed
        self._buy(self.north_farmer, new)
        self._buy(self.east_farmer, new, used)
        self._buy(self.west_farmer, used)
        segment = self.assertExample(
            [
                self._relation("customer", self.unit_machines),
                self._relation("customer", self.unit_inputs, role="exclude"),
            ],
            self.north_farmer,
            "Customers: customer of 0 km; but not: customer of Used.",
        )
        self.assertEqual(
            self._reason(segment, self.north_farmer),
            "customer of 0 km (0 km: Customer, last purchase on 04/10/2025)",
        )

    def test_new_not_workshop(self):
        workshop = self._units()
        self._buy(self.north_farmer, self.tractor, self.other)
        self._buy(self.east_farmer, self.tractor, self.seed)
        self._buy(self.west_farmer, self.seed)
        self.assertExample(
            [
                self._relation("customer", self.unit_machines),
                self._relation("customer", workshop, role="exclude"),
            ],
            self.east_farmer,
            "Customers: customer of 0 km; but not: customer of Workshop.",
        )

    # --- Winning back -----------------------------------------------------------

    def test_too_expensive(self):
        """Prospects: of those whom we lost, one buys, one was called lately."""
        expensive, late = self.env["crm.lost.reason"].create(
            [{"name": "Too expensive"}, {"name": "Too late"}]
        )
        buyer, hasty = self._customer("Buyer"), self._customer("Hasty")
        long_ago = self._customer("Long ago")
        for partner, reason, called in (
            (self.ana, expensive, "2024-02-01"),
            (buyer, expensive, "2024-02-01"),
            (self.east_farmer, expensive, "2025-02-01"),
            (self.west_farmer, expensive, False),
            (long_ago, expensive, "2023-05-13"),
            (hasty, late, "2024-02-01"),
        ):
            self._opportunity(partner)
            self._lose(partner, reason)
            if called:
                self._call(partner, called)
        self._buy(buyer, self.seed)
        segment = self.assertExample(
            [
                self._relation("prospect"),
                {"kind": "lost", "lost_reason_ids": [Command.set(expensive.ids)]},
                {
                    "kind": "last_contact",
                    "ago_most": 2,
                    "ago_least": 1,
                    "ago_unit": "year",
                },
            ],
            self.north_farmer,
            "Customers: prospect and an opportunity was lost (reason: Too expensive) "
            "and last contact between 2 years ago and 1 year ago.",
        )
        self.assertIn("(Call on 02/01/2024)", self._reason(segment, self.north_farmer))

    def _opportunity(self, partner):
        return self.env["crm.lead"].create(
            {
                "name": "Sprayer",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": self.company.id,
            }
        )

    def _lose(self, partner, reason):
        self._opportunity(partner).action_set_lost(lost_reason_id=reason.id)

    def _call(self, partner, day):
        """Have a call with the partner written down as done."""
        self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": partner.id,
                "date": f"{day} 15:00:00",
                "message_type": "notification",
                "subtype_id": self.env.ref("mail.mt_activities").id,
                "mail_activity_type_id": self.env.ref(
                    "mail.mail_activity_data_call"
                ).id,
                "author_id": self.env.user.partner_id.id,
                "body": "Called",
            }
        )

    # --- Harvests ---------------------------------------------------------------

    def test_best_not_billed(self):
        """Best is whose billing was high in the summer before."""
        small = self._customer("Small")
        for partner, before, now in (
            (self.north_farmer, 5000, 0),
            (self.east_farmer, 4000, 0),
            (self.west_farmer, 6000, 10),
            (small, 10, 0),
        ):
            self._invoice(partner, before, "2024-01-15")
            if now:
                self._invoice(partner, now, "2025-01-15")
        self._rate(self.soy, 100)
        self._plant(self.north_farmer, self.north, self.soy, 100, self.summer_24)
        self._plant(self.east_farmer, self.east, self.soy, 1, self.summer_24)
        self._plant(self.west_farmer, self.east, self.soy, 100, self.summer_24)
        self._plant(small, self.east, self.soy, 100, self.summer_24)
        self.assertExample(
            [
                {
                    "kind": "quadrant",
                    "harvest_choice": "before",
                    "is_retention": True,
                    "is_revision": True,
                },
                {"kind": "purchase", "purchase_window": "harvest", "is_negated": True},
            ],
            self.north_farmer | self.east_farmer,
            "Customers: quadrant Retention or Revision in the harvest before the "
            "reference harvest (Summer 23–24) and bought nothing in the reference "
            "harvest (Summer 24–25).",
        )

    def test_gap_in_fertiliser(self):
        """At 60 a hectare, 100 ha have a gap of 6000 less what was bought of it."""
        self.unit_inputs.name = "Fertiliser"
        big = self._customer("Big")
        for rate, unit in ((60, self.unit_inputs), (40, self.unit_machines)):
            self._rate(self.soy, rate, unit_id=unit.id)
        for partner, hectares, bought, product in (
            (self.north_farmer, 100, 1000, self.seed),
            (self.east_farmer, 100, 1001, self.seed),
            (self.west_farmer, 100, 1001, self.tractor),
            (big, 120, 90000, self.tractor),
        ):
            self._plant(partner, self.north, self.soy, hectares, self.summer_25)
            self._invoice(partner, bought, "2025-01-15", product=product)
        segment = self.assertExample(
            [
                {"kind": "quadrant", "is_investment": True},
                {
                    "kind": "figure",
                    "figure": "gap",
                    "amount_from": 5000,
                    "unit_ids": [Command.set(self.unit_inputs.ids)],
                },
            ],
            self.north_farmer | self.west_farmer,
            "Customers: quadrant Investment in the reference harvest (Summer 24–25) "
            "and gap (Fertiliser) of at least $ 5,000.00 in the reference harvest "
            "(Summer 24–25).",
        )
        self.assertIn(
            "($ 5,000.00 in Summer 24–25)", self._reason(segment, self.north_farmer)
        )

    # --- Contacts ---------------------------------------------------------------

    def test_without_salesperson(self):
        """People have the salesperson of their company, unless they have their own."""
        (self._everybody_before() | self.farmer | self.west_farmer).user_id = self.mia
        self.east_farmer.user_id = False
        bea = self.env["res.partner"].create(
            {"name": "Bea", "parent_id": self.east_farmer.id}
        )
        self.ana.user_id = self.mia
        self.assertExample(
            [[("user_id", "=", False)]],
            self.east_farmer | bea,
            "Contacts: Salesperson is empty.",
            level="contact",
        )

    def _everybody_before(self):
        """Return the contacts that other addons have made."""
        return self.env["res.partner"].search([("id", "<", self.farmer.id)])

    def test_birthday_this_week(self):
        """The week goes from Sunday, May 11, to Saturday, May 17, of whatever year."""
        name = self.birth_date
        self.ana[name] = "1990-05-11"
        self.west_farmer[name] = "1961-05-17"
        self.east_farmer[name] = "1970-05-18"
        self.farmer[name] = "1980-05-10"
        segment = self.assertExample(
            [
                {
                    "kind": "anniversary",
                    "anniversary_field": name,
                    "anniversary_when": "week",
                }
            ],
            self.ana | self.west_farmer,
            "Contacts: Date of birth comes round this week.",
            level="contact",
        )
        self.assertIn("(Ana: May 11)", self._reason(segment, self.ana))

    def test_opened_none_of_the_last_five(self):
        """One opened the oldest of them, one got four, one opened one before them."""
        long_ago = self._customer("Long ago")
        for partner, statuses in (
            (self.ana, ["sent"] * 5),
            (self.east_farmer, ["open", "sent", "sent", "sent", "sent"]),
            (self.west_farmer, ["sent"] * 4),
            (long_ago, ["open", "sent", "sent", "sent", "sent", "sent"]),
        ):
            self._mailed(partner, statuses)
        segment = self.assertExample(
            [
                {
                    "kind": "mailing",
                    "mailing_event": "opened",
                    "mailing_bound": "most",
                    "mailing_count": 0,
                    "mailing_last": 5,
                }
            ],
            self.ana | long_ago,
            "Contacts: opened none of the last 5 mailings.",
            level="contact",
        )
        self.assertIn("(0 of 5)", self._reason(segment, self.ana))

    def _mailed(self, partner, statuses):
        """Send e-mails to the partner, the oldest first: what became of each."""
        self.env["mailing.trace"].create(
            [
                {
                    "trace_type": "mail",
                    "model": "res.partner",
                    "res_id": partner.id,
                    "email": "someone@example.com",
                    "trace_status": status,
                    "sent_datetime": f"2025-04-{day:02} 12:00:00",
                }
                for day, status in enumerate(statuses, 1)
            ]
        )
