from . import import_template
from . import in_use
from . import ir_http
from . import merge
