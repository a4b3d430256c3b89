"""How many parts an SMS is sent, and paid, in.

Source: 3GPP TS 23.038 (GSM 7-bit default alphabet and its extension table) and
TS 23.040 (concatenated short messages). A part holds 160 characters of the alphabet,
153 when there are several; characters of the extension table take two places. Any other
character makes the whole text 16-bit: 70 places, 67 when there are several, and two of
them for a character beyond the Basic Multilingual Plane.

>>> parts("x" * 160), parts("x" * 161), parts("ș" * 70), parts("€" * 81)
(1, 2, 1, 2)
"""

from math import ceil

#: the GSM 7-bit default alphabet
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: its extension table: an escape and the character
GSM_EXTENSION = set("\f^{}\\[~]|€")


def parts(text: str) -> int:
    """Return in how many parts a text is sent; none for an empty one."""
    if GSM.union(GSM_EXTENSION).issuperset(text):
        places = len(text) + sum(character in GSM_EXTENSION for character in text)
        return _parts(places, 160, 153)
    return _parts(len(text.encode("utf-16-le")) // 2, 70, 67)


def _parts(places: int, single: int, several: int) -> int:
    """Return the number of parts that hold so many places."""
    if places <= single:
        return min(places, 1)
    return ceil(places / several)
