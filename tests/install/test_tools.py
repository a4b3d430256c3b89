"""The project's own tools say what is wrong and what to do, and count rightly."""

import os
import subprocess
import sys

import polib
import pytest
from conftest import ADDON, REPOSITORY

DEV = REPOSITORY / "dev"


def start(*command, **environment):
    """Run a program in a changed environment: its status, output and complaints."""
    result = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True
    )
    return result.returncode, result.stdout, result.stderr


def shell(script, **environment):
    """Run a script with the functions of dev/lib.sh."""
    script = f". '{DEV}/lib.sh'\n{script}"
    return start("bash", "-euc", f"repo='{REPOSITORY}'\n{script}", **environment)


@pytest.mark.parametrize("tool", ["run", "test"])
def test_help_is_there_without_any_set_up(tool, tmp_path):
    status, output, _complaint = start(DEV / tool, "--help", DEV_STATE=str(tmp_path))
    assert status == 0
    assert output.startswith(f"dev/{tool} [")
    assert not list(tmp_path.glob("venv*"))


@pytest.mark.parametrize(
    "command, complaint",
    [
        (["test", "nowhere"], "test: no part nowhere; see dev/test --help\n"),
        (["test", "tests/nowhere.py"], "test: there is no tests/nowhere.py\n"),
        (["run", "--nonsense"], "run: no option --nonsense; see dev/run --help\n"),
        (["i18n", "--nonsense"], "i18n: no option --nonsense; there is --check\n"),
    ],
)
def test_wrong_arguments_are_named(command, complaint):
    tool, *arguments = command
    assert start(DEV / tool, *arguments) == (1, "", complaint)


def test_missing_system_packages_are_a_command_to_run():
    _status, _output, complaint = shell(
        "id() { echo 1000; }\nsystem_package 'A thing' one two"
    )
    assert "A thing is missing. Run this as root" in complaint
    assert complaint.endswith("apt-get install one two\n")


def test_a_folder_without_odoo_19_is_refused(tmp_path):
    status, _output, complaint = shell("find_odoo", ODOO_DIR=str(tmp_path))
    assert status == 1
    assert f"ODOO_DIR={tmp_path} is no checkout of Odoo 19.0" in complaint


def test_a_checkout_of_odoo_19_is_taken(tmp_path):
    (tmp_path / "addons" / "web").mkdir(parents=True)
    (tmp_path / "odoo").mkdir()
    release = tmp_path / "odoo" / "release.py"
    release.write_text("version_info = (19, 0, 0, FINAL, 0, '')\n")
    script = "find_odoo; echo $odoo_home"
    assert shell(script, ODOO_DIR=str(tmp_path))[:2] == (0, f"{tmp_path}\n")
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    assert shell(script, ODOO_DIR=str(tmp_path))[0] == 1


def test_an_importable_odoo_is_taken_without_what_lies_beside_it(tmp_path):
    installed, state = tmp_path / "site-packages", tmp_path / "state"
    (installed / "odoo" / "addons" / "web").mkdir(parents=True)
    (installed / "odoo" / "release.py").write_text("version_info = (19, 0, 0)\n")
    (installed / "requests.py").touch()
    status, home, complaint = shell(
        "python=python3; find_odoo; ls $odoo_home",
        ODOO_DIR="",
        PYTHONPATH=str(installed),
        DEV_STATE=str(state),
    )
    assert (status, home) == (0, "odoo\n"), complaint


def test_a_database_url_becomes_libpq_variables():
    url = "postgresql://me:p%40ss%27@db.example:6543/ignored"
    program = f"'{sys.executable}' '{DEV}/database_url.py'"
    script = f'eval "$({program})"; env | grep ^PG'
    _status, output, _complaint = shell(script, DATABASE_URL=url)
    assert {
        "PGHOST=db.example",
        "PGPORT=6543",
        "PGUSER=me",
        "PGPASSWORD=p@ss'",
    } <= set(output.splitlines())


@pytest.mark.parametrize(
    "cases, counts",
    [
        ('<testcase name="a"/><testcase name="b"/>', "2 0 0"),
        ('<testcase name="a"/><testcase name="a"><failure/></testcase>', "0 1 0"),
        ('<testcase name="a"><error/></testcase><testcase name="a"/>', "0 1 0"),
        ('<testcase name="a"><skipped/></testcase><testcase name="b"/>', "1 0 1"),
        ("", "0 0 0"),
    ],
)
def test_a_test_counts_once_by_its_worst_outcome(tmp_path, cases, counts):
    report = tmp_path / "report.xml"
    report.write_text(f"<testsuites><testsuite>{cases}</testsuite></testsuites>")
    _status, output, _complaint = start(sys.executable, DEV / "counts.py", report)
    assert output == f"{counts}\n"


class TestTranslations:
    """dev/translations.py, on a template of two terms."""

    @pytest.fixture
    def template(self, tmp_path):
        path = tmp_path / "exported" / f"{ADDON}.pot"
        path.parent.mkdir()
        template = polib.POFile()
        template.metadata = {
            "Content-Type": "text/plain; charset=UTF-8",
            "POT-Creation-Date": "2026-01-01 00:00+0000",
            "PO-Revision-Date": "2026-01-01 00:00+0000",
        }
        for term in ("Harvest", "%(count)s <b>customers</b>"):
            place = ("model:ir.ui.view,arch_db:agro_segmentation.view", "0")
            template.append(polib.POEntry(msgid=term, occurrences=[place]))
        template.save(path)
        return path

    @pytest.fixture
    def folder(self, template, tmp_path):
        """A folder with complete translations."""
        folder = tmp_path / "i18n"
        self.translations("update", template, folder)
        for path in folder.glob("*.po"):
            self.edit(path, **{"Harvest": "Zafra"})
            self.edit(path, **{"%(count)s <b>customers</b>": "<b>%(count)s</b>"})
        return folder

    def translations(self, action, template, folder):
        script = DEV / "translations.py"
        return start(sys.executable, script, action, template, folder)

    def edit(self, path, **texts):
        translation = polib.pofile(path)
        for term, text in texts.items():
            translation.find(term).msgstr = text
        translation.save()

    def complaints(self, template, folder):
        return self.translations("check", template, folder)[2]

    def test_complete_translations_pass(self, template, folder):
        assert self.translations("check", template, folder)[:2] == (0, "")

    def test_an_update_keeps_what_is_translated(self, template, folder):
        before = {path: path.read_text() for path in folder.iterdir()}
        self.translations("update", template, folder)
        assert {path: path.read_text() for path in folder.iterdir()} == before

    def test_missing_files_are_named(self, template, tmp_path, folder):
        (folder / "ro.po").unlink()
        assert "ro.po is missing" in self.complaints(template, folder)
        missing = tmp_path / "nothing"
        assert f"{ADDON}.pot is missing" in self.complaints(template, missing)

    def test_an_untranslated_term_is_named(self, template, folder):
        self.edit(folder / "es.po", Harvest="")
        assert "es.po: not translated: 'Harvest'" in self.complaints(template, folder)

    def test_a_term_to_be_reviewed_is_named(self, template, folder):
        translation = polib.pofile(folder / "es.po")
        translation.find("Harvest").flags.append("fuzzy")
        translation.save()
        assert "es.po: to be reviewed: 'Harvest'" in self.complaints(template, folder)

    @pytest.mark.parametrize("text", ["<b>clientes</b>", "%(count)s clientes", "%s"])
    def test_a_lost_placeholder_or_tag_is_named(self, template, folder, text):
        self.edit(folder / "pt_BR.po", **{"%(count)s <b>customers</b>": text})
        assert "pt_BR.po: placeholders" in self.complaints(template, folder)

    def test_a_term_that_is_new_or_gone_is_named(self, template, folder):
        exported = polib.pofile(template)
        exported.find("Harvest").msgid = "Season"
        exported.save()
        complaints = self.complaints(template, folder)
        for name in (f"{ADDON}.pot", "es.po", "pt_BR.po", "ro.po"):
            assert f"{name} " in complaints
        self.translations("update", template, folder)
        assert "not translated: 'Season'" in self.complaints(template, folder)
        assert "Harvest" not in (folder / "es.po").read_text()
