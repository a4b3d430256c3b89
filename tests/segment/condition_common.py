from odoo import Command

from .common import SegmentCommon


class ConditionCommon(SegmentCommon):
    """Customers of whom one has a contact, and a second company in pounds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.group_ids += cls.env.ref("sales_team.group_sale_manager")
        cls.company.segmentation_harvest_id = cls.summer_25
        cls.east_farmer = cls._customer("Agro Este")
        cls.west_farmer = cls._customer("Agro Oeste")
        cls.ana = cls.env["res.partner"].create(
            {"name": "Ana", "parent_id": cls.farmer.id}
        )
        cls.nobody = cls.env["res.partner"]

    @classmethod
    def _other_company(cls):
        """Return a company in pounds where the same customers buy, and Mia works."""
        data = cls.setup_other_company(name="Second", currency_id=cls._pounds().id)
        cls.other_journal = data["default_journal_sale"]
        other = data["company"]
        cls.env.user.company_ids |= other
        cls.mia.company_ids |= other
        other.segmentation_harvest_id = cls._harvests(other)[-1]
        return other

    @classmethod
    def _pounds(cls):
        pounds = cls.env.ref("base.GBP")
        pounds.active = True
        return pounds

    @classmethod
    def _other_invoice(cls, partner, amount, date, product=None):
        """Post an invoice of the other company."""
        move = (
            cls.env["account.move"]
            .with_company(cls.other_journal.company_id)
            .create(
                {
                    "move_type": "out_invoice",
                    "journal_id": cls.other_journal.id,
                    "partner_id": partner.id,
                    "invoice_date": date,
                    "invoice_line_ids": [
                        Command.create(
                            {
                                "product_id": (product or cls.seed).id,
                                "price_unit": amount,
                                "tax_ids": False,
                            }
                        )
                    ],
                }
            )
        )
        move.action_post()
        return move

    @classmethod
    def _follow(cls):
        """Do all that the jobs do: segments that are due as well."""
        result = super()._follow()
        for segment in cls.env["segmentation.segment"].sudo()._due():
            segment._attempt(segment._rebuild)
        return result

    def assertFinds(self, condition, expected, **values):
        """A segment of the one condition has these members, and is told of changes.

        What is found of each contact alone is what is found of everybody.

        :return: the segment
        """
        self._refresh(self.env["res.company"].search([]))
        self._follow()
        segment = self._segment(condition, **values)
        self.assertMembers(segment, expected)
        self.assertSameByContact(segment)
        return segment

    def assertFindsAndSays(self, condition, expected, sentence, **values):
        """As :meth:`assertFinds`, and the condition is put into these words."""
        segment = self.assertFinds(condition, expected, **values)
        self.assertEqual(segment.condition_ids.sentence, sentence)
        return segment

    def assertSameByContact(self, segment):
        """The rule finds the same, with the same reasons, of one contact at a time."""
        everybody = self._found_by(segment, segment._scope(self._everybody().ids))
        alone = {}
        for partner in self._everybody():
            alone |= self._found_by(segment, segment._scope(partner.ids))
        self.assertEqual(everybody, alone)
        self.assertEqual(
            everybody.keys(),
            set(
                segment.membership_ids.filtered(lambda m: not m.date_to).partner_id.ids
            ),
        )

    def _everybody(self):
        """Return all contacts of the test."""
        return self.env["res.partner"].search(
            [("id", ">=", self.farmer.id), ("partner_share", "=", True)]
        )

    def _found_by(self, segment, scope):
        """Return what the rule finds in a scope: ``{contact id: why}``."""
        self.env.flush_all()
        rows = self.env.execute_query(segment._rule_self()._ruled(scope))
        return {partner: why for _segment, partner, why in rows}

    def _reason(self, segment, partner):
        """Return why the contact is a member of the segment now."""
        row = segment.membership_ids.filtered(
            lambda row: row.partner_id == partner and not row.date_to
        )
        return self._plain(row.reason)

    def _sentence(self, segment):
        return self._plain(segment.sentence)

    def _plain(self, text):
        """Return the text without what keeps amounts from being broken over lines."""
        text = text.replace("\N{ZERO WIDTH NO-BREAK SPACE}", "")
        return text.replace("\N{NO-BREAK SPACE}", " ")
