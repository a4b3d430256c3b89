#!/usr/bin/env python3
"""Write the spreadsheets that users download from Odoo's import screen.

Run `dev/import_templates.py` again after changing a column. Headings are the English
labels of the fields, which Odoo recognises in every language.
"""

from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Font

FOLDER = Path(__file__).parent.parent / "static" / "import"

TEMPLATES = {
    "zones": [
        ("Name", "Code", "Parent Zone", "States", "Cities", "Zip From", "Zip To"),
        ("Santa Cruz", "SC", "", "", "", "", ""),
        ("Norte", "N", "Santa Cruz", "", "Montero, Warnes, Mineros", "", ""),
        ("Este", "E", "Santa Cruz", "", "San Julián, Cuatro Cañadas", "", ""),
        ("Mato Grosso", "MT", "", "Mato Grosso (BR)", "", "78000-000", "78899-999"),
    ],
    "crops": [("Name", "Sequence"), ("Soy", 1), ("Maize", 2)],
    "business_units": [
        ("Name", "Sequence", "Product Categories"),
        ("Agrochemicals", 1, "Goods"),
        ("Workshop", 2, "Services"),
    ],
    "harvests": [
        ("Name", "Kind", "First Day", "Last Day", "Status"),
        ("Summer 2024–25", "Summer", date(2024, 10, 1), date(2025, 4, 30), "Closed"),
        ("Winter 2025", "Winter", date(2025, 5, 1), date(2025, 9, 30), "Open"),
    ],
    "parcels": [
        ("Name", "Partner", "Zone", "Hectares", "Tenure", "Cadastral Reference"),
        ("La Esperanza", "Agropecuaria Ejemplo", "Norte", 120, "Owned", "SC-0001"),
        ("El Carmen", "Agropecuaria Ejemplo", "Este", 80.5, "Rented", "SC-0002"),
    ],
    "plantings": [
        ("Parcel", "Harvest", "Crop", "Hectares", "Source", "Date", "Confidence"),
        ("SC-0001", "Winter 2025", "Soy", 100, "Visit", date(2025, 5, 20), "High"),
        ("SC-0002", "Winter 2025", "Maize", 0, "Estimate", date(2025, 6, 2), "Low"),
    ],
    "rates": [
        (
            "Crop",
            "Zone",
            "Harvest",
            "Business Unit",
            "Basis",
            "Product",
            "Dose per Hectare",
            "Unit Price",
            "Amount per Hectare",
        ),
        ("Soy", "", "", "Agrochemicals", "Amount", "", "", "", 250),
        ("Soy", "Norte", "Winter 2025", "Workshop", "Amount", "", "", "", 35.5),
        ("Maize", "", "", "Agrochemicals", "Dose × Price", "Glyphosate", 2.5, 6.8, ""),
    ],
}


def write_template(name, rows):
    """Write one workbook with the heading row in bold and readable columns."""
    book = Workbook()
    sheet = book.active
    sheet.title = name
    for row in rows:
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = 22
    sheet.freeze_panes = "A2"
    book.save(FOLDER / f"{name}.xlsx")


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    for template, rows in TEMPLATES.items():
        write_template(template, rows)
