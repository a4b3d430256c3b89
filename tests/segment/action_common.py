from datetime import timedelta

from odoo import Command

from .common import SegmentCommon


class SegmentActionCommon(SegmentCommon):
    """A segment of who lives in Montero: Ana does, Bruno and Carla do not."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mia.group_ids += cls.env.ref("base.group_partner_manager")
        cls.ana, cls.bruno, cls.carla = cls.env["res.partner"].create(
            [
                {"name": name, "city": city, "email": f"{name.lower()}@example.com"}
                for name, city in (
                    ("Ana", "Montero"),
                    ("Bruno", "Warnes"),
                    ("Carla", "Warnes"),
                )
            ]
        )
        cls.effects = cls.env["segmentation.segment.effect"]
        cls.tag = cls.env["res.partner.category"].create({"name": "From Montero"})
        cls.segment = cls._segment([("city", "=", "Montero")])
        cls._later()

    @classmethod
    def _later(cls, **delta):
        """Let time pass, as it does between transactions; a minute by default."""
        cls.env.flush_all()
        cls.env.cr._now = cls.env.cr.now() + timedelta(**delta or {"minutes": 1})

    def setUp(self):
        super().setUp()
        self.addCleanup(setattr, self.env.cr, "_now", self.env.cr.now())

    def _action(self, user=None, **values):
        """Have the marketer, or another user, add an action; time passes."""
        action = (
            self.env["segmentation.segment.action"]
            .with_user(user or self.mia)
            .create({"segment_id": self.segment.id, **values})
        )
        self._later()
        return action

    def _tag_action(self, **values):
        """Return an action that adds the tag."""
        return self._action(
            **{"kind": "tag_add", "tag_ids": [Command.set(self.tag.ids)], **values}
        )

    def _move(self, partners, city="Montero"):
        """Let contacts move, and segments follow, before the job does what follows."""
        partners.write({"city": city})
        self._follow()
        self._later()

    def _execute(self):
        """Do what follows, as the job does, and what follows from that."""
        while self.effects.sudo()._execute_next():
            self._follow()
            self._later()
        self.env.invalidate_all()

    def _enter(self, partners):
        self._move(partners)
        self._execute()

    def _leave(self, partners):
        self._move(partners, "Warnes")
        self._execute()

    def assertEffects(self, action, expected):
        """Effects of the action are these: a list of names and states, oldest first."""
        effects = action.sudo().effect_ids.sorted("id")
        found = [(effect.partner_id.name, effect.state) for effect in effects]
        self.assertEqual(found, expected)
