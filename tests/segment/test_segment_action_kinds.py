from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .action_common import SegmentActionCommon


@tagged("post_install", "-at_install")
class TestSegmentActionKinds(SegmentActionCommon):
    """What each kind of action does."""

    def _activity_action(self, **values):
        call = self.env.ref("mail.mail_activity_data_call")
        return self._action(
            kind="activity", activity_type_id=call.id, summary="Welcome", **values
        )

    def test_activities_for_whom_takes_care(self):
        seller, boss = (
            self._person(login, "base.group_user") for login in ("seller", "boss")
        )
        self.segment.user_id = boss
        self.bruno.user_id = seller
        self._activity_action(days=3)
        self._enter(self.bruno | self.carla)
        activities = (self.bruno | self.carla).activity_ids
        self.assertEqual(self.bruno.activity_ids.user_id, seller)
        self.assertEqual(self.carla.activity_ids.user_id, boss)
        self.assertEqual(activities.mapped("summary"), ["Welcome", "Welcome"])
        today = self.env["segmentation.relation"]._today(self.company)
        self.assertEqual(
            set(activities.mapped("date_deadline")), {today + timedelta(days=3)}
        )

    def test_of_a_contact_the_salesperson_of_its_customer(self):
        self.segment.level = "contact"
        self.carla.user_id = self.env.ref("base.user_admin")
        self.bruno.parent_id = self.carla
        self.env.flush_all()
        self._activity_action()
        self._enter(self.bruno)
        self.assertEqual(self.bruno.activity_ids.user_id, self.carla.user_id)

    def test_tags_added_and_removed(self):
        other = self.env["res.partner.category"].create({"name": "Other"})
        (self.bruno | self.carla).category_id = other
        self._tag_action()
        self._tag_action(kind="tag_remove", tag_ids=[Command.set(other.ids)])
        self._enter(self.bruno)
        self.assertEqual(self.bruno.category_id, self.tag)
        self.assertEqual(self.carla.category_id, other)

    def test_mailing_list(self):
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        self.carla.email = "Bruno <BRUNO@example.com>"
        self.farmer.write({"email": False})
        action = self._action(kind="mailing_list", mailing_list_id=mailing_list.id)
        self._enter(self.bruno | self.carla | self.farmer)
        [contact] = mailing_list.contact_ids
        self.assertEqual(contact.email, "bruno@example.com")
        self.assertEffects(
            action,
            [("Agro Norte", "no_email"), ("Bruno", "done"), ("Carla", "done")],
        )

    def test_known_to_mailings(self):
        mailing_list, other = self.env["mailing.list"].create(
            [{"name": "News"}, {"name": "Offers"}]
        )
        contact = self.env["mailing.contact"].create(
            {
                "name": "Bruno",
                "email": "bruno@example.com",
                "list_ids": [Command.set(other.ids)],
            }
        )
        self._action(kind="mailing_list", mailing_list_id=mailing_list.id)
        self._enter(self.bruno)
        self.assertEqual(mailing_list.contact_ids, contact)
        self.assertEqual(contact.list_ids, mailing_list | other)

    def test_who_opted_out_stays_out(self):
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        action = self._action(kind="mailing_list", mailing_list_id=mailing_list.id)
        self._enter(self.bruno)
        subscription = mailing_list.contact_ids.subscription_ids
        subscription.opt_out = True
        self._leave(self.bruno)
        self._later(days=2)
        self._enter(self.bruno)
        self.assertEffects(action, [("Bruno", "done"), ("Bruno", "opted_out")])
        self.assertTrue(subscription.opt_out)
        self.assertEqual(mailing_list.contact_ids.subscription_ids, subscription)

    def test_server_action(self):
        action = self._action(
            self.env.ref("base.user_admin"),
            kind="server_action",
            server_action_id=self._server_action(
                "for record in records: record.write({'comment': env.user.login})"
            ).id,
        )
        self._enter(self.bruno | self.carla)
        self.assertIn("admin", self.bruno.comment)
        self.assertIn("admin", self.carla.comment)
        self.assertEqual(
            action.with_user(self.mia).sentence, "On entering: run “Greet”"
        )

    def _server_action(self, code, model="base.model_res_partner"):
        admin = self.env.ref("base.user_admin")
        admin.company_ids += self.company
        return self.env["ir.actions.server"].create(
            {
                "name": "Greet",
                "model_id": self.env.ref(model).id,
                "state": "code",
                "code": code,
            }
        )

    def test_server_actions_are_for_administrators_of_odoo(self):
        server_action = self._server_action("records")
        with self.assertRaises(AccessError):
            self._action(kind="server_action", server_action_id=server_action.id)
        action = self._action(
            self.env.ref("base.user_admin"),
            kind="server_action",
            server_action_id=server_action.id,
        )
        with self.assertRaisesRegex(ValidationError, "administrators of Odoo"):
            action.with_user(self.mia).moment = "leave"

    def test_a_server_action_about_contacts(self):
        with self.assertRaisesRegex(ValidationError, "about contacts"):
            self._action(
                self.env.ref("base.user_admin"),
                kind="server_action",
                server_action_id=self._server_action("1", "base.model_res_users").id,
            )

    def test_what_is_not_said_in_full_is_refused(self):
        call = self.env.ref("mail.mail_activity_data_call")
        for values, sentence in (
            ({"kind": "activity"}, "type of the activity"),
            (
                {"kind": "activity", "activity_type_id": call.id, "days": 9999999},
                "due 0 to 1000 days later",
            ),
            ({"kind": "key_field"}, "key field to set"),
            ({"kind": "tag_add"}, "Choose the tags"),
            ({"kind": "tag_remove"}, "Choose the tags"),
            ({"kind": "mailing_list"}, "mailing list"),
        ):
            with (
                self.subTest(**values),
                self.assertRaisesRegex(ValidationError, sentence),
            ):
                self._action(**values)

    def test_in_words(self):
        action = self._activity_action(days=2)
        self.assertEqual(
            action.sentence, "On entering: plan “Welcome” for 2 days later"
        )
        action.write({"moment": "leave", "days": 0})
        self.assertEqual(
            action.display_name, "On leaving: plan “Welcome” for the same day"
        )


@tagged("post_install", "-at_install")
class TestSegmentActionKeyField(SegmentActionCommon):
    """What is set in key fields follows their types."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        cls.key_fields = cls.env["segmentation.field"].create(
            [
                {
                    "name": f"Field {kind}",
                    "type": kind,
                    "value_ids": [
                        Command.create({"name": name}) for name in ("One", "Two")
                    ]
                    if kind in ("choice", "choices")
                    else [],
                }
                for kind in ("choice", "choices", "number", "date", "yes_no", "text")
            ]
        )
        cls.key_fields._switch_on()
        cls._later()

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        super().setUp()

    def _field(self, kind):
        return self.key_fields.filtered(lambda field: field.type == kind)

    def _set(self, kind, **values):
        """Let Bruno enter, on which a key field is set; return what he has then."""
        field = self._field(kind)
        self._action(kind="key_field", key_field_id=field.id, **values)
        self._enter(self.bruno)
        return self.bruno[field.technical_name]

    def test_choice(self):
        value = self._field("choice").value_ids[1]
        self.assertEqual(self._set("choice", value_id=value.id), value)

    def test_choices_are_added(self):
        field = self._field("choices")
        one, two = field.value_ids
        self.bruno[field.technical_name] = one
        values = [Command.set(two.ids)]
        self.assertEqual(self._set("choices", value_ids=values), one | two)

    def test_number(self):
        self.assertEqual(self._set("number", number=7.5), 7.5)

    def test_date(self):
        self.assertEqual(
            self._set("date", date="2026-01-31"), fields.Date.to_date("2026-01-31")
        )

    def test_date_of_the_day(self):
        today = self.env["segmentation.relation"]._today(self.company)
        self.assertEqual(self._set("date"), today)

    def test_yes_no(self):
        self.assertEqual(self._set("yes_no", yes_no="no"), "no")

    def test_text(self):
        self.assertEqual(self._set("text", text="Welcome"), "Welcome")

    def test_emptied(self):
        for field in self.key_fields:
            value = field.value_ids[:1].id or {
                "number": 1.0,
                "date": "2026-01-31",
                "yes_no": "yes",
                "text": "Old",
            }.get(field.type)
            if field.type == "choices":
                value = [Command.set([value])]
            self.bruno[field.technical_name] = value
        for field in self.key_fields:
            self._action(kind="key_field", key_field_id=field.id, is_emptied=True)
        self._enter(self.bruno)
        for field in self.key_fields:
            with self.subTest(type=field.type):
                self.assertFalse(self.bruno[field.technical_name])

    def test_a_value_is_needed(self):
        for kind in ("choice", "choices", "number", "yes_no", "text"):
            with (
                self.subTest(type=kind),
                self.assertRaisesRegex(ValidationError, "Say to what"),
            ):
                self._set(kind)

    def test_a_value_of_another_key_field(self):
        value = self._field("choices").value_ids[0]
        with self.assertRaisesRegex(ValidationError, "Choose values of “Field choice”"):
            self._set("choice", value_id=value.id)

    def test_merged_values(self):
        one, two = self._field("choice").value_ids
        action = self._action(
            kind="key_field",
            key_field_id=self._field("choice").id,
            value_id=one.id,
        )
        (one | two)._merge_into(two)
        self.assertEqual(action.value_id, two)
        self.assertEqual(action.author_id, self.mia)
