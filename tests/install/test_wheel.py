"""The wheel holds all that the addon needs, and nothing else; Odoo finds it."""

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import ADDON, REPOSITORY, run

NEEDED = {
    "__init__.py",
    "__manifest__.py",
    "README.md",
    "controllers",
    "data",
    "demo",
    "engine",
    "hooks.py",
    "i18n",
    "migrations",
    "models",
    "report",
    "security",
    "static",
    "views",
    "wizards",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    run(REPOSITORY / "dev" / "wheel", folder)
    (wheel,) = folder.iterdir()
    return wheel


@pytest.fixture(scope="module")
def files(wheel):
    """The addon's files in the wheel, as paths inside the addon."""
    root = f"odoo/addons/{ADDON}/"
    with zipfile.ZipFile(wheel) as archive:
        return {
            name.removeprefix(root)
            for name in archive.namelist()
            if name.startswith(root)
        }


def test_it_carries_the_version_of_the_manifest(wheel):
    manifest = ast.literal_eval((REPOSITORY / "__manifest__.py").read_text())
    assert wheel.name == f"odoo_addon_{ADDON}-{manifest['version']}-py3-none-any.whl"


def test_it_holds_nothing_that_the_addon_does_not_need(files):
    assert {name.split("/")[0] for name in files} <= NEEDED
    assert not [name for name in files if name.startswith("static/tests/")]


def test_it_holds_every_file_that_the_addon_needs(files):
    tracked = subprocess.check_output(
        ["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=REPOSITORY, text=True
    ).splitlines()
    needed = {
        name
        for name in tracked
        if name.split("/")[0] in NEEDED and not name.startswith("static/tests/")
    }
    assert needed == files


def test_odoo_finds_it_once_pip_installed_it(wheel, tmp_path):
    run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--target", tmp_path, wheel),
    )
    script = (
        "from odoo.tools import config\n"
        "config.parse_config(['--no-http'])\n"
        "from odoo.modules.module import Manifest, initialize_sys_path\n"
        "initialize_sys_path()\n"
        f"print(Manifest.for_addon('{ADDON}').path)\n"
        f"import odoo.addons.{ADDON}\n"
    )
    path = os.pathsep.join([str(tmp_path), os.environ["PYTHONPATH"]])
    environment = {**os.environ, "PYTHONPATH": path, "ODOO_ADDONS_PATH": ""}
    found = subprocess.check_output(
        [sys.executable, "-c", script], env=environment, text=True
    )
    assert Path(found.strip()) == tmp_path / "odoo" / "addons" / ADDON
