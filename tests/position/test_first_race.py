"""What exists once a company is made once, however many sessions find it missing."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..race import RaceCommon


@tagged("post_install", "-at_install")
class TestFirstRace(RaceCommon):
    def setUp(self):
        super().setUp()
        self.company = self._commit(
            lambda env: env["res.company"].create({"name": "Race Dealer"})
        )

    def _race_of(self, model):
        """Return what two sessions got that both asked for the company's own."""

        def first(env):
            return env[model]._of(self.company.with_env(env))

        late = self._race(first, first)
        with self.registry.cursor() as cr:
            found = self._env_of(cr)[model].search(
                [("company_id", "=", self.company.id)]
            )
            return late.ids, found.ids

    def test_a_company_has_its_refresh_from_the_start(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT FROM segmentation_refresh WHERE company_id = %s",
                [self.company.id],
            )
            self.assertEqual(cr.rowcount, 1)

    def test_the_first_refresh(self):
        with self.registry.cursor() as cr:
            cr.execute(
                "DELETE FROM segmentation_refresh WHERE company_id = %s",
                [self.company.id],
            )
        late, found = self._race_of("segmentation.refresh")
        self.assertEqual(late, found)
        self.assertEqual(len(found), 1)

    def test_the_default_policy(self):
        late, found = self._race_of("segmentation.policy")
        self.assertEqual(late, found)
        self.assertEqual(len(found), 1)

    def test_a_policy_saved_twice(self):
        def policy(env):
            return env["segmentation.policy"].create({"company_id": self.company.id})

        with self.assertRaisesRegex(ValidationError, "Somebody else has just saved"):
            self._race(policy, policy)
