from collections import defaultdict
from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..common.groups import USER

PAGE = 40
LONGEST_PAGE = 200


class Source(NamedTuple):
    """One sort of record that customers' timelines show.

    ``select`` and ``describe`` name methods of ``segmentation.timeline``: the first
    takes the contacts of the customer and returns a SELECT of id, date (UTC) and kind
    of the records that the user may read, the second takes the records of a page and
    returns what to show of each, by id.
    """

    model: str
    kinds: tuple
    select: str
    describe: str
    is_timed: bool = True


class SegmentationTimeline(models.AbstractModel):
    """Everything that happened with a customer and its contacts, newest first.

    Sources (:meth:`_sources`) are read by one UNION ALL. Each is the search of the
    *user* in its model, so that record rules hold, and brings a page at most; titles
    are then read through the ORM, with one read a model, which has the last word on
    rights. A source whose model is not installed is left out, one that the user has
    no access to is named in the answer.

    Other addons add a source by extending :meth:`_sources` and :meth:`_kinds`.
    """

    _name = "segmentation.timeline"
    _description = "Customer Timeline"

    @api.model
    @api.readonly
    def get_events(
        self,
        partner_id,
        kinds=None,
        date_from=None,
        date_to=None,
        before=None,
        limit=PAGE,
    ):
        """Return a page of what happened with the customer of a partner.

        The order is total: by date, source and id, all descending, so that pages
        neither overlap nor leave anything out.

        :param kinds: keys of the kinds wanted, all by default
        :param date_from: first day wanted, in the user's time zone, inclusive
        :param date_to: last day wanted, inclusive
        :param before: the ``next`` of the page before
        :return: ``events``; ``next``, false on the last page; ``kinds``, those there
            can be, and ``hidden``, the labels of those that rights hide in part or
            wholly
        """
        contacts = self._contacts(partner_id)
        sources, hidden = self._readable_sources()
        limit = min(max(int(limit), 1), LONGEST_PAGE)
        wanted = set(kinds or self._kinds())
        rows = self._fetch_rows(
            {
                key: source
                for key, source in sources.items()
                if wanted.intersection(source.kinds)
            },
            contacts,
            self._conditions(kinds, date_from, date_to, before),
            limit + 1,
        )
        has_more = len(rows) > limit
        rows = rows[:limit]
        return {
            "events": self._describe(sources, rows),
            "next": has_more and self._cursor(*rows[-1]),
            "kinds": self._shown_kinds(sources),
            "hidden": hidden,
        }

    # --- What there is ----------------------------------------------------------

    @api.model
    def _kinds(self):
        """Return ``{kind: (label, icon)}`` in the order of the filter."""
        return {}

    @api.model
    def _sources(self):
        """Return the sources by key; that of a missing model is not used."""
        return {}

    @api.model
    def _readable_sources(self):
        """Return usable sources, and the labels of kinds hidden at least in part."""
        readable, hidden = {}, set()
        for key, source in self._sources().items():
            if source.model not in self.env:
                continue
            if self.env[source.model].has_access("read"):
                readable[key] = source
            else:
                hidden.update(source.kinds)
        return readable, [
            label for kind, (label, _icon) in self._kinds().items() if kind in hidden
        ]

    @api.model
    def _shown_kinds(self, sources):
        """Return the kinds that the sources bring, for the filter."""
        available = {kind for source in sources.values() for kind in source.kinds}
        return [
            {"key": kind, "label": label, "icon": icon}
            for kind, (label, icon) in self._kinds().items()
            if kind in available
        ]

    @api.model
    def _contacts(self, partner_id):
        """Return the customer of a partner with all its contacts, archived ones too."""
        self._check_user()
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        return partner.with_context(active_test=False).search(
            [("commercial_partner_id", "=", partner.commercial_partner_id.id)]
        )

    @api.model
    def _check_user(self):
        if not self.env.user.has_group(USER):
            raise AccessError(
                self.env._(
                    "This is for users of Segmentation: ask an administrator for that"
                    " access."
                )
            )

    # --- Rows -------------------------------------------------------------------

    @api.model
    def _conditions(self, kinds, date_from, date_to, before):
        """Return what rows ``(date, source, id, kind)`` have to meet, as SQL."""
        conditions = [SQL("TRUE")]
        if kinds:
            conditions.append(SQL("kind = ANY(%s)", list(kinds)))
        if date_from:
            first = fields.Date.to_date(date_from)
            conditions.append(SQL("date >= %s", self._day_start(SQL("%s", first))))
        if date_to:
            after = fields.Date.to_date(date_to) + timedelta(days=1)
            conditions.append(SQL("date < %s", self._day_start(SQL("%s", after))))
        if before:
            date, source, res_id = before
            conditions.append(
                SQL(
                    "(date, source, id) < (%s::timestamp, %s, %s)",
                    date,
                    source,
                    res_id,
                )
            )
        return SQL(" AND ").join(conditions)

    @api.model
    def _day_start(self, day):
        """Return the moment, in UTC, when a day begins for the user, as SQL."""
        return SQL(
            "(%s::date::timestamp AT TIME ZONE %s AT TIME ZONE 'UTC')",
            day,
            self.env.tz.zone,
        )

    @api.model
    def _fetch_rows(self, sources, contacts, conditions, limit):
        """Return the newest ``limit`` rows ``(date, source, id, kind)``.

        Dates are cut to seconds, as cursors are passed on in text.
        """
        if not contacts or not sources:
            return []
        self.env.flush_all()
        order = SQL("ORDER BY date DESC, source DESC, id DESC LIMIT %s", limit)
        pages = [
            SQL(
                """(
                SELECT date, source, id, kind
                  FROM (SELECT date_trunc('second', date) AS date,
                               %s::text AS source, id, kind
                          FROM (%s) record) event
                 WHERE kind IS NOT NULL AND %s %s)""",
                key,
                getattr(self, source.select)(contacts),
                conditions,
                order,
            )
            for key, source in sources.items()
        ]
        return self.env.execute_query(
            SQL(
                "SELECT date, source, id, kind FROM (%s) page %s",
                SQL(" UNION ALL ").join(pages),
                order,
            )
        )

    @api.model
    def _cursor(self, date, source, res_id, _kind):
        return [fields.Datetime.to_string(date), source, res_id]

    # --- What is shown ----------------------------------------------------------

    @api.model
    def _describe(self, sources, rows):
        """Return what to show of each row, in order."""
        ids = defaultdict(list)
        for _date, key, res_id, _kind in rows:
            ids[key].append(res_id)
        details = {
            key: getattr(self, sources[key].describe)(
                self.env[sources[key].model]
                .with_context(active_test=False)
                .browse(res_ids)
                ._filtered_access("read")
            )
            for key, res_ids in ids.items()
        }
        return [
            {
                "key": f"{key}-{res_id}",
                "kind": kind,
                "date": fields.Datetime.to_string(date),
                "day": fields.Date.to_string(
                    fields.Datetime.context_timestamp(self, date).date()
                ),
                "is_timed": sources[key].is_timed,
                **details[key][res_id],
            }
            for date, key, res_id, kind in rows
            if res_id in details[key]
        ]

    @api.model
    def _event(self, record, title, **values):
        """Return what to show of a record, which the title leads to."""
        return {
            "title": title or record.display_name,
            "detail": "",
            "author": "",
            "res_model": record._name,
            "res_id": record.id,
            **values,
        }

    @api.model
    def _label(self, record, name):
        """Return the label of a selection field of the record."""
        labels = dict(record._fields[name]._description_selection(self.env))
        return labels.get(record[name], "")
