import unittest
from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.modules.module import Manifest
from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file

from .tactics import TacticsByHand

MODULE = "agro_segmentation"
QUADRANTS = {"retention", "investment", "revision", "no_investment", "unknown"}


@tagged("post_install", "-at_install")
class TestDemoDealer(TransactionCase):
    """What the demo dealer promises, on the very files of the manifest."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mails = cls.env["mail.mail"].search([])
        # tests run on a database without demo data
        with unittest.TestCase().assertNoLogs("odoo", "WARNING"):
            cls._load("init")
        cls.dealer = cls._ref("company_dealer")
        cls.branch = cls._ref("company_branch")
        cls.companies = cls.dealer | cls.branch
        cls.env = cls.env(
            context=dict(cls.env.context, allowed_company_ids=cls.companies.ids)
        )

    @classmethod
    def _load(cls, mode):
        for filename in Manifest.for_addon(MODULE)["demo"]:
            convert_file(cls.env(su=True), MODULE, filename, {}, mode, noupdate=True)
        cls.env.flush_all()

    @classmethod
    def _ref(cls, name):
        return cls.env.ref(f"{MODULE}.{name}")

    def _demo_records(self, model):
        """Return the records of a model that the demo data made, archived ones too."""
        data = self.env["ir.model.data"].search(
            [("module", "=", MODULE), ("model", "=", model)]
        )
        return (
            self.env[model]
            .with_context(active_test=False)
            .browse(data.mapped("res_id"))
        )

    def _position(self, customer, harvest, company=None):
        return self.env["segmentation.position"].search(
            [
                ("partner_id", "=", self._ref(customer).id),
                ("harvest_id", "=", harvest and self._ref(harvest).id),
                ("company_id", "=", (company or self.dealer).id),
            ]
        )

    def _invoices(self, companies=None):
        return self.env["account.move"].search(
            [
                ("company_id", "in", (companies or self.companies).ids),
                ("move_type", "in", ("out_invoice", "out_refund")),
                ("state", "=", "posted"),
            ]
        )

    # --- The picture ------------------------------------------------------------

    def test_quadrants(self):
        """Each quadrant has customers to look at, in a summer and in a winter."""
        for harvest in ("harvest_summer_2", "harvest_winter_2"):
            quadrants = dict(
                self.env["segmentation.position"]._read_group(
                    [("harvest_id", "=", self._ref(harvest).id)],
                    ["quadrant"],
                    ["__count"],
                )
            )
            self.assertEqual(quadrants.keys(), QUADRANTS)
            self.assertGreaterEqual(min(quadrants.values()), 5, quadrants)

    def test_zones(self):
        """In the large zones every quadrant of the matrix has customers."""
        groups = self.env["segmentation.position"]._read_group(
            [("harvest_id", "=", self._ref("harvest_summer_2").id)],
            ["zone_id", "quadrant"],
        )
        for zone in ("zone_este", "zone_norte", "zone_chiquitania"):
            quadrants = {quadrant for z, quadrant in groups if z == self._ref(zone)}
            self.assertGreaterEqual(len(quadrants), 4, zone)

    def test_shares(self):
        """Shares go from next to nothing to well over one."""
        shares = (
            self.env["segmentation.position"]
            .search(
                [
                    ("harvest_id", "=", self._ref("harvest_summer_2").id),
                    ("share", ">", 0),
                ]
            )
            .mapped("share")
        )
        self.assertLess(min(shares), 0.1)
        self.assertGreater(max(shares), 1.3)
        self.assertGreater(sum(0.3 <= share <= 0.9 for share in shares), 20)

    def test_growers(self):
        """77 % have under 50 ha, 21 % 50 to 1000 and 2 % more, as in Santa Cruz."""
        farms = self.env["segmentation.parcel"]._read_group(
            [
                ("id", "in", self._demo_records("segmentation.parcel").ids),
                ("customer_id.company_id", "!=", self.branch.id),
            ],
            ["customer_id"],
            ["hectares:sum"],
        )
        hectares = [total for _customer, total in farms]
        self.assertGreater(len(hectares), 50)
        for part, wanted in (
            (sum(total < 50 for total in hectares), 0.77),
            (sum(50 <= total <= 1000 for total in hectares), 0.21),
            (sum(total > 1000 for total in hectares), 0.02),
        ):
            self.assertAlmostEqual(part / len(hectares), wanted, delta=0.02)

    def test_units(self):
        """Every business unit has both potential and billing, in each season.

        And something was billed that no unit claims.
        """
        for harvest in ("harvest_summer_2", "harvest_winter_2"):
            lines = self.env["segmentation.position.line"]._read_group(
                [("harvest_id", "=", self._ref(harvest).id)],
                ["unit_id"],
                ["billing:sum", "potential:sum"],
            )
            figures = {unit: (billing, potential) for unit, billing, potential in lines}
            for unit in self._demo_records("segmentation.business.unit"):
                billing, potential = figures[unit]
                self.assertGreater(billing, 0, unit.name)
                self.assertGreater(potential, 0, unit.name)
            self.assertGreater(figures[self.env["segmentation.business.unit"]][0], 0)

    # --- The figures ------------------------------------------------------------

    def test_adds_up_to_accounting(self):
        """The positions of a company add up to its posted invoices, to the cent."""
        for company in self.companies:
            positions = self.env["segmentation.position"].search(
                [("company_id", "=", company.id)]
            )
            accounting = sum(self._invoices(company).mapped("amount_untaxed_signed"))
            self.assertGreater(accounting, 0)
            self.assertEqual(
                company.currency_id.compare_amounts(
                    sum(positions.mapped("billing")), accounting
                ),
                0,
            )

    def test_nothing_waits(self):
        """The figures are there after loading, and nobody waits for the job."""
        self.assertFalse(
            self.env["segmentation.refresh.mark"].search(
                [("company", "in", self.companies.ids)]
            )
        )

    def test_timelines_show_every_kind(self):
        timeline = self.env["segmentation.timeline"]
        shown = set()
        for name in ("tres_rios", "tajibos", "la_pampa", "naranjal"):
            page = timeline.get_events(self._ref(f"customer_{name}").id, limit=200)
            shown |= {event["kind"] for event in page["events"]}
        of_other_addons = {"quotation", "survey"}
        self.assertEqual(shown, set(timeline._kinds()) - of_other_addons)

    def test_no_invoice_in_the_future(self):
        """Not today, nor when loaded on any other day: see test_harvests.py."""
        today = fields.Date.today()
        self.assertFalse(self._invoices().filtered(lambda m: m.invoice_date > today))
        for name in ("harvest_summer_2", "harvest_winter_2", "harvest_branch_2"):
            harvest = self._ref(name)
            dated = self._invoices().filtered(
                lambda m, harvest=harvest: m.segmentation_harvest_id == harvest
            )
            self.assertLessEqual(
                max(dated.mapped("invoice_date")), harvest.date_start + timedelta(44)
            )

    def test_update_changes_nothing(self):
        """An update of the addon leaves the demo data as people left it."""
        self._ref("customer_tres_rios").name = "Renamed"
        moves = self.env["account.move"].search_count([])
        self._load("update")
        self.assertEqual(self._ref("customer_tres_rios").name, "Renamed")
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    # --- Interesting cases ------------------------------------------------------

    def test_share_over_one(self):
        position = self._position("customer_naranjal", "harvest_summer_2")
        self.assertEqual(position.quadrant, "revision")
        self.assertGreater(position.share, 1)

    def test_cadastre_carried_forward(self):
        for harvest in ("harvest_summer_2", "harvest_winter_2"):
            position = self._position("customer_nakasone", harvest)
            self.assertTrue(position.is_carried)
            self.assertEqual(position.quadrant, "retention")

    def test_missing_rate(self):
        """One has a lower bound in summer, another grows chia alone in winter."""
        summer = self._position("customer_colque", "harvest_summer_2")
        self.assertTrue(summer.is_lower_bound)
        self.assertGreater(summer.potential, 0)
        winter = self._position("customer_yujra", "harvest_winter_2")
        self.assertEqual(winter.quadrant, "unknown")
        self.assertTrue(winter.missing_rates)

    def test_outside_any_harvest(self):
        self.assertGreater(self._position("customer_trompillo", None).billing, 0)
        self.assertEqual(
            self._position("customer_trompillo", "harvest_summer_2").billing, 0
        )

    def test_sold_parcel(self):
        """Land sold since counts in the harvests it was planted in, and no more."""
        parcel = self._ref("parcel_sold")
        self.assertFalse(parcel.active)
        before = self._position("customer_la_pampa", "harvest_summer_1")
        after = self._position("customer_la_pampa", "harvest_summer_2")
        self.assertEqual(before.hectares - after.hectares, 200)

    def test_contact_went_to_another_customer(self):
        """The invoices of the contact count for the customer it belongs to now."""
        contact = self._ref("contact_landivar")
        self.assertEqual(contact.parent_id, self._ref("customer_tajibos"))
        invoices = self._invoices().filtered(lambda m: m.partner_id == contact)
        self.assertEqual(len(invoices), 3)
        harvest = self._ref("harvest_summer_2")
        billed = self._invoices().filtered(
            lambda m: m.segmentation_harvest_id == harvest
            and m.partner_id.commercial_partner_id == contact.parent_id
        )
        self.assertLess(set(invoices.ids) & set(billed.ids), set(billed.ids))
        self.assertAlmostEqual(
            self._position("customer_tajibos", "harvest_summer_2").billing,
            sum(billed.mapped("amount_untaxed_signed")),
        )

    def test_archived_contacts(self):
        """What an archived contact bought still counts for its customer."""
        contact = self._ref("contact_limpias")
        self.assertFalse(contact.active)
        self.assertTrue(self._invoices().filtered(lambda m: m.partner_id == contact))
        archived = self._demo_records("res.partner").filtered(
            lambda p: p.parent_id and not p.active
        )
        self.assertGreaterEqual(len(archived), 3)

    def test_delivered_to_another_zone(self):
        invoice = self._ref("invoice_delivered")
        self.assertEqual(invoice.segmentation_zone_id, self._ref("zone_norte"))
        self.assertEqual(
            invoice.partner_id.segmentation_zone_id, self._ref("zone_este")
        )

    def test_harvest_set_by_hand(self):
        invoice = self._ref("invoice_hand_set")
        harvest = self._ref("harvest_summer_2")
        self.assertTrue(invoice.segmentation_harvest_manual)
        self.assertEqual(invoice.segmentation_harvest_id, harvest)
        self.assertLess(invoice.invoice_date, harvest.date_start)

    def test_two_companies(self):
        """The branch has harvests and figures of its own, and shared customers."""
        shared = self._position("customer_chochis", "harvest_branch_2", self.branch)
        self.assertTrue(shared.billing)
        self.assertTrue(self._position("customer_chochis", "harvest_summer_2").billing)
        self.assertFalse(self._position("customer_el_carmen", "harvest_summer_2"))
        self.assertTrue(
            self._position("customer_el_carmen", "harvest_branch_2", self.branch)
        )

    def test_what_does_not_count(self):
        self.assertEqual(self._ref("invoice_draft").state, "draft")
        self.assertEqual(self._ref("invoice_cancelled").state, "cancel")
        self.assertFalse(
            self._position("customer_bela_vista", "harvest_summer_2").billing
        )

    def test_kinds_of_documents(self):
        """Credit notes and invoices in bolivianos are among those posted."""
        invoices = self._invoices()
        refunds = invoices.filtered(lambda m: m.move_type == "out_refund")
        foreign = invoices.filtered(lambda m: m.currency_id.name == "BOB")
        self.assertGreaterEqual(len(refunds), 10)
        self.assertGreaterEqual(len(foreign), 5)
        for move in foreign:
            self.assertAlmostEqual(
                move.amount_untaxed_signed, move.amount_untaxed / 6.96, delta=0.05
            )

    # --- People -----------------------------------------------------------------

    def test_customers(self):
        customers = self._demo_records("res.partner").filtered(
            lambda p: not p.parent_id and not p.ref_company_ids and not p.user_ids
        )
        self.assertTrue(60 <= len(customers) <= 75, len(customers))
        companies = customers.filtered("is_company")
        self.assertGreater(len(companies), 20)
        self.assertGreater(len(customers - companies), 20)
        self.assertGreater(len(customers.filtered(lambda p: not p.email)), 5)
        self.assertGreater(len(customers.filtered(lambda p: not p.user_id)), 3)

    def test_addresses_are_examples(self):
        partners = self._demo_records("res.partner")
        partners |= self._demo_records("res.users").partner_id
        emails = [*filter(None, partners.mapped("email"))]
        emails += self._demo_records("mail.blacklist").mapped("email")
        self.assertGreater(len(emails), 80)
        self.assertLessEqual(
            {email.partition("@")[2] for email in emails},
            {"example.com", "example.org", "example.net"},
        )

    def test_blacklisted(self):
        """The blacklisted customer is one that a campaign would address."""
        position = self._position("customer_granos", "harvest_summer_2")
        self.assertEqual(position.quadrant, "investment")
        self.assertTrue(position.partner_id.is_blacklisted)

    def test_contacts_are_of_their_customers_company(self):
        """Else who sees one company lists contacts of parents that are hidden."""
        contacts = self._demo_records("res.partner").filtered("parent_id.company_id")
        self.assertTrue(contacts)
        for contact in contacts:
            self.assertEqual(contact.company_id, contact.parent_id.company_id)

    def test_phones_are_valid(self):
        """Whoever has a phone can be reached by SMS, as far as Odoo can tell."""
        partners = self._demo_records("res.partner").filtered("phone")
        partners -= self.env.ref("agro_segmentation.customer_short_number")
        self.assertFalse(partners.filtered(lambda p: not p.phone_sanitized))

    def test_relations(self):
        """Every relation has customers to look at, and somebody who says why."""
        relations = self.env["segmentation.relation"].search(
            [("company_id", "=", self.dealer.id), ("unit_id", "!=", False)]
        )
        self.assertEqual(
            set(relations.mapped("relation")),
            {"customer", "ex_customer", "prospect", "competitor"},
        )
        by_hand = relations.filtered("manual")
        self.assertGreaterEqual(len(by_hand), 4)
        self.assertEqual(
            by_hand.manual_user_id, self._ref("user_rosa") | self._ref("user_jorge")
        )
        self.assertEqual(relations.user_id, self._ref("user_jorge"))
        prospect = self._ref("customer_bela_vista").with_company(self.dealer)
        self.assertEqual(prospect.segmentation_relation, "prospect")

    def test_spoken_filters(self):
        """Who buys seed and not in the workshop, and the other way round, are many."""
        partners = self.env["res.partner"].with_company(self.dealer)
        for is_customer, is_not in (("Semillas", "Taller"), ("Taller", "Semillas")):
            found = partners.search(
                [
                    ("segmentation_customer_unit_ids", "ilike", is_customer),
                    ("segmentation_customer_unit_ids", "not ilike", is_not),
                ]
            )
            self.assertGreaterEqual(len(found.commercial_partner_id), 5)

    def test_users(self):
        """A salesperson sees own customers, marketing all, accounting no figures."""
        seen = {}
        for login in ("rosa", "jorge", "carla"):
            user = self._ref(f"user_{login}")
            positions = self.env["segmentation.position"].with_user(user)
            positions = positions.with_context(allowed_company_ids=self.dealer.ids)
            seen[login] = positions.search([])
        for login in ("rosa", "jorge"):
            self.assertGreater(len(seen[login].partner_id), 15)
            self.assertEqual(
                seen[login].sudo().partner_id.user_id, self._ref(f"user_{login}")
            )
        self.assertGreater(
            len(seen["carla"].partner_id),
            len(seen["rosa"].partner_id) + len(seen["jorge"].partner_id),
        )
        self.assertFalse(
            self.env["segmentation.position"]
            .with_user(self._ref("user_elena"))
            .has_access("read")
        )

    def test_handover(self):
        """The manager sees the customers of both, and handed some over."""
        marta, rosa, jorge = (
            self._ref(f"user_{login}") for login in ("marta", "rosa", "jorge")
        )
        positions = self.env["segmentation.position"].with_user(marta)
        positions = positions.with_context(allowed_company_ids=self.dealer.ids)
        self.assertEqual(positions.search([]).sudo().partner_id.user_id, rosa | jorge)
        handover = self._ref("handover_mineros")
        self.assertEqual((handover.state, handover.user_id), ("done", marta))
        self.assertGreater(handover.account_count, 2)
        customers = handover.line_ids.partner_id
        self.assertEqual((customers.user_id, customers[0].city), (rosa, "Mineros"))
        self.assertIn("from Jorge", customers[0].message_ids[0].body)

    def test_key_fields(self):
        """The dealer asks for some of the presets, and not everybody answered."""
        in_use = self.env["segmentation.field"]._shown()
        self.assertEqual(
            set(in_use.mapped("technical_name")),
            {
                "x_segmentation_situation",
                "x_segmentation_source",
                "x_segmentation_purchase_style",
                "x_segmentation_technology_level",
                "x_segmentation_birth_date",
                "x_segmentation_age_band",
            },
        )
        customers = self._demo_records("res.partner")
        self.assertGreater(len(customers.x_segmentation_age_band), 3)
        completeness = customers.mapped("segmentation_completeness")
        self.assertIn(100, completeness)
        self.assertGreater(len(set(completeness)), 3)

    def test_segments(self):
        """The segments that dealers ask for most have members to look at."""
        segments = self._demo_records("segmentation.segment")
        self.assertEqual(len(segments), 8)
        self.assertEqual(segments.rule_user_id, self._ref("user_carla"))
        for segment in segments:
            self.assertTrue(self._members(segment), segment.sentence)
        for segment, member in (
            ("new_not_used", "customer_nakasone"),
            ("machinery_not_workshop", "customer_nakasone"),
            ("too_expensive", "customer_bela_vista"),
            ("best_not_billed", "customer_miguelito"),
            ("fertiliser_gap", "customer_la_pampa"),
            ("no_salesperson", "contact_oliveira"),
            ("never_opened", "contact_menacho"),
        ):
            members = self._members(self._ref(f"segment_{segment}"))
            self.assertIn(self._ref(member), members, segment)

    def test_results(self):
        """One campaign shows what it changed, the other one that nothing shows."""
        winter, summer = (
            self._ref(f"campaign_{name}") for name in ("winter", "summer")
        )
        for campaign, is_conclusive in ((winter, True), (summer, False)):
            result = campaign.segmentation_result
            self.assertIs(result["buyers"]["is_conclusive"], is_conclusive)
            contact = result["groups"]["contact"]
            steps = [
                contact[step] for step in ("customers", "written", "opened", "clicked")
            ]
            self.assertEqual(steps, sorted(set(steps), reverse=True))
            self.assertGreater(result["groups"]["hold_out"]["buyers"], 0)
            self.assertGreater(
                contact["buyers"], result["groups"]["hold_out"]["buyers"]
            )

    # --- Campaigns that run -----------------------------------------------------

    def _touches(self, channel):
        return self.env["segmentation.touch"].search(
            [
                ("campaign_id", "=", self._ref("campaign_fertiliser").id),
                ("channel", "=", channel),
            ]
        )

    def test_calls_and_opportunities(self):
        """Of the calls of a tactic some are done, and have led to opportunities."""
        campaign = self._ref("campaign_fertiliser")
        self.assertEqual(campaign.segmentation_tactic, "cross_selling")
        calls, opportunities = self._touches("call"), self._touches("opportunity")
        self.assertLessEqual({"done", "planned"}, set(calls.mapped("state")))
        done = calls.filtered(lambda call: call.state == "done")
        self.assertTrue(all(done.mapped("feedback")))
        self.assertEqual(done.mapped("date_done"), done.mapped("date"))
        self.assertLess(opportunities.audience_id, done.audience_id)
        self.assertEqual(set(opportunities.mapped("state")), {"won", "lost", "open"})

    def test_waves(self):
        """Those of the past have left, the others are scheduled; with exceptions."""
        campaign = self._ref("campaign_field_days")
        waves, now = campaign.segmentation_wave_ids, fields.Datetime.now()
        sent = waves.filtered(lambda wave: wave.date < now)
        self.assertEqual(set(sent.mapped("state")), {"done"})
        self.assertEqual(set((waves - sent).mapped("state")), {"in_queue"})
        written = campaign.audience_ids.filtered("email_state")
        self.assertLess(written, sent.audience_ids)
        left_out = {self._ref(f"customer_{name}") for name in ("granos", "tajibos")}
        self.assertLess(left_out, set((sent.audience_ids - written).partner_id))

    def test_what_sells_together(self):
        """Suggestions wait in the wizard: more likely than with other customers."""
        affinities = self.env["segmentation.affinity"].search(
            [("company_id", "=", self._ref("company_dealer").id), ("lift", ">", 1)]
        )
        self.assertEqual(set(affinities.mapped("level")), {"unit", "category"})

    def test_overlap(self):
        """Two campaigns run and share customers."""
        fertiliser, field_days = (
            self._ref(f"campaign_{name}") for name in ("fertiliser", "field_days")
        )
        self.assertTrue(fertiliser.segmentation_is_running)
        overlap = self.env["segmentation.campaign.overlap"].search(
            [
                ("campaign_id", "=", fertiliser.id),
                ("other_campaign_id", "=", field_days.id),
            ]
        )
        shared = fertiliser.audience_ids.partner_id & field_days.audience_ids.partner_id
        self.assertTrue(shared)
        self.assertEqual(overlap.shared, len(shared))

    def test_nothing_is_emailed(self):
        """Neither when it is loaded nor when the day of a wave has come."""
        waiting = self._ref("campaign_field_days").mailing_mail_ids.filtered(
            lambda mailing: mailing.state == "in_queue"
        )
        jobs = self.env.ref("mass_mailing.ir_cron_mass_mailing_queue")
        with freeze_time(max(waiting.mapped("schedule_date")) + timedelta(1)):
            with self.enter_registry_test_mode():
                jobs.method_direct_trigger()
        self.assertEqual(set(waiting.mapped("state")), {"draft"})
        self.assertFalse(waiting.mailing_trace_ids)
        self.assertEqual(self.env["mail.mail"].search([]), self.mails)

    # --- Tactics ----------------------------------------------------------------

    def test_tactics(self):
        """Each tactic reaches whom one finds by hand, the largest amount first."""
        seed, fertiliser = self._ref("unit_seed"), self._ref("unit_fertiliser")
        today = self.env["segmentation.relation"]._today(self.dealer)
        by_hand = TacticsByHand(self.dealer, today)
        both = {
            "tactic_unit_id": seed.id,
            "tactic_offer_unit_id": fertiliser.id,
        }
        for tactic, parameters, expected in (
            ("retention", {"tactic_months": 6}, by_hand.retention(6)),
            ("recovery", {"tactic_harvests": 2}, by_hand.recovery(2)),
            ("recovery", {"tactic_harvests": 1}, by_hand.recovery(1)),
            ("cross_selling", both, by_hand.cross_selling(seed, fertiliser, 12)),
            ("up_selling", {}, by_hand.up_selling(12)),
            ("acquisition", {}, by_hand.acquisition()),
        ):
            with self.subTest(tactic=tactic, **parameters):
                self.assertTrue(expected)
                audience = self._launched(tactic, parameters)
                self.assertEqual(
                    set(audience.partner_id.mapped("name")),
                    {customer.name for customer in expected},
                )
                if None not in expected.values():
                    self._check_ranks(audience, expected)

    def _launched(self, tactic, parameters):
        """Return the audience, by rank, of a campaign that Carla launches."""
        wizards = self.env["segmentation.campaign.wizard"].with_user(
            self._ref("user_carla")
        )
        wizards = wizards.with_context(allowed_company_ids=self.dealer.ids)
        values = wizards.default_get(list(wizards._fields))
        wizard = wizards.create(
            {**values, **parameters, "title": tactic, "segmentation_tactic": tactic}
        )
        wizard.action_launch()
        return wizard.campaign_id.audience_ids.sorted("rank")

    def _check_ranks(self, audience, expected):
        for row in audience.filtered("rank_amount"):
            self.assertAlmostEqual(row.rank_amount, expected[row.partner_id], places=2)
        amounts = audience.filtered("rank_amount").mapped("rank_amount")
        self.assertEqual(amounts, sorted(amounts, reverse=True))

    def test_segments_in_the_other_season(self):
        """Segments that speak of harvests have members in a winter and in a summer."""
        for harvest in ("harvest_summer_2", "harvest_winter_2"):
            self.dealer.segmentation_harvest_id = self._ref(harvest)
            for name in ("best_not_billed", "fertiliser_gap"):
                segment = self._ref(f"segment_{name}")
                segment._rebuild()
                self.assertTrue(self._members(segment), (name, harvest))

    def _members(self, segment):
        memberships = segment.membership_ids.filtered(lambda row: not row.date_to)
        return memberships.partner_id
