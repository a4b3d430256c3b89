"""Calls from a campaign: who calls whom, when, and what came of it."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .channel_common import FRIDAY, MONDAY, ChannelCommon

TUESDAY = MONDAY + timedelta(days=1)


@tagged("post_install", "-at_install")
class TestCalls(ChannelCommon):
    def _calls(self):
        """Return {customer: (who calls, when)}."""
        return {
            touch.partner_id: (touch.user_id, touch.date)
            for touch in self._touches("call")
        }

    # --- Who and when

    def test_each_salesperson_calls_own_customers(self):
        self._plan(user_ids=False)
        self.assertEqual(
            self._calls(),
            {
                self.large: (self.rosa, MONDAY),
                self.middle: (self.jorge, MONDAY),
                self.small: (self.rosa, MONDAY),
            },
        )
        self.assertFalse(self.nobodys.activity_ids)

    def test_the_call_is_an_activity_on_the_customer(self):
        [call] = self._plan(audience_ids=[Command.set(self._row(self.large).ids)])
        activity = self.large.activity_ids
        self.assertEqual(call.activity_id, activity)
        self.assertEqual(activity.user_id, self.rosa)
        self.assertEqual(activity.activity_category, "phonecall")
        self.assertEqual(activity.date_deadline, MONDAY)
        self.assertEqual(activity.summary, "all")

    def test_the_script_names_whom_to_call_and_the_figures(self):
        self._plan()
        note = self.large.activity_ids.note
        self.assertIn("Large · +591 7000 0004", note)
        self.assertIn("$ 1,000.00", note)
        self.assertIn("$ 9,000.00", note)
        self.assertNotIn("t-out", note)

    def test_the_caller_reads_number_and_script_where_the_call_is(self):
        call = self._plan().filtered(lambda call: call.partner_id == self.large)
        call = call.with_user(self.rosa)
        self.assertEqual(call.phone, "+591 7000 0004")
        self.assertEqual(call.script, self.large.activity_ids.note)

    def test_a_figure_that_is_not_known_is_said_so(self):
        unknown = self._buyer("Unknown", 70, user_id=self.rosa.id, phone="+59170009999")
        self._plan_of(self._launch("free", (None, (70, 70))))
        self.assertIn("(Potential: not known)", unknown.activity_ids.note)

    def test_a_contact_is_called_where_the_customer_has_no_address(self):
        farm = self._grower("Farm", 500, self.rosa, email=False, phone=False)
        ana = self.env["res.partner"].create(
            {
                "name": "Ana",
                "parent_id": farm.id,
                "email": "ana@example.com",
                "phone": "+591 70001111",
            }
        )
        self.campaign = self._launch("free", (None, (1000, 1000)))
        self._plan_of(self.campaign)
        self.assertIn("Ana · +591 70001111", farm.activity_ids.note)
        self.assertFalse(ana.activity_ids)

    def _plan_of(self, campaign):
        self._ask("call", campaign, date_start=MONDAY, date_end=FRIDAY).action_apply()

    def test_customers_without_salesperson_go_in_turn_to_those_chosen(self):
        others = [self._grower(f"Other {n}", 100 + n, self.rosa) for n in range(3)]
        for other in others:
            other.user_id = False
        campaign = self._launch("all")
        chosen = self.jorge | self.marketing
        self._ask(
            "call",
            campaign,
            date_start=MONDAY,
            date_end=FRIDAY,
            user_ids=[Command.set(chosen.ids)],
        ).action_apply()
        people = [
            touch.user_id
            for touch in self._touches("call", campaign).sorted(
                lambda touch: -touch.gap
            )
            if not touch.partner_id.user_id
        ]
        self.assertEqual(people, [self.jorge, self.marketing] * 2)

    def test_an_owner_who_left_or_may_not_enter_the_company_is_none(self):
        self.jorge.active = False
        self._plan(user_ids=[Command.set(self.rosa.ids)])
        self.assertEqual(self._calls()[self.middle], (self.rosa, MONDAY))

    def test_at_most_so_many_a_day_the_largest_gap_first(self):
        self._plan(per_day=1, user_ids=False)
        self.assertEqual(self._calls()[self.large], (self.rosa, MONDAY))
        self.assertEqual(self._calls()[self.small], (self.rosa, TUESDAY))

    def test_other_calls_count_for_the_cap(self):
        self.env["res.partner"].create({"name": "Else"}).activity_schedule(
            "mail.mail_activity_data_call", MONDAY, user_id=self.jorge.id
        )
        self._plan(per_day=1)
        self.assertEqual(self._calls()[self.middle], (self.jorge, TUESDAY))

    def test_only_working_days(self):
        calendar = self.company.resource_calendar_id
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": calendar.id,
                "company_id": self.company.id,
                "date_from": "2030-05-06 00:00:00",
                "date_to": "2030-05-06 23:59:59",
            }
        )
        saturday = MONDAY - timedelta(days=2)
        self._plan(per_day=1, date_start=saturday, date_end=FRIDAY)
        self.assertEqual(
            {day for _user, day in self._calls().values()},
            {TUESDAY, TUESDAY + timedelta(days=1)},
        )

    def test_a_company_without_working_hours_calls_from_monday_to_friday(self):
        self.company.resource_calendar_id = False
        self._plan(date_start=MONDAY - timedelta(days=2), date_end=FRIDAY)
        self.assertEqual({day for _user, day in self._calls().values()}, {MONDAY})

    def test_those_without_room_can_be_planned_later(self):
        self._plan(per_day=1, date_end=MONDAY, user_ids=False)
        self.assertNotIn(self.small, self._calls())
        self._plan(per_day=1, user_ids=False)
        self.assertEqual(self._calls()[self.small], (self.rosa, TUESDAY))
        self.assertEqual(len(self.large.activity_ids), 1)

    # --- Twice

    def test_twice_does_nothing_twice(self):
        self._plan()
        with self.assertRefused("Nobody is left to ask for"):
            self._plan()
        self.assertEqual(len(self._touches("call")), 4)
        self.assertEqual(len(self.large.activity_ids), 1)

    def test_a_cancelled_call_is_not_planned_again(self):
        [call] = self._plan().filtered(lambda touch: touch.partner_id == self.large)
        self.large.activity_ids.unlink()
        self.env.invalidate_all()
        self.assertEqual(call.state, "cancelled")
        with self.assertRefused("Nobody is left to ask for"):
            self._plan()

    # --- What came of it

    def test_states(self):
        self._plan(user_ids=False)
        [call] = self._touches("call").filtered(
            lambda touch: touch.partner_id == self.large
        )
        self.assertEqual(call.state, "planned")
        self.large.activity_ids.date_deadline = MONDAY - timedelta(days=1)
        self.env.invalidate_all()
        self.assertEqual(call.state, "overdue")
        self.assertEqual(call.date, MONDAY - timedelta(days=1))
        self.large.activity_ids.with_user(self.rosa).action_feedback("Wants an offer")
        self.env.invalidate_all()
        self.assertEqual(call.state, "done")
        self.assertEqual(call.feedback, "Wants an offer")
        self.assertEqual(call.date_done, MONDAY)

    def test_marketing_sees_what_came_of_it(self):
        self._plan(user_ids=False)
        self.large.activity_ids.with_user(self.rosa).action_feedback("Wants an offer")
        row = self._row(self.large).with_user(self.marketing)
        self.env.invalidate_all()
        self.assertEqual(row.call_state, "done")
        self.assertEqual(row.touch_ids.feedback, "Wants an offer")
        self.assertEqual(self.campaign.segmentation_call_count, 3)
        self.assertEqual(self.campaign.segmentation_called_count, 1)

    def test_members_are_found_and_grouped_by_what_came_of_it(self):
        self._plan(user_ids=False)
        self.large.activity_ids.with_user(self.rosa).action_done()
        rows = self.env["segmentation.audience"].with_user(self.marketing)
        of_campaign = [("campaign_id", "=", self.campaign.id)]
        for states, customers in (
            (["done"], self.large),
            (["planned", "done"], self.large | self.middle | self.small),
            ([False], self.nobodys),
            ([False, "done"], self.large | self.nobodys),
        ):
            found = rows.search([*of_campaign, ("call_state", "in", states)])
            self.assertEqual(found.partner_id, customers, states)
        self.assertEqual(
            rows._read_group(of_campaign, ["call_state"], ["__count"]),
            [("done", 1), ("planned", 2), (False, 1)],
        )
        self.assertEqual(
            rows.search(of_campaign, order="call_state, id").mapped("call_state"),
            ["done", "planned", "planned", False],
        )

    def test_a_call_handed_to_another_is_his(self):
        self._plan()
        self.large.activity_ids.user_id = self.jorge
        self.assertEqual(self._calls()[self.large], (self.jorge, MONDAY))

    def test_each_is_told_once(self):
        self._plan(user_ids=False)
        sentence = "%s calls of the campaign “all” are among your activities."
        self.assertEqual(
            self._notices(),
            {
                (self.rosa.partner_id, sentence % 2),
                (self.jorge.partner_id, sentence % 1),
            },
        )

    # --- Who is left alone

    def test_nobody_is_called_who_must_be_left_alone(self):
        self._row(self.large).sudo().group = "hold_out"
        self.middle.phone = False
        self.env["phone.blacklist"].sudo().create(
            {"number": self.small._phone_format(fname="phone")}
        )
        wizard = self._ask("call", date_start=MONDAY, date_end=FRIDAY)
        self.assertEqual(wizard.customer_count, 1)
        for line in ("Held out", "No address", "Blacklisted"):
            self.assertIn(line, wizard.preview_html)
        wizard.action_apply()
        self.assertEqual([*self._calls()], [self.nobodys])

    # --- What is asked

    def test_problems(self):
        stranger = self._user("stranger", "group_segmentation_user")
        other = self.env["res.company"].create({"name": "Other Dealer"})
        stranger.write(
            {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        )
        for sentence, values in (
            ("before they start", {"date_end": MONDAY - timedelta(days=1)}),
            ("Set the days", {"date_end": False}),
            ("9999, for more than a year", {"date_end": "9999-12-31"}),
            ("at least one call a day", {"per_day": 0}),
            (
                "works on none of these days",
                {
                    "date_start": FRIDAY + timedelta(days=1),
                    "date_end": FRIDAY + timedelta(days=2),
                },
            ),
            (
                "stranger .*may not enter",
                {"user_ids": [Command.set(stranger.ids)]},
            ),
        ):
            with self.subTest(sentence=sentence), self.assertRefused(sentence):
                self._plan(**values)
        self.assertFalse(self._touches("call"))

    def test_days_proposed(self):
        wizard = self._ask("call")
        self.assertEqual(wizard.date_start, MONDAY)
        self.assertEqual(wizard.date_end, MONDAY + timedelta(days=13))
        self.assertEqual(wizard.user_ids, self.marketing)
        self.campaign.sudo().audience_ids.unlink()
        later = self._launch("all", date_start=TUESDAY, date_end=FRIDAY)
        wizard = self._ask("call", later)
        self.assertEqual((wizard.date_start, wizard.date_end), (TUESDAY, FRIDAY))
        endless = self._launch("all", date_start=TUESDAY, date_end="2099-12-31")
        self.assertFalse(self._ask("call", endless).problem)

    def test_from_rows_chosen_in_the_list(self):
        rows = self._row(self.large) | self._row(self.small)
        wizard = (
            self.env["segmentation.outreach.wizard"]
            .with_user(self.marketing)
            .with_context(
                active_model=rows._name, active_ids=rows.ids, default_channel="call"
            )
            .create({})
        )
        self.assertEqual(wizard.campaign_id, self.campaign)
        self.assertEqual(wizard.customer_count, 2)
        wizard.action_apply()
        self.assertEqual({*self._calls()}, {self.large, self.small})

    def test_the_preview_follows_what_is_typed(self):
        form = Form(
            self.env["segmentation.outreach.wizard"]
            .with_user(self.marketing)
            .with_context(default_campaign_id=self.campaign.id, default_channel="call")
        )
        self.assertIn(self.marketing.name, form.preview_html)
        form.user_ids.clear()
        self.assertIn("Nobody", form.preview_html)
        form.per_day = 0
        self.assertIn("at least one call a day", form.preview_html)
        form.per_day = 10
        form.audience_ids.add(self._row(self.large))
        self.assertNotIn(self.jorge.name, form.preview_html)

    def test_rows_of_two_campaigns_are_refused(self):
        rows = self._row(self.large) | self._launch("all").audience_ids[:1]
        with self.assertRefused("customers of one campaign"):
            self.env["segmentation.outreach.wizard"].with_user(
                self.marketing
            ).with_context(
                active_model=rows._name, active_ids=rows.ids, default_channel="call"
            ).create({})

    def test_a_draft_has_nobody_to_call(self):
        draft = self._wizard("all")
        draft.action_save_draft()
        with self.assertRefused("has not been launched"):
            draft.campaign_id.action_segmentation_plan_calls()
        with self.assertRefused("has not been launched"):
            self._ask("call", draft.campaign_id).action_apply()

    def test_code_in_the_script_is_refused(self):
        """As in Odoo's own templates, for who is no template editor."""
        with self.assertRefused("sensible placeholders", AccessError):
            self._plan(note='<p><t t-out="object.env.user.login"/></p>')
        self.assertFalse(self._touches("call"))

    def test_the_editor_styles_placeholders(self):
        placeholder = '<p><t t-out="object.name" style="color:red">you</t></p>'
        self._plan(note=placeholder)
        self.assertIn("<p>Large</p>", self.large.activity_ids.note)

    # --- Numbers

    def test_as_many_queries_for_a_hundred(self):
        one, hundred = (self._cost("call", count) for count in (1, 100))
        self.assertLessEqual(hundred - one, 10)
