from .cadastre import test_parcel
from .position import test_billing
