"""What runs once, when the addon is installed or uninstalled.

Uninstalling takes along what is ours: the columns, the records that came with the
addon, and settings that only make sense with them. What people made of other addons'
models with our help stays theirs, valid and readable without us: campaigns, mailings
and their traces, opportunities, activities, templates. Odoo itself does most of it;
here is what it leaves undone.
"""

import re

from odoo.tools import SQL
from odoo.tools.sql import drop_constraint

ADDON = "agro_segmentation"
#: settings of people, by model, and where they name fields and models
SETTINGS = {
    "ir.filters": ("model_id", "domain", "context", "sort"),
    "ir.exports": ("resource",),
    "ir.exports.line": ("name",),
    "base_import.mapping": ("res_model", "field_name"),
    "mailing.filter": ("mailing_domain",),
}
#: texts of people, by model, that may have placeholders for fields of contacts
TEXTS = {
    "mailing.mailing": (
        "subject",
        "preview",
        "body_arch",
        "body_html",
        "body_plaintext",
    ),
    "mail.template": ("subject", "body_html"),
    "sms.template": ("body",),
}


def post_init_hook(env):
    """Ask for the figures of everybody.

    The job attributes the invoices already there to harvests and zones, and computes
    positions, set-based and in batches: installing neither waits for nor locks them.
    """
    refresh = env["segmentation.refresh"]
    companies = refresh._companies()
    refresh._of(companies)
    refresh._mark_companies(companies)


def uninstall_hook(env):
    """Take key fields out of contacts, and mend what cannot be without us."""
    env.flush_all()
    names = _names(env)
    _hold_messages(env, names)
    _write_out_placeholders(env, names)
    _forget_settings(env, names)
    _plan_visits_as_to_do(env)
    _forget_descriptions(env)
    env.invalidate_all()
    env["segmentation.field"]._switched_on()._drop_columns(uninstalling=True)
    _let_go(env)


def _names(env):
    """Return a regular expression of the names of our models, and of our fields."""
    rows = env.execute_query(
        SQL(
            """
            SELECT model FROM ir_model WHERE model LIKE 'segmentation.%%'
             UNION
            SELECT technical_name FROM segmentation_field
             UNION
            SELECT field.name
              FROM ir_model_fields field
              JOIN ir_model_data data
                ON data.model = 'ir.model.fields' AND data.res_id = field.id
             WHERE field.model NOT LIKE 'segmentation.%%'
          GROUP BY field.id
            HAVING ARRAY_AGG(data.module::text) = ARRAY[%s]
            """,
            ADDON,
        )
    )
    return rf"\m(?:{'|'.join(sorted(re.escape(name) for (name,) in rows))})\M"


def _hold_messages(env, names):
    """Turn messages that have not left back into drafts, where we had a say in whom to.

    A domain that names our fields finds nobody from now on, where it would be an
    error. Without us, other domains would find those we held back as well: somebody
    has to look at the recipients again.
    """
    nobody = "[('id', 'in', [])]"
    env.cr.execute(
        SQL(
            """
            UPDATE mailing_mailing
               SET mailing_domain = CASE WHEN mailing_domain ~ %(names)s
                                         THEN %(nobody)s ELSE mailing_domain END,
                   state = CASE WHEN state IN ('in_queue', 'sending')
                                THEN 'draft' ELSE state END
             WHERE mailing_domain ~ %(names)s
                OR segmentation_topic_id IS NOT NULL
                OR campaign_id IN (SELECT id FROM utm_campaign
                                    WHERE segmentation_state = 'launched')
            """,
            names=names,
            nobody=nobody,
        )
    )


def _write_out_placeholders(env, names):
    r"""Let texts say what placeholders of ours have said where a figure is not known.

    They stand as ``<t t-out="object.x">else</t>`` in e-mails, as
    ``{{ object.x ||| else }}`` elsewhere; translated texts are JSON, with ``\"``.
    """
    start = rf'<t t-out=\\?"object\.{names}[^"]*"[^<>]*'
    inline = (
        rf"\{{\{{\s*object\.{names}[^{{}}|]*"
        r"(\|\|\|\s*(([^{}]*[^{}\s])?)\s*)?\}\}"
    )
    for model, columns in TEXTS.items():
        for column in columns:
            type_, _ddl = env[model]._fields[column].column_type
            env.cr.execute(
                SQL(
                    r"""
                    UPDATE %(table)s SET %(column)s = regexp_replace(regexp_replace(
                           regexp_replace(%(column)s::text, %(empty)s, '', 'g'),
                           %(filled)s, '\1', 'g'), %(inline)s, '\2', 'g')::%(type)s
                     WHERE %(column)s::text ~ %(names)s
                    """,
                    table=SQL.identifier(env[model]._table),
                    column=SQL.identifier(column),
                    type=SQL(type_),
                    empty=rf"{start}/>",
                    filled=rf"{start}>([^<]*)</t>",
                    inline=inline,
                    names=names,
                )
            )


def _forget_settings(env, names):
    """Delete favourites, export lists and the like that would name what is gone."""
    for model, columns in SETTINGS.items():
        if model in env:
            env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE CONCAT_WS(' ', %s) ~ %s",
                    SQL.identifier(env[model]._table),
                    SQL(", ").join(SQL.identifier(column) for column in columns),
                    names,
                )
            )


def _plan_visits_as_to_do(env):
    """Give what is of our type of activity, done or not, one of Odoo's.

    Odoo does so for what is planned, but not for what is done, and forgets its name.
    """
    visit = env.ref(f"{ADDON}.mail_activity_type_visit", raise_if_not_found=False)
    if not visit:
        return
    env.cr.execute(
        SQL(
            """
            UPDATE mail_activity SET summary = %s
             WHERE activity_type_id = %s AND COALESCE(summary, '') = ''
            """,
            visit.name,
            visit.id,
        )
    )
    to_do = env.ref("mail.mail_activity_data_todo")
    for table, column, _name in _restricting(env, "mail_activity_type"):
        env.cr.execute(
            SQL(
                "UPDATE %(table)s SET %(column)s = %(to_do)s"
                " WHERE %(column)s = %(visit)s",
                table=SQL.identifier(table),
                column=SQL.identifier(column),
                to_do=to_do.id,
                visit=visit.id,
            )
        )


def _forget_descriptions(env):
    """Delete what Odoo keeps of the description of models and columns that are gone."""
    env.cr.execute(
        SQL(
            """
            DELETE FROM ir_model_data
             WHERE model IN ('ir.model.fields.selection', 'ir.model.inherit')
               AND module <> %(addon)s
               AND name ~ '^(selection|model_inherit)__segmentation_';
            DELETE FROM ir_model_constraint
             WHERE type = 'f'
               AND module = (SELECT id FROM ir_module_module WHERE name = %(addon)s)
            """,
            addon=ADDON,
        )
    )


def _let_go(env):
    """Let our records be deleted in any order, whatever refers to them: all of them."""
    for table, _column, constraint in _restricting(env, r"segmentation\_%"):
        drop_constraint(env.cr, table, constraint)


def _restricting(env, tables):
    """Return (table, column, constraint) that keep rows of tables from being deleted.

    :param str tables: pattern of their names
    """
    return env.execute_query(
        SQL(
            """
            SELECT conrelid::regclass::text, attname, conname
              FROM pg_constraint
              JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
             WHERE contype = 'f' AND confdeltype IN ('r', 'a')
               AND confrelid::regclass::text LIKE %s
            """,
            tables,
        )
    )
