from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class SegmentationSqlState(models.AbstractModel):
    """What one SQL expression tells of a row: to read, search, sort and group by.

    It hangs on records of others, such as activities and opportunities, whose writing
    must not be slowed by keeping a copy in step. It is told whatever the user may read
    of those records: how far they came is no secret to who sees the row.
    """

    _name = "segmentation.sql.state"
    _description = "States Told by SQL"

    @api.model
    def _state_sql(self, name, alias):
        """Return the SQL of what a field tells of the row ``alias``, flushed.

        :param str name: of a field computed by :meth:`_compute_states`
        """

    def _compute_states(self):
        """Compute all states of the records in one statement."""
        names = [name for name in self._fields if self._is_state(name)]
        rows = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM %s WHERE id = ANY(%s)",
                SQL(", ").join(self._state_sql(name, self._table) for name in names),
                SQL.identifier(self._table),
                self._origin.ids,
            )
        )
        states = {id_: values for id_, *values in rows}
        for record in self:
            values = states.get(record._origin.id, [None] * len(names))
            for name, value in zip(names, values, strict=True):
                record[name] = value or False

    @api.model
    def _is_state(self, name):
        return self._fields[name].compute == "_compute_states"

    @api.model
    def _search_state(self, name, operator, value):
        """Return the domain of the records in one of the states; False: in none."""
        if operator != "in":
            return NotImplemented

        def to_sql(model, alias, _query):
            state = model._state_sql(name, alias)
            found = SQL("%s = ANY(%s)", state, [key for key in value if key])
            return SQL("(%s OR %s IS NULL)", found, state) if False in value else found

        return Domain.custom(to_sql=to_sql)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let the states be sorted and grouped by."""
        if field_expr not in self._fields or not self._is_state(field_expr):
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return self._state_sql(field_expr, alias)
