"""Every term of the addon is translated, into every language it comes in."""

from conftest import REPOSITORY, run


def test_translations_are_complete_and_current():
    run(REPOSITORY / "dev" / "i18n", "--check")
