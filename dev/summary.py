"""Print the demo dealer's segmentation: run by dev/run inside Odoo's shell."""
