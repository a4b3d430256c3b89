from . import cadastre
from . import position
from . import campaign
