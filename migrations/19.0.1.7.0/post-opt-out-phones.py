from odoo import SUPERUSER_ID, api
from odoo.tools import SQL


def migrate(cr, version):
    """Keep numbers that were entered by hand in the form that they are compared in.

    What cannot be read stays as it is.
    """
    opt_outs = api.Environment(cr, SUPERUSER_ID, {})["segmentation.opt.out"]
    cr.execute(
        r"SELECT id FROM segmentation_opt_out WHERE phone !~ '^\+[0-9]+$' ORDER BY id"
    )
    for opt_out in opt_outs.browse(id_ for (id_,) in cr.fetchall()):
        contact = opt_out.partner_id.with_company(opt_out.company_id)
        if phone := contact._phone_format(number=opt_out.phone):
            _keep_once(cr, opt_out.id, phone)
    opt_outs.invalidate_model()


def _keep_once(cr, id_, phone):
    """Write a number into a row, unless another one says the same: then it goes."""
    cr.execute(
        SQL(
            """
            UPDATE segmentation_opt_out row
               SET phone = %(phone)s
             WHERE id = %(id)s
               AND NOT EXISTS (
                   SELECT
                     FROM segmentation_opt_out
                    WHERE topic_id = row.topic_id
                      AND COALESCE(partner_id, 0) = COALESCE(row.partner_id, 0)
                      AND COALESCE(email, '') = COALESCE(row.email, '')
                      AND phone = %(phone)s)
            """,
            id=id_,
            phone=phone,
        )
    )
    if not cr.rowcount:
        cr.execute(SQL("DELETE FROM segmentation_opt_out WHERE id = %s", id_))
