from . import harvest_wizard
from . import audience_merge
from . import campaign_wizard
from . import mailing_mailing_test
from . import relation_wizard
