import pytest

from engine.sms_parts import parts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        ("x", 1),
        ("x" * 160, 1),
        ("x" * 161, 2),
        ("x" * 306, 2),
        ("x" * 307, 3),
        # an accent of the alphabet costs nothing, one outside it the whole text
        ("é" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("x" * 69 + "á", 1),
        ("x" * 134 + "á", 3),
        # the extension table takes two places
        ("€" * 80, 1),
        ("€" * 81, 2),
        # beyond the basic plane too
        ("🌱" * 35, 1),
        ("🌱" * 36, 2),
    ],
)
def test_parts(text, expected):
    assert parts(text) == expected
