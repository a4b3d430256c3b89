def migrate(cr, version):
    """Have relations found of everybody, as at the installation: noting no changes."""
    cr.execute("UPDATE segmentation_refresh SET date_fresh = NULL")
    cr.execute(
        "INSERT INTO segmentation_refresh_mark (company, partner) "
        "SELECT id, 0 FROM res_company WHERE active"
    )
