from odoo import api, fields, models
from odoo.fields import Domain


class ResPartner(models.Model):
    _inherit = "res.partner"

    @api.readonly
    def get_segmentation_header(self):
        """Return what the form shows of the customer at a glance.

        All in the current company and its reference harvest, with the user's rights:
        what he may not read is empty.
        """
        self.ensure_one()
        self.env["segmentation.timeline"]._check_user()
        self.check_access("read")
        return {
            **self._segmentation_header_position(),
            "last_contact": self._segmentation_header_contact(),
            "next_activity": self._segmentation_header_activity(),
            "completeness": self.segmentation_completeness,
            "missing": self.segmentation_missing_fields,
        }

    def _segmentation_header_position(self):
        """Return quadrant and share, and gap and relation by business unit."""
        position = self.segmentation_position_id
        label = self.env["segmentation.timeline"]._label
        return {
            "quadrant": bool(position)
            and [position.quadrant, label(position, "quadrant")],
            "relation": label(self, "segmentation_relation"),
            "harvest": position.harvest_id.name,
            "currency_id": position.currency_id.id,
            "share": bool(position.potential) and position.share,
            "units": self._segmentation_header_units(position),
        }

    def _segmentation_header_units(self, position):
        """Return gap and relation of each unit with either, the largest gap first."""
        gaps = self._segmentation_gaps(position)
        rows = self.segmentation_relation_ids.filtered("unit_id").grouped("unit_id")
        label = self.env["segmentation.timeline"]._label
        units = [
            {
                "id": unit.id,
                "name": unit.name or self.env._("No unit"),
                "gap": gaps.get(unit, False),
                "relation": unit in rows and label(rows[unit], "relation"),
            }
            for unit in {**gaps, **rows}
        ]
        return sorted(units, key=lambda unit: unit["gap"], reverse=True)

    @api.model
    def _segmentation_gaps(self, position):
        """Return the gap of a position by unit, over its zones, where there is one."""
        sums = self.env["segmentation.position.line"]._read_group(
            [("position_id", "=", position.id)],
            ["unit_id"],
            ["potential:sum", "billing:sum"],
        )
        return {
            unit: potential - billing for unit, potential, billing in sums if potential
        }

    def _segmentation_header_contact(self):
        if not self.segmentation_last_contact:
            return False
        label = self.env["segmentation.timeline"]._label
        return {
            "date": fields.Datetime.to_string(self.segmentation_last_contact),
            "kind": label(self, "segmentation_last_contact_kind"),
        }

    def _segmentation_header_activity(self):
        """Return the next thing to do for the customer, on any of its documents."""
        activity = self.env["mail.activity"].search(
            self._segmentation_activity_domain(), order="date_deadline, id"
        )[:1]
        if not activity:
            return False
        return {
            "date": fields.Date.to_string(activity.date_deadline),
            "state": activity.state,
            "name": activity.display_name,
            "user": activity.user_id.name,
            "res_model": activity.res_model,
            "res_id": activity.res_id,
        }

    def _segmentation_activity_domain(self):
        timeline = self.env["segmentation.timeline"]
        contacts = timeline._contacts(self.id)
        return Domain.OR(
            Domain("res_model", "=", documents._name)
            & Domain("res_id", "in", documents._search([(field, "in", contacts.ids)]))
            for documents, field in timeline._installed_documents()
            if documents.has_access("read")
        )

    @api.readonly
    def action_open_segmentation_timeline(self):
        """Open the customer's timeline on a page of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.client",
            "tag": "agro_segmentation.timeline",
            "name": self.env._("Timeline of %s", self.commercial_partner_id.name),
            "params": {"partner_id": self.id},
        }
