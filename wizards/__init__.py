from . import harvest_wizard
from . import partner_merge
