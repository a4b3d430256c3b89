from odoo.tests import tagged

from .common import RelationCommon


@tagged("post_install", "-at_install")
class TestRelationFold(RelationCommon):
    """When customers become one, nothing said by hand is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.source = cls._customer("Source")
        cls.seller, cls.other_seller = cls._user("fold_a"), cls._user("fold_b")

    def _set(self, partner, unit, relation, minute=0, until=False):
        """Say it, so many minutes after the hour."""
        row = self.env["segmentation.relation"]._set_manual(
            partner, unit, relation, f"{partner.name} told so", until
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE segmentation_relation SET manual_date = date_trunc('hour', "
            "manual_date) + make_interval(mins => %s) WHERE id = %s",
            [minute, row.id],
        )
        self.env.invalidate_all()
        return row

    def test_purchases_and_offers_add_up(self):
        self._invoice(self.farmer, 10, self._ago(years=2))
        self._invoice(self.source, 20, self.today)
        self._opportunity(self.source, self.unit_machines)
        self._refresh()
        self._merge(self.farmer, self.source)
        self.assertEqual(
            self._relations(self.farmer),
            {
                self.unit_inputs: "customer",
                self.unit_machines: "prospect",
                self.whole: "customer",
            },
        )
        row = self._row(self.farmer, self.unit_inputs)
        self.assertEqual(row.date_first, self._ago(years=2))
        self.assertEqual(row.date_last, self.today)

    def test_what_was_said_of_the_source_moves(self):
        self._invoice(self.farmer, 10, self.today)
        self._refresh()
        self._set(self.source, self.unit_inputs, "competitor")
        self._merge(self.farmer, self.source)
        row = self._row(self.farmer, self.unit_inputs)
        self.assertRecordValues(
            row,
            [
                {
                    "manual": "competitor",
                    "manual_reason": "Source told so",
                    "manual_user_id": self.env.uid,
                    "relation": "competitor",
                }
            ],
        )
        self.assertEqual(len(self._rows(self.farmer)), 2)

    def test_said_of_the_destination_alone_stays(self):
        self._invoice(self.source, 10, self.today)
        self._set(self.farmer, self.unit_inputs, "competitor")
        self._refresh()
        self._merge(self.farmer, self.source)
        row = self._row(self.farmer, self.unit_inputs)
        self.assertEqual((row.manual, row.inferred), ("competitor", "customer"))

    def test_said_of_both_the_newer_stays_and_the_chatter_tells(self):
        self._set(self.farmer, self.unit_inputs, "competitor", minute=1)
        self._set(self.source, self.unit_inputs, "customer", minute=2)
        self._set(self.farmer, self.unit_machines, "competitor", minute=2)
        self._set(self.source, self.unit_machines, "customer", minute=1)
        self._merge(self.farmer, self.source)
        relations = self._relations(self.farmer)
        self.assertEqual(relations[self.unit_inputs], "customer")
        self.assertEqual(relations[self.unit_machines], "competitor")
        told = " ".join(self.farmer.message_ids.mapped("body"))
        self.assertRegex(
            told,
            "Inputs.*“Customer” .*Source told so.* stays; "
            "“Competitor's customer” .*Agro Norte told so.* gives way".replace(
                "'", "(?:'|&#39;)"
            ),
        )
        self.assertRegex(told, "Machines.*Agro Norte told so.* stays")

    def test_what_holds_goes_before_what_is_over(self):
        self._set(self.farmer, self.unit_inputs, "competitor", minute=1)
        over = self._set(self.source, self.unit_inputs, "customer", minute=2)
        self.env.cr.execute(
            "UPDATE segmentation_relation SET manual_until = %s WHERE id = %s",
            [self._yesterday(), over.id],
        )
        self.env.invalidate_all()
        self._merge(self.farmer, self.source)
        self.assertEqual(self._row(self.farmer, self.unit_inputs).manual, "competitor")

    def test_salespeople_of_units(self):
        relations = self.env["segmentation.relation"]
        relations._set_salesperson(self.farmer, self.unit_inputs, self.seller)
        for unit in (self.unit_inputs, self.unit_machines):
            relations._set_salesperson(self.source, unit, self.other_seller)
        self._merge(self.farmer, self.source)
        rows = self._rows(self.farmer)
        self.assertEqual(
            {row.unit_id: row.user_id for row in rows if row.unit_id},
            {self.unit_inputs: self.seller, self.unit_machines: self.other_seller},
        )

    def test_several_sources_at_once(self):
        third = self._customer("Third")
        self._set(self.source, self.unit_inputs, "competitor", minute=2)
        self._set(third, self.unit_inputs, "prospect", minute=3)
        self._merge(self.farmer, self.source, third)
        self.assertEqual(self._row(self.farmer, self.unit_inputs).manual, "prospect")
        self.assertEqual(len(self._rows(self.farmer)), 2)

    def test_merge_within_a_customer(self):
        """Contacts have no relations of their own: those of the customer stay."""
        contacts = self.env["res.partner"].create(
            [{"name": name, "parent_id": self.farmer.id} for name in ("Ana", "Eva")]
        )
        self._set(self.farmer, self.unit_inputs, "competitor")
        self._invoice(contacts[0], 10, self.today)
        self._merge(contacts[1], contacts[0])
        self.assertEqual(self._relations(self.farmer)[self.unit_inputs], "competitor")
        self.assertFalse(self._rows(contacts[1]))

    def test_changes_move_along(self):
        self._set(self.source, self.unit_inputs, "competitor")
        self._merge(self.farmer, self.source)
        self.assertIn(
            (self.unit_inputs, "unknown", "competitor"), self._changes(self.farmer)
        )

    def test_a_customer_that_becomes_a_contact_brings_what_was_said(self):
        person = self.env["res.partner"].create({"name": "Pedro"})
        self._invoice(person, 10, self.today)
        self._set(person, self.unit_machines, "competitor")
        self._refresh()
        self.assertTrue(self._rows(person))
        person.parent_id = self.farmer
        self.assertEqual(
            self._relations(self.farmer),
            {
                self.unit_inputs: "customer",
                self.unit_machines: "competitor",
                self.whole: "customer",
            },
        )
        self.assertFalse(self._rows(person))

    def test_the_refresh_of_everybody_finds_who_was_missed(self):
        person = self.env["res.partner"].create({"name": "Pedro"})
        self._set(person, self.unit_machines, "competitor")
        self._refresh()
        person.parent_id = self.farmer
        self.env.cr.execute("DELETE FROM segmentation_refresh_mark")
        self.env["segmentation.refresh"]._mark_companies(self.company)
        self.assertEqual(
            self._relations(self.farmer),
            {self.unit_machines: "competitor", self.whole: "competitor"},
        )
        self.assertFalse(self._rows(person))

    def test_a_deleted_customer_takes_its_relations_along(self):
        row = self._set(self.source, self.unit_inputs, "competitor")
        self.source.unlink()
        self.assertFalse(row.exists())
