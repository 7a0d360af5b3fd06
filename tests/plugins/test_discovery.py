"""Plugins are found wherever Python would import them from."""

from __future__ import annotations

import zipfile

import pytest

from modelhunter import UnknownModel
from modelhunter.plugins.discovery import installed_sources

TEXT = "[modelhunter.providers]\nacme = acme_plugin\n"
METADATA = "Metadata-Version: 2.1\nName: modelhunter-acme\nVersion: 1.0\n"


def write(folder, text=TEXT, metadata="METADATA"):
    folder.mkdir(parents=True)
    (folder / "entry_points.txt").write_bytes(text if isinstance(text, bytes) else text.encode())
    (folder / metadata).write_text(METADATA)


def test_in_a_zip_file(tmp_path):
    with zipfile.ZipFile(tmp_path / "plugins.zip", "w") as archive:
        archive.writestr("modelhunter_acme-1.0.dist-info/entry_points.txt", TEXT)
        archive.writestr("modelhunter_acme-1.0.dist-info/METADATA", METADATA)
    (found,) = installed_sources([str(tmp_path / "plugins.zip")])
    assert (found.providers, found.origin) == (("acme",), "modelhunter-acme 1.0")


@pytest.mark.parametrize(
    ("place", "metadata"),
    [
        ("modelhunter_acme-1.0.dist-info", "METADATA"),
        ("modelhunter_acme.egg-info", "PKG-INFO"),
    ],
)
def test_in_a_folder(tmp_path, place, metadata):
    write(tmp_path / place, metadata=metadata)
    (found,) = installed_sources([str(tmp_path)])
    assert (found.target, found.origin) == ("acme_plugin", "modelhunter-acme 1.0")


def test_in_an_egg(tmp_path):
    write(tmp_path / "modelhunter_acme.egg" / "EGG-INFO", metadata="PKG-INFO")
    (found,) = installed_sources([str(tmp_path / "modelhunter_acme.egg")])
    assert found.origin == "modelhunter-acme 1.0"


def test_in_the_current_folder(tmp_path, monkeypatch):
    write(tmp_path / "modelhunter_acme-1.0.dist-info")
    monkeypatch.chdir(tmp_path)
    (found,) = installed_sources([""])
    assert found.providers == ("acme",)


def test_what_cannot_be_read_is_passed_over(tmp_path):
    write(tmp_path / "a-1.0.dist-info", text=b"[modelhunter.providers]\nx = \xff\n")
    (tmp_path / "b-1.0.dist-info").mkdir()
    (tmp_path / "c-1.0.dist-info").write_text("a file")
    (tmp_path / "no.zip").write_text("no zip file")
    write(tmp_path / "d-1.0.dist-info")
    folders = [str(tmp_path), str(tmp_path / "no.zip"), str(tmp_path / "nowhere")]
    assert [source.providers for source in installed_sources(folders)] == [("acme",)]


def test_a_model_that_the_index_lacks_costs_only_itself(environment):
    module = environment.plugin("careless", "careless-1", "careless-2", indexed=False)
    (info_file,) = environment.folder.glob("modelhunter_careless-*/entry_points.txt")
    info_file.write_text(info_file.read_text() + f"[modelhunter.models]\ncareless-1 = {module}\n")
    environment.plugin("careful", "careful-1")
    registry = environment.registry()

    assert [model.id for _, model in registry.models()] == ["careful-1", "careless-1"]
    with pytest.raises(UnknownModel, match="brings 'careless-2' and does not say so"):
        registry.model("careless-2")
    (careful, careless) = registry.plugins()
    assert careful.error is None
    assert (careless.state, "'careless-2'" in careless.error) == ("loaded", True)
