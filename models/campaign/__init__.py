from . import campaign_criteria
from . import campaign_selection
from . import campaign_segments
from . import utm_mixin
from . import utm_campaign
from . import audience
from . import res_partner
from . import mailing_mailing
