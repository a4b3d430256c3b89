from . import harvest_wizard
from . import campaign_wizard
from . import mailing_mailing_test
from . import relation_wizard
from . import value_merge
from . import hygiene_wizard
from . import choice_wizard
from . import segment_combine
