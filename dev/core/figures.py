"""For Odoo's shell: what was updated shows the figures of a refresh from nothing."""

FIGURES = """
    SELECT company_id, partner_id, harvest_id, billing, potential, share, gap, quadrant
      FROM segmentation_position
  ORDER BY company_id, partner_id, harvest_id
"""
env = globals()["env"]


def figures():
    env.flush_all()
    env.cr.execute(FIGURES)
    return env.cr.fetchall()


refresh = env["segmentation.refresh"]
refresh._cron_refresh()
shown = figures()
env.cr.execute("DELETE FROM segmentation_position")
env.invalidate_all()
refresh._mark_companies(refresh._companies())
refresh._cron_refresh()
assert shown, "the demo dealer has customers"
differing = set(shown) ^ set(figures())
assert not differing, f"not as from nothing: {differing}"
print(f"{len(shown)} positions as from nothing")
