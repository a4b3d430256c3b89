from . import common
from . import cadastre
from . import position
from . import profile
from . import segment
from . import campaign
