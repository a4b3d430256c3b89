from contextlib import closing
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, new_test_user, tagged

from .key_fields_common import KeyFieldsCommon

MODULE = "odoo.addons.agro_segmentation.models.profile.field_column"


@tagged("post_install", "-at_install")
class TestKeyFieldColumns(KeyFieldsCommon):
    """Switching on, changing, archiving and deleting key fields."""

    def _columns(self):
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'res_partner' AND column_name LIKE 'x\\_segm%'"
        )
        return {name for (name,) in self.env.cr.fetchall()}

    # --- Switching on ---------------------------------------------------------------

    def test_each_type_becomes_a_field_of_contacts(self):
        kinds = {
            field.type: self.Partner._fields[field.technical_name].type
            for field in self.key_fields
        }
        self.assertEqual(
            kinds,
            {
                "choice": "many2one",
                "choices": "many2many",
                "number": "float",
                "date": "date",
                "yes_no": "selection",
                "text": "char",
                "band": "many2one",
            },
        )

    def test_a_key_field_has_no_column_before_it_is_switched_on(self):
        before = self._columns()
        field = self.Field.create({"name": "Irrigated Land", "type": "number"})
        self.assertEqual(field.state, "draft")
        self.assertEqual(self._columns(), before)
        field.action_switch_on()
        self.assertEqual(field.state, "on")
        self.assertEqual(self._columns() - before, {"x_segmentation_irrigated_land"})

    def test_other_workers_reload_their_registry(self):
        self.registry.registry_invalidated = False
        self.Field.create({"name": "Irrigated Land", "type": "text"})._switch_on()
        self.assertTrue(self.registry.registry_invalidated)

    def test_a_band_brings_its_source_along(self):
        source = self.Field.create({"name": "Silos", "type": "number"})
        self._band("Silos in Bands", source, (1, 5))._switch_on()
        self.assertEqual(source.state, "on")

    def test_several_are_switched_on_in_one_go(self):
        fields = self.Field.create(
            [{"name": f"Fact {number}", "type": "text"} for number in range(3)]
        )
        IrModelFields = self.registry["ir.model.fields"]
        with patch.object(
            IrModelFields, "create", autospec=True, side_effect=IrModelFields.create
        ) as create:
            fields._switch_on()
        self.assertEqual([len(call.args[1]) for call in create.call_args_list], [3])

    def test_choices_are_indexed(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'res_partner'"
            " AND indexdef LIKE '%%(x\\_segmentation\\_main\\_crop)%%'"
        )
        ((definition,),) = self.env.cr.fetchall()
        self.assertIn("IS NOT NULL", definition)

    def test_a_label_of_another_field_is_refused(self):
        draft = self.Field.create({"name": "Phone", "type": "text"})
        with self.assertRefused("already have a field “Phone”", UserError):
            draft._switch_on()
        with self.assertRefused("already have a field “Phone”", UserError):
            self.slogan.name = "Phone"

    # --- Names ----------------------------------------------------------------------

    def test_technical_names_follow_labels(self):
        labels = ["Tecnología (riego)", "Tecnología: riego", "农场", "x" * 80]
        fields = self.Field.create(
            [{"name": label, "type": "text"} for label in labels]
        )
        names = fields.mapped("technical_name")
        self.assertEqual(
            names[:3],
            [
                "x_segmentation_tecnologia_riego",
                "x_segmentation_tecnologia_riego_2",
                "x_segmentation_field",
            ],
        )
        self.assertLess(len(names[3]), 46)

    def test_a_technical_name_that_is_none_is_refused(self):
        for name in ("segmentation_soil", "x_segmentation_Soil", "x_segmentation_"):
            with self.assertRefused(f"“{name}” cannot be the technical name of “Soil”"):
                self.Field.create(
                    {"name": "Soil", "type": "text", "technical_name": name}
                )

    def test_what_a_column_is_made_of_is_fixed(self):
        for vals in (
            {"technical_name": "x_segmentation_other"},
            {"type": "text"},
            {"source_id": self.trees.id},
        ):
            with self.assertRefused("“Main Crop” is in use.*fixed", UserError):
                self.crops.write(vals)
        self.crops.write({"type": "choice", "name": "Crop in the Main"})

    def test_labels_follow_in_every_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.crops.with_context(lang="es_ES").write(
            {"name": "Cultivo principal", "help": "El de más hectáreas"}
        )
        spanish = self.Partner.with_context(lang="es_ES").fields_get(
            [self.crops.technical_name]
        )[self.crops.technical_name]
        self.assertEqual(spanish["string"], "Cultivo principal")
        self.assertEqual(spanish["help"], "El de más hectáreas")
        self.crops.update_field_translations("name", {"es_ES": "Cultivo"})
        self.crops.name = "Crop in the Main"
        labels = [
            self.Partner.with_context(lang=lang).fields_get(
                [self.crops.technical_name], ["string"]
            )[self.crops.technical_name]["string"]
            for lang in ("es_ES", "en_US")
        ]
        self.assertEqual(labels, ["Cultivo", "Crop in the Main"])

    def test_only_switching_on_makes_a_column(self):
        """Were it said by an import, views would ask contacts for what they lack."""
        fields = self.Field.with_user(self.env.ref("base.user_admin"))
        said = "Press “Switch On”"
        with self.assertRefused(said, UserError):
            fields.create({"name": "Pasture", "state": "on"})
        with self.assertRefused(said, UserError):
            fields.with_context(default_state="on").create({"name": "Pasture"})
        with self.assertRefused(said, UserError):
            fields.create({"name": "Pasture"}).state = "on"
        with self.assertRefused(said, UserError):
            self.crops.with_env(fields.env).state = "draft"

    def test_a_copy_is_a_draft_of_its_own(self):
        copy = self.crops.copy()
        self.assertEqual(copy.name, "Main Crop (copy)")
        self.assertEqual(copy.state, "draft")
        self.assertEqual(copy.technical_name, "x_segmentation_main_crop_copy")
        self.assertEqual(copy.value_ids.mapped("name"), ["Soy", "Maize", "Other"])

    # --- Descriptions that contradict themselves --------------------------------------

    def test_a_band_needs_a_number_or_date(self):
        with self.assertRefused("“Height” needs a key field to be derived from"):
            self.Field.create({"name": "Height", "type": "band"})
        with self.assertRefused("“Height” needs a key field to be derived from"):
            self._band("Height", self.slogan, (0,))
        with self.assertRefused("“Height” is not a band"):
            self.Field.create(
                {"name": "Height", "type": "text", "source_id": self.trees.id}
            )

    def test_a_band_cannot_be_mandatory(self):
        with self.assertRefused("make “Trees” mandatory or recommended instead"):
            self.tree_band.requirement = "mandatory"

    def test_only_choices_take_values(self):
        with self.assertRefused("“Height” takes no predefined values"):
            self.Field.create(self._values_of("Height", "number", ["Low"]))

    # --- Archiving and deleting -------------------------------------------------------

    def test_archiving_hides_and_keeps(self):
        self.firm[self.slogan.technical_name] = "We grow"
        self.slogan.active = False
        name = self.slogan.technical_name
        arch = self.Partner.get_view(view_type="form")["arch"]
        self.assertNotIn(name, arch)
        description = self.Partner.fields_get([name])[name]
        for attribute in ("searchable", "sortable", "groupable", "exportable"):
            self.assertFalse(description[attribute], attribute)
        self.slogan.active = True
        self.assertEqual(self.firm[name], "We grow")
        self.assertTrue(self.Partner.fields_get([name])[name]["exportable"])

    def test_merging_contacts_keeps_archived_key_fields(self):
        twin = self.Partner.create(
            {
                "name": "Agro Norte S.A.",
                "is_company": True,
                self.slogan.technical_name: "We grow",
                self.topics.technical_name: [(6, 0, self.weeds.ids)],
            }
        )
        self.slogan.active = False
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.firm | twin).ids, self.firm
        )
        self.assertEqual(self.firm[self.slogan.technical_name], "We grow")
        self.assertEqual(self.firm[self.topics.technical_name], self.weeds)

    def test_a_key_field_that_is_filled_in_is_not_deleted(self):
        self.firm[self.slogan.technical_name] = "We grow"
        self.firm.active = False
        with self.assertRefused("“Slogan” is filled in on 1 contacts", UserError):
            self.slogan.unlink()
        self.firm[self.slogan.technical_name] = False
        self.slogan.unlink()
        self.assertNotIn("x_segmentation_slogan", self._columns())
        self.assertNotIn("x_segmentation_slogan", self.Partner._fields)

    def test_a_source_is_not_deleted_under_its_band(self):
        with self.assertRefused("“Trees in Bands” is derived from “Trees”", UserError):
            self.trees.unlink()
        (self.trees + self.tree_band).unlink()
        self.assertFalse(
            self._columns() & {"x_segmentation_trees", "x_segmentation_trees_in_bands"}
        )

    def test_a_column_is_not_dropped_behind_its_key_field(self):
        with self.assertRefused("“Slogan” is a key field of contacts", UserError):
            self.slogan._columns().unlink()

    def test_deleting_with_values(self):
        self.firm.write(
            {
                self.crops.technical_name: self.soy.id,
                self.topics.technical_name: [(6, 0, self.weeds.ids)],
            }
        )
        fields = self.crops + self.topics
        values = fields.value_ids
        fields.action_delete_with_values()
        self.assertFalse(fields.exists())
        self.assertFalse(values.exists())
        self.assertNotIn("x_segmentation_main_crop", self._columns())
        self.env.cr.execute("SELECT to_regclass('x_segmentation_topics_rel')")
        self.assertEqual(self.env.cr.fetchone(), (None,))

    def test_caches_are_cleared_again_when_others_can_read_it(self):
        self.env.cr.postcommit.clear()
        with patch.object(type(self.env.registry), "clear_cache") as clear_cache:
            self.Field._clear_caches()
            clear_cache.assert_called_once()
            self.env.cr.postcommit.run()
        self.assertEqual(clear_cache.call_count, 2)

    def test_contacts_open_for_those_who_still_know_a_deleted_one(self):
        known = self._names(self.crops + self.topics)
        self.crops.action_delete_with_values()
        with patch.object(type(self.Field), "_switched_on_names", lambda _self: known):
            self.assertEqual(self.Field._switched_on(), self.topics)
            self.env["res.partner"].get_view(view_type="list")

    def _names(self, key_fields):
        return {field.id: field.technical_name for field in key_fields}

    def test_how_many_contacts_have_it(self):
        self.firm.write(
            {
                self.trees.technical_name: 3,
                self.topics.technical_name: [(6, 0, (self.weeds + self.water).ids)],
                self.slogan.technical_name: "We grow",
            }
        )
        self.person[self.trees.technical_name] = 0
        counts = dict(
            zip(
                self.key_fields.mapped("name"),
                self.key_fields.mapped("filled_count"),
                strict=True,
            )
        )
        filled = {name for name, count in counts.items() if count == 1}
        self.assertEqual(filled, {"Trees", "Topics", "Slogan", "Trees in Bands"})
        self.assertEqual(sum(counts.values()), 4)

    # --- Rights -----------------------------------------------------------------------

    def test_only_administrators_describe_key_fields(self):
        marketing = new_test_user(
            self.env, "key_marketing", "agro_segmentation.group_segmentation_marketing"
        )
        administrator = new_test_user(
            self.env,
            "key_administrator",
            "agro_segmentation.group_segmentation_administrator",
        )
        draft = self.Field.with_user(administrator).create(
            {"name": "Irrigated Land", "type": "text"}
        )
        for action in ("action_switch_on", "action_delete_with_values"):
            with self.assertRaises(AccessError):
                getattr(draft.with_user(marketing), action)()
        draft.action_switch_on()
        self.assertEqual(draft.state, "on")
        self.assertEqual(draft.with_user(marketing).name, "Irrigated Land")
        with self.assertRaises(AccessError):
            draft.with_user(marketing).name = "Other"
        draft.action_delete_with_values()
        self.assertFalse(draft.exists())

    def test_portal_users_do_not_see_them(self):
        portal = new_test_user(self.env, "key_portal", "base.group_portal")
        portal.partner_id[self.slogan.technical_name] = "Angry"
        names = portal.partner_id.with_user(portal).fields_get()
        self.assertFalse([name for name in names if name.startswith("x_segmentation")])
        with self.assertRaises(AccessError):
            portal.partner_id.with_user(portal).read([self.slogan.technical_name])


@tagged("post_install", "-at_install")
class TestBusyContacts(TransactionCase):
    """On its own: contacts must be free for another transaction to work on them."""

    def test_busy_contacts_are_not_waited_for(self):
        """A sentence after a moment, and nothing changed."""
        draft = self.env["segmentation.field"].create(
            {"name": "Irrigated Land", "type": "text"}
        )
        with (
            closing(self.registry._db.cursor()) as other,
            patch(f"{MODULE}.LOCK_TIMEOUT", "50ms"),
        ):
            other.execute("SELECT FROM res_partner LIMIT 1")
            with self.assertRaisesRegex(UserError, "are busy.*try again"):
                draft._switch_on()
        self.assertEqual(draft.state, "draft")
        self.assertNotIn(draft.technical_name, self.env["res.partner"]._fields)
