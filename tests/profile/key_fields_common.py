from odoo import Command
from odoo.exceptions import ValidationError

from odoo.addons.base.tests.common import BaseCommon

from ..refusals import Refusals


class KeyFieldsCommon(Refusals, BaseCommon):
    """A key field of each type, switched on, and a company with a person.

    Test mode lets `reset_changes`, which each test ends with, see what `setUpClass`
    made: key fields of a test leave the registry with it, those of the class with it.
    """

    refusal = ValidationError

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls._registry_patched:  # as it is in tests over HTTP
            cls.registry_enter_test_mode_cls()
        cls.addClassCleanup(setattr, cls.registry, "registry_invalidated", True)
        cls.Field = cls.env["segmentation.field"]
        cls.Partner = cls.env["res.partner"]
        cls.crops, cls.topics = cls.Field.create(
            [
                cls._values_of("Main Crop", "choice", ["Soy", "Maize", "Other"]),
                cls._values_of("Topics", "choices", ["Weeds", "Water", "Other"]),
            ]
        )
        cls.trees, cls.founded, cls.irrigates, cls.slogan = cls.Field.create(
            [
                {"name": "Trees", "type": "number"},
                {"name": "Founded On", "type": "date"},
                {"name": "Irrigates", "type": "yes_no"},
                {"name": "Slogan", "type": "text"},
            ]
        )
        cls.age_band = cls._band("Age of the Firm", cls.founded, (0, 10, 50))
        cls.tree_band = cls._band("Trees in Bands", cls.trees, (1, 100))
        cls.key_fields = (
            cls.crops
            + cls.topics
            + cls.trees
            + cls.founded
            + cls.irrigates
            + cls.slogan
            + cls.age_band
            + cls.tree_band
        )
        cls.key_fields._switch_on()
        cls.soy, cls.maize, cls.other = cls.crops.value_ids
        cls.weeds, cls.water, cls.other_topic = cls.topics.value_ids
        cls.firm = cls.Partner.create({"name": "Agro Norte", "is_company": True})
        cls.person = cls.Partner.create({"name": "Ana", "parent_id": cls.firm.id})

    def setUp(self):
        self.addCleanup(self.registry.reset_changes)
        super().setUp()

    @classmethod
    def _values_of(cls, name, kind, values):
        return {
            "name": name,
            "type": kind,
            "value_ids": [Command.create({"name": value}) for value in values],
        }

    @classmethod
    def _band(cls, name, source, bounds):
        """Return a band with a value for each lower bound, named after it."""
        return cls.Field.create(
            {
                "name": name,
                "type": "band",
                "source_id": source.id,
                "value_ids": [
                    Command.create({"name": f"from {bound}", "lower": bound})
                    for bound in bounds
                ],
            }
        )
