"""The public methods of ours: what anybody who can log in may call over the network."""

import inspect

from odoo.service.model import call_kw, get_public_method

from .full_dealer import FullDealer

MODULE = "odoo.addons.agro_segmentation."
#: what to call a method with that wants arguments
ARGUMENTS = {
    "action_from_search": ("res.partner", [("city", "=", "Montero")]),
    "get_events": (1,),
    "is_member": ([1],),
}


class PublicMethods(FullDealer):
    """Finds them in the registry, so a new one is tried without a word here."""

    def _methods(self):
        """Return {method: names of the models that have it}, of ours and public."""
        methods = {}
        for model in self.env.registry:
            for name in self._names(type(self.env[model])):
                # no record of an abstract model can be named
                if not self.env[model]._abstract or self._is_of_model(model, name):
                    methods.setdefault(name, []).append(model)
        return methods

    def _names(self, model):
        """Return the names of the public methods of a model that only we define."""
        ours, others = set(), set()
        for parent in model.mro():
            is_ours = parent.__module__.startswith(MODULE)
            names = ours if is_ours else others
            if is_ours or parent.__module__.startswith("odoo."):
                names.update(vars(parent))
        return {
            name
            for name in ours - others
            if not name.startswith("_")
            and inspect.isfunction(inspect.unwrap(getattr(model, name, None)))
            and not getattr(getattr(model, name), "_api_private", False)
        }

    def _is_of_model(self, model, name):
        method = get_public_method(self.env[model], name)
        return getattr(method, "_api_model", False)

    def _ids(self, model):
        """Return the id of a record of the dealer, or of a wizard somebody has open."""
        return self._dealer_s(model)[:1].ids

    def _dealer_s(self, model):
        """Return the records of the dealer, or the wizards somebody has open."""
        records = self.env[model].with_user(self.users["system"])
        if records._transient:
            return self._new(records)
        found = self._found(records.sudo())
        if "company_id" in found._fields:
            found = found.filtered(
                lambda one: not one.company_id or one.company_id == self.company
            )
        self.assertTrue(found, f"There is no {model}: add one to FullDealer")
        return found

    def _call(self, user, model, name, ids):
        """Call a method as over the network."""
        arguments = ARGUMENTS.get(name, ())
        if not self._is_of_model(model, name):
            arguments = (ids, *arguments)
        return call_kw(self.env[model].with_user(user), name, list(arguments), {})

    def _forbid_writing(self):
        """Let nothing be written until what is done is taken back, as on a replica.

        What was read before is forgotten: it is not for everybody.
        """
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute("SET TRANSACTION READ ONLY")
