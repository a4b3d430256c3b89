"""Every term of the addon is translated into each of its languages."""

from conftest import REPOSITORY, run


def test_the_translations_are_complete():
    run(REPOSITORY / "dev" / "i18n", "--check")
