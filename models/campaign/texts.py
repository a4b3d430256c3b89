from odoo import fields


class Texts(dict):
    """Texts by name, for messages: there each is read like a field of the contact.

    One that is not there is empty, so that the message writes its fallback instead.
    """

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name, "")


class TextsField(fields.Json):
    """Texts by name; always there, though perhaps none in it.

    Odoo reads placeholders without code step by step, from a record and from what its
    field holds: an empty value would be an error there.
    """

    def convert_to_record(self, value, record):
        return Texts(value or {})
