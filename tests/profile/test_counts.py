from datetime import datetime, time, timedelta, timezone

import pytz
from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import tagged

from .common import RelationCommon
from .key_fields_common import KeyFieldsCommon
from .timeline_common import GROUP, TimelineCommon

CALL = "mail.mail_activity_data_call"
BANDS = "segmentation_last_contact_band"


class CountsCommon(TimelineCommon, RelationCommon):
    """Customers of two salespeople, one of whom is in a team with a leader."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader = cls._user("leader", "sales_team.group_sale_salesman")
        cls.team = cls.env["crm.team"].create(
            {
                "name": "East",
                "user_id": cls.leader.id,
                "member_ids": [(4, cls.seller.id)],
                "company_id": cls.company.id,
            }
        )
        cls.both = cls._buyer("Both", cls.seller, cls.seed, cls.tractor)
        cls.inputs_only = cls._buyer("Inputs only", cls.seller, cls.seed)
        cls.gone = cls._buyer("Gone", cls.seller, cls.seed, months=30)
        cls.others = cls._buyer("Another's", cls.rival, cls.seed)
        cls.nobodys = cls._buyer("Nobody's", cls.env["res.users"], cls.seed)
        cls.staff = cls.env["res.partner"].create(
            {"name": "Ana", "parent_id": cls.both.id, "user_id": cls.seller.id}
        )
        cls.ours = cls.both | cls.inputs_only | cls.gone
        cls.env["segmentation.refresh"]._refresh_pending(cls.company)

    @classmethod
    def _buyer(cls, name, user, *products, months=1):
        customer = cls._customer(name, user_id=user.id)
        for product in products:
            cls._invoice(customer, 10, cls._ago(months=months), product=product)
        return customer

    def _partners(self, user):
        return (
            self.env["res.partner"]
            .with_user(user)
            .with_context(allowed_company_ids=self.company.ids)
        )

    def _count(self, domain, *names, user=None):
        """Return {values: count} of the test's partners, as the pivot view has it."""
        everybody = self.ours | self.others | self.nobodys | self.staff
        rows = self._partners(user or self.marketer)._read_group(
            Domain("id", "in", everybody.ids) & Domain(domain), names, ["__count"]
        )
        return {
            tuple(getattr(v, "name", v) for v in values): count
            for *values, count in rows
        }


@tagged("post_install", "-at_install")
class TestWhoseContacts(CountsCommon):
    """Salespeople count their own customers, managers their teams', marketing all."""

    def _counted(self, user):
        return self._count(
            [("segmentation_is_in_charge", "=", True)], "user_id", user=user
        )

    def test_salesperson(self):
        self.assertEqual(self._counted(self.seller), {(self.seller.name,): 4})
        self.assertEqual(self._counted(self.rival), {(self.rival.name,): 1})

    def test_team_leader(self):
        self.assertEqual(self._counted(self.leader), {(self.seller.name,): 4})
        self.others.user_id = self.leader
        self.assertEqual(
            self._counted(self.leader), {(self.seller.name,): 4, (self.leader.name,): 1}
        )

    def test_who_left_the_team_is_not_counted(self):
        self.team.crm_team_member_ids.action_archive()
        self.assertEqual(self._counted(self.leader), {})

    def test_marketing(self):
        self.assertEqual(
            self._counted(self.marketer),
            {(self.seller.name,): 4, (self.rival.name,): 1, (False,): 1},
        )

    def test_administrator(self):
        administrator = self._user("administrator", f"{GROUP}administrator")
        self.assertEqual(self._counted(administrator), self._counted(self.marketer))

    def test_it_reads_as_it_is_searched(self):
        for user in (self.seller, self.rival, self.leader, self.marketer):
            everybody = self._partners(user).browse(
                (self.ours | self.others | self.nobodys | self.staff).ids
            )
            for name in ("segmentation_is_in_charge", "segmentation_is_account"):
                with self.subTest(user=user.login, field=name):
                    self.assertEqual(
                        everybody.filtered(name),
                        everybody.filtered_domain([(name, "=", True)]),
                    )
                    self.assertEqual(
                        everybody.filtered(name),
                        everybody.search(
                            [(name, "=", True), ("id", "in", everybody.ids)]
                        )
                        & everybody,
                    )

    def test_accounts_are_counted_once_with_their_contacts(self):
        person = self.env["res.partner"].create({"name": "Person of no company"})
        colleague = self.seller.partner_id
        accounts = self._partners(self.marketer).search(
            [
                ("segmentation_is_account", "=", True),
                ("id", "in", (self.both | self.staff | person | colleague).ids),
            ]
        )
        self.assertEqual(accounts.ids, (self.both | person).sorted().ids)

    def test_others_count_nothing(self):
        accountant = self._user_without("counts_accountant")
        for name in (
            "segmentation_is_in_charge",
            "segmentation_completeness_band",
            "segmentation_last_contact_band",
            "segmentation_customer_unit_ids",
        ):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self._count([], name, user=accountant)
        with self.assertRaises(AccessError):
            self.seller.with_user(accountant).read(["segmentation_counts"])

    def _user_without(self, login):
        user = self._user(login, "account.group_account_invoice")
        user.group_ids -= self.env.ref(f"{GROUP}user")
        return user


@tagged("post_install", "-at_install")
class TestCountByUnit(CountsCommon):
    """Contacts in each business unit that they have a relation with."""

    def test_salesperson_and_unit(self):
        self.assertEqual(
            self._count(
                [("segmentation_is_account", "=", True)],
                "user_id",
                "segmentation_customer_unit_ids",
            ),
            {
                (self.seller.name, "Inputs"): 2,
                (self.seller.name, "Machines"): 1,
                (self.seller.name, False): 1,
                (self.rival.name, "Inputs"): 1,
                (False, "Inputs"): 1,
            },
        )

    def test_each_relation_has_its_units(self):
        self._opportunity(self.inputs_only, self.unit_machines)
        self.env["segmentation.relation"]._set_manual(
            self.gone, self.unit_machines, "competitor", "Told so"
        )
        self._refresh()
        for relation, counts in (
            ("ex_customer", {("Inputs",): 1, (False,): 5}),
            ("prospect", {("Machines",): 1, (False,): 5}),
            ("competitor", {("Machines",): 1, (False,): 5}),
        ):
            with self.subTest(relation=relation):
                name = f"segmentation_{relation}_unit_ids"
                self.assertEqual(self._count([], name), counts)

    def test_units_cross_with_quadrant_zone_and_last_contact(self):
        self.both.segmentation_zone_id = self.east
        self.assertEqual(
            self._count(
                [("segmentation_zone_id", "=", self.east.id)],
                "segmentation_customer_unit_ids",
                "segmentation_quadrant",
                "segmentation_zone_id",
                BANDS,
            ),
            {
                (unit, self.both.segmentation_quadrant, "East", "5_never"): 1
                for unit in ("Inputs", "Machines")
            },
        )

    def test_contacts_count_where_their_customer_does(self):
        self.assertEqual(
            self._count([("id", "=", self.staff.id)], "segmentation_customer_unit_ids"),
            {("Inputs",): 1, ("Machines",): 1},
        )

    def test_others_customers_stand_in_no_unit(self):
        self.assertEqual(
            self._count(
                [("id", "in", (self.both | self.others).ids)],
                "segmentation_customer_unit_ids",
                user=self.rival,
            ),
            {("Inputs",): 1, (False,): 1},
        )

    def test_pivot_of_everything(self):
        """Salespeople by all that contacts are counted by, in one pivot; its totals
        count each contact once."""
        names = self.env["res.users"]._segmentation_counted_fields()
        sets = [[], ["user_id"], names, ["user_id", *names]]
        domain = [("id", "in", self.ours.ids)]
        partners = self._partners(self.marketer)
        counts = partners.formatted_read_grouping_sets(domain, sets, ["__count"])
        self.assertEqual(
            [sum(group["__count"] for group in groups) for groups in counts],
            [3, 3, 4, 4],
            "a customer of two units is in both",
        )
        described = partners.fields_get(names, ["groupable", "searchable"])
        for name, description in described.items():
            with self.subTest(field=name):
                self.assertTrue(description["groupable"])
                self.assertTrue(description["searchable"])

    def test_each_count_leads_to_its_contacts(self):
        partners = self._partners(self.marketer)
        domain = Domain("id", "in", (self.ours | self.others).ids)
        for names in (
            ["user_id", "segmentation_customer_unit_ids"],
            ["segmentation_quadrant", "segmentation_relation"],
            ["segmentation_completeness_band", BANDS],
            ["segmentation_last_contact_kind"],
        ):
            for group in partners.formatted_read_group(domain, names, ["__count"]):
                with self.subTest(group=group):
                    self.assertEqual(
                        partners.search_count(domain & Domain(group["__extra_domain"])),
                        group["__count"],
                    )

    def test_relations_by_salesperson_and_unit(self):
        """The same from the relations themselves."""
        counts = self.env["segmentation.relation"]._read_group(
            [("partner_id", "in", self.ours.ids), ("unit_id", "!=", False)],
            ["customer_user_id", "unit_id", "relation"],
            ["__count"],
        )
        self.assertEqual(
            {(user, unit.name, relation): n for user, unit, relation, n in counts},
            {
                (self.seller, "Inputs", "customer"): 2,
                (self.seller, "Inputs", "ex_customer"): 1,
                (self.seller, "Machines", "customer"): 1,
            },
        )


@tagged("post_install", "-at_install")
class TestLastContactBands(CountsCommon):
    """Bands of calendar months back from today in the user's time zone."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marketer.tz = "America/La_Paz"
        zone = pytz.timezone(cls.marketer.tz)
        cls.now = fields.Datetime.now()
        cls.midnight = datetime.combine(
            pytz.utc.localize(cls.now).astimezone(zone).date(), time.min
        )
        cls.zone = zone

    def _back(self, months):
        """Return the moment in UTC of midnight in La Paz so many months ago."""
        local = self.zone.localize(self.midnight - relativedelta(months=months))
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    def _band(self):
        return self._partners(self.marketer).browse(self.both.id)[BANDS]

    def test_bounds(self):
        """Each begins at its midnight; a second before is the band before."""
        second = timedelta(seconds=1)
        moments = [
            (self._back(12) - second, "4_older"),
            (self._back(12), "3_year"),
            (self._back(3) - second, "3_year"),
            (self._back(3), "2_quarter"),
            (self._back(1) - second, "2_quarter"),
            (self._back(1), "1_month"),
            (self.now, "1_month"),
        ]
        everything = [key for key, _label in self.both._fields[BANDS].selection]
        self.assertEqual(self._band(), "5_never")
        for moment, band in moments:
            self._done(self.both, moment, CALL)
            self.env.invalidate_all()
            with self.subTest(moment=moment):
                self.assertEqual(self._band(), band)
                domain = [("id", "=", self.both.id)]
                self.assertEqual(self._count(domain, BANDS), {(band,): 1})
                found = [
                    key
                    for key in everything
                    if self._count([*domain, (BANDS, "=", key)], "id")
                ]
                self.assertEqual(found, [band])

    def test_over_a_year_and_never_are_the_filter_no_contact_for_a_year(self):
        self._done(self.both, self._back(12), CALL)
        self._done(self.inputs_only, self._back(12) - timedelta(seconds=1), CALL)
        band = self._partners(self.marketer).search(
            [(BANDS, "in", ("4_older", "5_never")), ("id", "in", self.ours.ids)]
        )
        shown = self._partners(self.marketer).search(
            [
                "|",
                ("segmentation_last_contact", "<", "today -12m"),
                ("segmentation_last_contact", "=", False),
                ("id", "in", self.ours.ids),
            ]
        )
        self.assertEqual(band, shown)
        self.assertEqual(band.with_env(self.env), self.inputs_only | self.gone)

    def test_bands_come_in_order_with_kinds_beside(self):
        self._done(self.both, self._back(5), "mail.mail_activity_data_meeting")
        self._done(self.inputs_only, self.now, CALL)
        self.assertEqual(
            list(self._count([("id", "in", self.ours.ids)], BANDS)),
            [("1_month",), ("3_year",), ("5_never",)],
        )
        self.assertEqual(
            self._count(
                [("id", "in", self.ours.ids)],
                BANDS,
                "segmentation_last_contact_kind",
                "segmentation_last_contact:year",
            ),
            {
                ("1_month", "call", datetime(self.now.year, 1, 1)): 1,
                ("3_year", "meeting", datetime(self._back(5).year, 1, 1)): 1,
                ("5_never", False, False): 1,
            },
        )

    def test_contacts_have_the_band_of_their_customer(self):
        self._done(self.both, self.now, CALL)
        self.assertEqual(
            self._count([("id", "in", (self.both | self.staff).ids)], BANDS),
            {("1_month",): 2},
        )


@tagged("post_install", "-at_install")
class TestCompletenessBands(KeyFieldsCommon):
    """Quarters of the key fields that are filled in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        asked = cls.crops + cls.trees + cls.irrigates + cls.slogan
        asked.requirement = "recommended"
        cls.values = {
            cls.crops.technical_name: cls.soy.id,
            cls.trees.technical_name: 5,
            cls.irrigates.technical_name: "yes",
            cls.slogan.technical_name: "Grow",
        }

    def test_each_percent_has_its_band(self):
        name = "segmentation_completeness_band"
        domain = [("id", "=", self.firm.id)]
        bands = ["4_little", "4_little", "3_half", "2_most", "1_complete"]
        for filled, band in enumerate(bands):
            self.firm.write(dict(list(self.values.items())[:filled]))
            with self.subTest(filled=filled):
                self.assertEqual(self.firm.segmentation_completeness, 25 * filled)
                self.assertEqual(self.firm[name], band)
                self.assertEqual(
                    self.Partner._read_group(domain, [name], ["__count"]), [(band, 1)]
                )
                for key in set(bands):
                    self.assertEqual(
                        self.Partner.search_count([*domain, (name, "=", key)]),
                        int(key == band),
                    )

    def test_source_counts_like_any_choice(self):
        """A key field that is a choice is a field to group by."""
        source = self.env.ref("agro_segmentation.key_field_source")
        source._switch_on()
        event = source.value_ids[0]
        self.firm[source.technical_name] = event
        counts = self.Partner._read_group(
            [("id", "in", (self.firm + self.person).ids)],
            [source.technical_name, "segmentation_completeness_band"],
            ["__count"],
        )
        self.assertEqual(counts[0][0], event)
        self.assertEqual(sum(count for *_values, count in counts), 2)
        self.assertIn(
            source.technical_name, self.env["res.users"]._segmentation_counted_fields()
        )


@tagged("post_install", "-at_install")
class TestSalespeopleCards(CountsCommon):
    """A card for each salesperson, whose numbers lead to the contacts behind."""

    def _cards(self, user):
        """Return the salespeople whose cards the user sees."""
        action = self.env.ref("agro_segmentation.res_users_action_counts")
        self.assertEqual(action.domain, "[('segmentation_has_accounts', '=', True)]")
        everybody = self.seller | self.rival | self.leader
        users = self.env["res.users"].with_user(user)
        users = users.with_context(
            active_test=False, allowed_company_ids=self.company.ids
        )
        return users.search(
            [("segmentation_has_accounts", "=", True), ("id", "in", everybody.ids)]
        )

    def _numbers(self, salesperson, name):
        """Return {label: count} of a field on the card."""
        counts = {
            f["name"]: f["groups"] for f in salesperson.segmentation_counts["fields"]
        }
        return {group["label"]: group["count"] for group in counts[name]}

    def test_salesperson_sees_the_own_card(self):
        self.assertEqual(self._cards(self.seller).ids, self.seller.ids)
        self.assertEqual(self._cards(self.rival).ids, self.rival.ids)

    def test_team_leader_sees_those_of_the_team(self):
        self.assertEqual(self._cards(self.leader).ids, self.seller.ids)

    def test_marketing_sees_all(self):
        self.assertEqual(
            set(self._cards(self.marketer).ids), set((self.seller | self.rival).ids)
        )

    def test_a_salesperson_reads_nothing_on_the_card_of_another(self):
        self.assertFalse(self.seller.with_user(self.rival).segmentation_counts)
        self.assertFalse(self.seller.with_user(self.rival).segmentation_has_accounts)

    def test_what_is_on_a_card(self):
        self._done(self.both, fields.Datetime.now(), CALL)
        card = self._cards(self.seller)
        self.assertEqual(card.segmentation_counts["count"], 3)
        for name, numbers in (
            ("segmentation_relation", {"Customer": 2, "Ex-customer": 1}),
            (
                "segmentation_customer_unit_ids",
                {"Inputs": 2, "Machines": 1, "None": 1},
            ),
            ("segmentation_zone_id", {"None": 3}),
            ("segmentation_last_contact_band", {"In the last month": 1, "Never": 2}),
        ):
            with self.subTest(field=name):
                self.assertEqual(self._numbers(card, name), numbers)

    def test_relations_come_in_their_order(self):
        self.assertEqual(
            list(self._numbers(self._cards(self.seller), "segmentation_relation")),
            ["Customer", "Ex-customer"],
        )

    def test_each_number_leads_to_its_contacts(self):
        partners = self._partners(self.leader)
        counts = self._cards(self.leader).segmentation_counts
        numbers = [counts, *(g for f in counts["fields"] for g in f["groups"])]
        self.assertGreater(len(numbers), 7)
        for number in numbers:
            with self.subTest(label=number["label"]):
                self.assertEqual(
                    partners.search_count(number["domain"]), number["count"]
                )

    def test_who_left_keeps_a_card_while_having_accounts(self):
        self.seller.active = False
        card = self._cards(self.leader)
        self.assertEqual(card.ids, self.seller.ids)
        self.assertEqual(card.segmentation_counts["count"], 3)
        self.ours.user_id = self.rival
        self.assertFalse(self._cards(self.leader))

    def test_archived_contacts_are_not_counted(self):
        self.gone.active = False
        self.assertEqual(self._cards(self.seller).segmentation_counts["count"], 2)

    def test_fifty_cards_take_no_more_queries_than_one(self):
        sellers = self.env["res.users"].create(
            [
                {
                    "name": f"Seller {number}",
                    "login": f"counts_{number}",
                    "company_id": self.company.id,
                    "company_ids": [(6, 0, self.company.ids)],
                }
                for number in range(50)
            ]
        )
        self.env["res.partner"].create(
            [
                {
                    "name": f"Customer of {seller.name}",
                    "user_id": seller.id,
                    "segmentation_zone_id": self.east.id,
                }
                for seller in sellers
            ]
        )

        def queries(users):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            rows = users.with_user(self.marketer).read(["segmentation_counts"])
            self.assertTrue(all(row["segmentation_counts"] for row in rows))
            return self.env.cr.sql_log_count - before

        queries(sellers)
        self.assertEqual(queries(sellers), queries(sellers[0]))
