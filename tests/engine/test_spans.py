from engine.spans import ago, span


def test_the_unit_asked_for_is_kept():
    assert ago(12, "month", "en_US") == "12 months ago"
    assert ago(400, "day", "en_US") == "400 days ago"
    assert span(52, "week", "en_US") == "52 weeks"


def test_what_is_to_come():
    assert ago(-3, "day", "en_US") == "in 3 days"


def test_plurals_of_each_language():
    assert ago(1, "month", "es") == "hace 1 mes"
    assert ago(2, "month", "es") == "hace 2 meses"
    assert ago(24, "month", "ro") == "acum 24 de luni"
    assert span(1, "year", "pt_BR") == "1 ano"
