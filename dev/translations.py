"""Merge or check translations: translations.py update|check EXPORTED_POT FOLDER."""

import re
import sys
from pathlib import Path

import polib

LANGUAGES = ("es", "pt_BR", "ro")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd%]|\{\{.*?\}\}|</?[a-z]+")


def update(exported, pot_path):
    """Write the template, and what it changes into the translation of each language."""
    pot_path.parent.mkdir(exist_ok=True)
    exported.save(pot_path)
    for language in LANGUAGES:
        path = pot_path.with_name(f"{language}.po")
        translation = polib.pofile(path) if path.exists() else new(exported, language)
        translation.merge(exported)
        for entry in translation.obsolete_entries():
            translation.remove(entry)
        translation.sort(key=lambda entry: entry.msgid)
        translation.save(path)
        missing = len(translation) - len(translation.translated_entries())
        print(f"{path.name}: {len(translation)} terms, {missing} to translate")
    return []


def new(exported, language):
    translation = polib.POFile()
    translation.metadata = {**exported.metadata, "Language": language}
    return translation


def check(exported, pot_path):
    """Return what is wrong with the files of the folder, a sentence each."""
    if not pot_path.exists():
        return [f"{pot_path.name} is missing: run dev/i18n"]
    wrong = []
    if places(polib.pofile(pot_path)) != places(exported):
        wrong.append(f"{pot_path.name} is not what Odoo exports today: run dev/i18n")
    for language in LANGUAGES:
        path = pot_path.with_name(f"{language}.po")
        if not path.exists():
            wrong.append(f"{path.name} is missing: run dev/i18n")
            continue
        translation = polib.pofile(path)
        if places(translation) != places(exported):
            wrong.append(f"{path.name} has other terms than the addon: run dev/i18n")
        wrong += [f"{path.name}: {problem}" for problem in problems(translation)]
    return wrong


def places(translation):
    """Return where each term stands: Odoo finds what to translate by these."""
    return {
        entry.msgid: {place for place, _line in entry.occurrences}
        for entry in translation
        if not entry.obsolete
    }


def problems(translation):
    for entry in translation:
        if not entry.translated():
            kind = "to be reviewed" if entry.fuzzy else "not translated"
            yield f"{kind}: {entry.msgid!r}"
        elif placeholders(entry.msgid) != placeholders(entry.msgstr):
            yield f"placeholders or tags differ: {entry.msgid!r} and {entry.msgstr!r}"


def placeholders(text):
    return sorted(PLACEHOLDER.findall(text))


if __name__ == "__main__":
    action, path, folder = sys.argv[1:]
    exported = polib.pofile(path)
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        del exported.metadata[date]  # they would make every export differ
    act = {"update": update, "check": check}[action]
    wrong = act(exported, Path(folder, Path(path).name))
    sys.exit("\n".join(wrong) or 0)
