def migrate(cr, version):
    """Drop the foreign keys of what position lines repeat of their position."""
    names = [
        f"segmentation_position_line_{column}_fkey"
        for column in ("partner_id", "harvest_id", "company_id")
    ]
    for name in names:
        cr.execute(
            f"ALTER TABLE segmentation_position_line DROP CONSTRAINT IF EXISTS {name}"
        )
    cr.execute("DELETE FROM ir_model_constraint WHERE name = ANY(%s)", [names])
