from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .key_fields_common import KeyFieldsCommon


@tagged("post_install", "-at_install")
class TestKeyFieldViews(KeyFieldsCommon):
    """Key fields on the screens of contacts."""

    def _arch(self, view_type, view=None):
        view_id = self.env.ref(view).id if view else None
        arch = self.Partner.get_view(view_id, view_type)["arch"]
        return etree.fromstring(arch)

    def test_lists_leave_room_for_the_name(self):
        [name] = self._arch("list").xpath("//field[@name='complete_name']")
        self.assertTrue(name.get("width"))

    def _nodes(self, arch, field, path=".//field"):
        return arch.xpath(f"{path}[@name='{field.technical_name}']")

    def test_they_are_shown_where_they_are_asked_for(self):
        self.key_fields.write({"show_form": False, "show_list": False})
        self.key_fields.write({"show_search": False})
        for switch, view_type, path in (
            ("show_form", "form", ".//sheet/group//field"),
            ("show_form", "form", ".//field[@name='child_ids']/form//field"),
            ("show_list", "list", "./field"),
            ("show_kanban", "kanban", ".//t[@t-name='card']//field"),
            ("show_search", "search", "./field"),
            ("show_search_panel", "search", "./searchpanel/field"),
        ):
            self.assertFalse(self._nodes(self._arch(view_type), self.crops, path))
            self.crops[switch] = True
            self.assertTrue(
                self._nodes(self._arch(view_type), self.crops, path), switch
            )
            self.crops[switch] = False

    def test_grouping_goes_with_searching(self):
        self.assertTrue(
            self._arch("search").xpath(
                "./group/filter[@context=\"{'group_by': 'x_segmentation_main_crop'}\"]"
            )
        )

    def test_all_views_of_contacts_stay_valid(self):
        self.key_fields.write(
            {"show_kanban": True, "country_ids": self.env.ref("base.bo")}
        )
        (self.key_fields - self.age_band - self.tree_band).requirement = "mandatory"
        views = self.env["ir.ui.view"].search(
            [("model", "=", "res.partner"), ("mode", "=", "primary")]
        )
        for view in views:
            with self.subTest(view=view.name):
                self.Partner.get_view(view.id, view.type)

    def test_mandatory_fields_stop_people(self):
        self.crops.requirement = "mandatory"
        with self.assertRaisesRegex(AssertionError, self.crops.technical_name):
            Form(self.firm).save()
        with Form(self.firm) as form:
            form[self.crops.technical_name] = self.soy
        [node] = self._nodes(self._arch("list"), self.crops, "./field")
        self.assertEqual(node.get("required"), "True")

    def test_small_forms_ask_for_what_is_mandatory(self):
        view = "base.view_partner_simple_form"
        self.assertFalse(self._nodes(self._arch("form", view), self.crops))
        self.crops.requirement = "mandatory"
        self.assertTrue(self._nodes(self._arch("form", view), self.crops))

    def test_mandatory_fields_do_not_stop_programs(self):
        self.crops.requirement = "mandatory"
        self.firm.phone = "+591 3 3000100"
        result = self.Partner.load(["name"], [["Imported"]])
        self.assertFalse(result["messages"])
        imported = self.Partner.browse(result["ids"])
        self.assertEqual(imported.segmentation_completeness, 0)

    def test_fields_are_only_asked_of_those_they_are_for(self):
        bolivia = self.env.ref("base.bo")
        self.crops.write(
            {
                "requirement": "mandatory",
                "applies_to": "companies",
                "customers_only": True,
                "country_ids": bolivia,
            }
        )
        Form(self.firm).save()
        self.firm.country_id = bolivia
        Form(self.firm).save()
        self.firm.customer_rank = 1
        Form(self.person).save()
        with self.assertRaisesRegex(AssertionError, self.crops.technical_name):
            Form(self.firm).save()

    def test_a_value_is_not_hidden_from_those_who_have_it(self):
        self.crops.applies_to = "persons"
        self.assertTrue(
            Form(self.firm)._get_modifier(self.crops.technical_name, "invisible")
        )
        self.firm[self.crops.technical_name] = self.soy
        self.assertFalse(
            Form(self.firm)._get_modifier(self.crops.technical_name, "invisible")
        )

    def test_views_follow_the_language_and_changes(self):
        self.assertIn("Main Crop", self.Partner.get_view(view_type="search")["arch"])
        self.env["res.lang"]._activate_lang("es_ES")
        self.crops.with_context(lang="es_ES").name = "Cultivo"
        spanish = self.Partner.with_context(lang="es_ES")
        self.assertIn("Cultivo", spanish.get_view(view_type="search")["arch"])


@tagged("post_install", "-at_install")
class TestKeyFieldsInOdoo(KeyFieldsCommon):
    """What works on any field works on key fields."""

    def test_filter_and_group(self):
        name = self.crops.technical_name
        self.firm[name] = self.soy
        self.assertEqual(self.Partner.search([(name, "=", "Soy")]), self.firm)
        both = self.firm + self.person
        groups = self.Partner._read_group([("id", "in", both.ids)], [name], ["__count"])
        self.assertEqual(groups, [(self.soy, 1), (self.soy.browse(), 1)])
        self.firm[self.topics.technical_name] = self.weeds + self.water
        self.assertEqual(
            self.Partner.search([(self.topics.technical_name, "=", self.water.id)]),
            self.firm,
        )

    def _groups(self, groups, field, *others):
        """Return what a client is told of groups, and whom each of them opens."""
        name = field.technical_name
        everybody = [("id", "in", (self.firm + self.person).ids)]
        return [
            (
                group[name] and group[name][1],
                *(group[other] for other in others),
                self.Partner.search([*everybody, *group["__extra_domain"]]),
            )
            for group in groups
        ]

    def test_pivots_group_by_a_choice(self):
        crop, trees = self.crops.technical_name, f"{self.trees.technical_name}:sum"
        self.firm.write({crop: self.soy.id, self.trees.technical_name: 3})
        both = self.firm + self.person
        groups = self.Partner.formatted_read_group(
            [("id", "in", both.ids)], [crop], ["__count", trees]
        )
        self.assertEqual(
            self._groups(groups, self.crops, "__count", trees),
            [("Soy", 1, 3, self.firm), (False, 1, 0, self.person)],
        )
        self.person[crop] = self.soy
        [group] = self.Partner.formatted_read_group(
            [("id", "in", both.ids)], [crop], ["__count"]
        )
        self.assertEqual((group[crop][1], group["__count"]), ("Soy", 2))

    def test_pivots_group_by_several_choices(self):
        """Whoever has two values counts in both groups, and once in the total."""
        topic = self.topics.technical_name
        self.firm[topic] = self.weeds + self.water
        self.person[topic] = self.water
        both = self.firm + self.person
        totals, groups = self.Partner.formatted_read_grouping_sets(
            [("id", "in", both.ids)], [[], [topic]], ["__count"]
        )
        self.assertEqual([group["__count"] for group in totals], [2])
        self.assertEqual(
            self._groups(groups, self.topics, "__count"),
            [("Weeds", 1, self.firm), ("Water", 2, both)],
        )

    def test_pivots_cross_two_key_fields(self):
        crop, topic = self.crops.technical_name, self.topics.technical_name
        self.firm.write({crop: self.soy.id, topic: (self.weeds + self.water).ids})
        groups = self.Partner._read_group(
            [("id", "=", self.firm.id)], [crop, topic], ["__count"]
        )
        self.assertEqual(groups, [(self.soy, self.weeds, 1), (self.soy, self.water, 1)])

    def test_groups_in_lists_and_on_cards(self):
        for field, value in ((self.crops, self.soy), (self.topics, self.water)):
            name = field.technical_name
            self.firm[name] = value
            result = self.Partner.web_read_group(
                [("id", "=", self.firm.id)], [name], auto_unfold=True
            )
            [group] = result["groups"]
            self.assertEqual(group[name], (value.id, value.name))
            self.assertEqual(group["__count"], 1)

    def test_what_pivots_offer(self):
        described = self.Partner.fields_get(attributes=["groupable", "aggregator"])
        for field in self.key_fields:
            with self.subTest(field.name):
                self.assertTrue(described[field.technical_name]["groupable"])
        self.assertEqual(described[self.trees.technical_name]["aggregator"], "sum")

    def test_unknown_is_neither_yes_nor_no(self):
        name = self.irrigates.technical_name
        self.firm[name] = "no"
        self.assertEqual(self.Partner.search([(name, "=", "no")]), self.firm)
        self.assertFalse(self.person[name])
        self.assertEqual(
            self.Partner.fields_get([name])[name]["selection"],
            [("yes", "Yes"), ("no", "No")],
        )

    def test_import_and_export_by_name(self):
        """“Other” is a value of two key fields: each column finds its own."""
        fields = self.crops + self.topics + self.irrigates + self.trees + self.founded
        names = fields.mapped("technical_name")
        row = ["Other", "Weeds,Other", "Yes", "12.5", "1990-05-01"]
        result = self.Partner.load(["name", *names], [["Imported", *row]])
        self.assertFalse(result["messages"])
        partner = self.Partner.browse(result["ids"])
        self.assertEqual(partner[names[0]], self.other)
        self.assertEqual(partner[names[1]], self.weeds + self.other_topic)
        self.assertEqual(self._band_names(partner), ["from 10", "from 1"])
        self.assertEqual(
            [str(cell) for cell in partner.export_data(names)["datas"][0]],
            ["Other", "Weeds,Other", "Yes", "12.5", "1990-05-01"],
        )

    def _band_names(self, partner):
        bands = self.age_band + self.tree_band
        return [partner[band.technical_name].name for band in bands]

    def test_an_import_of_no_value_says_so(self):
        result = self.Partner.load(
            ["name", self.crops.technical_name], [["Imported", "Rice"]]
        )
        self.assertFalse(result["ids"])
        self.assertIn("Rice", result["messages"][0]["message"])

    def test_placeholders_of_e_mails(self):
        self.firm[self.crops.technical_name] = self.soy
        body = self.env["mail.render.mixin"]._render_template(
            f"<p>Your {{{{ object.{self.crops.technical_name}.name }}}}</p>",
            "res.partner",
            self.firm.ids,
        )
        self.assertEqual(body[self.firm.id], "<p>Your Soy</p>")

    def test_marketing_writes_of_key_fields(self):
        marketing = new_test_user(
            self.env, "key_marketing", "mass_mailing.group_mass_mailing_user"
        )
        self.firm[self.crops.technical_name] = self.soy
        mailing = self._mailing(marketing, f"{self.crops.technical_name}.name")
        body = mailing._render_field("body_html", self.firm.ids)
        self.assertEqual(body[self.firm.id], "<p>Your Soy</p>")
        self._mailing(marketing, self.slogan.technical_name)
        with self.assertRaises(AccessError):
            self._mailing(marketing, "vat")

    def test_placeholders_that_are_offered(self):
        """Odoo offers a field if the field by itself may be written."""
        offered = self.Partner.mail_allowed_qweb_expressions()
        for field in self.key_fields:
            self.assertEqual(
                f"object.{field.technical_name}" in offered,
                field.type != "choices",
                field.type,
            )

    def _mailing(self, user, expression):
        values = {
            "subject": "Soy",
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "body_html": f'<p>Your <t t-out="object.{expression}"></t></p>',
        }
        return self.env["mailing.mailing"].with_user(user).create(values)

    def test_a_mailing_by_key_field(self):
        self.firm[self.crops.technical_name] = self.soy
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "Soy",
                "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
                "mailing_domain": repr([(self.crops.technical_name, "=", self.soy.id)]),
            }
        )
        self.assertEqual(mailing._get_recipients(), self.firm.ids)

    def test_the_web_client_reads_them(self):
        employee = new_test_user(self.env, "key_employee", "base.group_user")
        name = self.crops.technical_name
        self.firm[name] = self.soy
        [values] = self.firm.with_user(employee).web_read(
            {name: {"fields": {"display_name": {}}}}
        )
        self.assertEqual(values[name], {"id": self.soy.id, "display_name": "Soy"})


@tagged("post_install", "-at_install")
class TestCompleteness(KeyFieldsCommon):
    """How complete contacts are, and what they miss."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.crops.requirement = "mandatory"
        cls.slogan.write({"requirement": "recommended", "applies_to": "companies"})
        cls.topics.requirement = "recommended"

    def _search(self, operator, value):
        domain = [
            ("id", "in", (self.firm + self.person).ids),
            ("segmentation_completeness", operator, value),
        ]
        return self.Partner.search(domain)

    def test_what_counts(self):
        self.assertEqual(self.firm.segmentation_completeness, 0)
        self.assertEqual(
            self.firm.segmentation_missing_fields, "Main Crop, Topics, Slogan"
        )
        self.firm[self.topics.technical_name] = self.weeds
        self.assertEqual(self.firm.segmentation_completeness, 33)
        self.assertEqual(self.person.segmentation_missing_fields, "Main Crop, Topics")
        self.person[self.crops.technical_name] = self.soy
        self.assertEqual(self.person.segmentation_completeness, 50)

    def test_nothing_asked_is_complete(self):
        (self.crops + self.topics + self.slogan).requirement = "optional"
        self.firm.invalidate_recordset()
        self.assertEqual(self.firm.segmentation_completeness, 100)
        self.assertFalse(self.firm.segmentation_missing_fields)
        self.assertEqual(self._search("=", 100), self.firm + self.person)

    def test_search_in_every_way(self):
        self.firm[self.crops.technical_name] = self.soy
        self.person[self.topics.technical_name] = self.water
        both = self.firm + self.person
        nobody = self.Partner
        for operator, value, found in (
            ("<", 50, self.firm),
            ("<=", 50, both),
            (">", 33, self.person),
            (">=", 33, both),
            ("=", 33, self.firm),
            ("!=", 33, self.person),
            ("in", [33, 50], both),
            ("not in", [33, 50], nobody),
            ("=", 100, nobody),
        ):
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self._search(operator, value).sorted("id"), found)

    def test_sql_and_python_agree(self):
        bolivia = self.env.ref("base.bo")
        self.slogan.write({"country_ids": bolivia, "applies_to": "both"})
        self.topics.customers_only = True
        self.trees.requirement = self.irrigates.requirement = "recommended"
        partners = self.Partner.create(
            [
                {
                    "name": f"{country} {rank} {value}",
                    "country_id": country,
                    "customer_rank": rank,
                    self.crops.technical_name: value and self.soy.id,
                    self.slogan.technical_name: value,
                    self.trees.technical_name: rank,
                }
                for country in (False, bolivia.id, self.env.ref("base.be").id)
                for rank in (0, 3)
                for value in (False, "Text")
            ]
        )
        partners += self.Partner.create({"name": "Child", "parent_id": partners[1].id})
        groups = self.Partner._read_group(
            [("id", "in", partners.ids)],
            ["segmentation_completeness"],
            ["id:recordset"],
        )
        self.assertGreater(len(groups), 3)
        for completeness, found in groups:
            self.assertEqual(
                set(found.mapped("segmentation_completeness")), {completeness}
            )

    def test_sorting(self):
        self.firm[self.crops.technical_name] = self.soy
        for order, first in (("", self.person), (" desc", self.firm)):
            found = self.Partner.search(
                [("id", "in", (self.firm + self.person).ids)],
                order=f"segmentation_completeness{order}",
            )
            self.assertEqual(found[0], first)
        description = self.Partner.fields_get(["segmentation_completeness"])
        description = description["segmentation_completeness"]
        self.assertTrue(description["sortable"] and description["groupable"])

    def test_queries_do_not_grow_with_contacts(self):
        partners = self.Partner.create([{"name": f"P {n}"} for n in range(100)])
        counts = []
        for batch in (partners[:1], partners):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.cr.sql_log_count
            batch.mapped("segmentation_missing_fields")
            counts.append(self.cr.sql_log_count - start)
        self.assertEqual(*counts)

    def test_records_to_complete(self):
        seller = new_test_user(
            self.env, "key_seller", "agro_segmentation.group_segmentation_user"
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "agro_segmentation.res_partner_action_incomplete"
        )
        self.assertEqual(action["domain"], "[('segmentation_completeness', '<', 100)]")
        self.firm.user_id = seller
        mine = self.Partner.with_user(seller).search(
            [("segmentation_completeness", "<", 100), ("user_id", "=", seller.id)]
        )
        self.assertEqual(mine, self.firm)
        outsider = new_test_user(self.env, "key_outsider", "base.group_user")
        with self.assertRaises(AccessError):
            self.firm.with_user(outsider).read(["segmentation_completeness"])
