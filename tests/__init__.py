from .cadastre import test_parcel
