"""Try what was built, in environments that know nothing of the sources.

``python -m release.built DIST CONSTRAINTS`` looks for the SBOM in each wheel, installs the wheels,
runs the first command of the README, and measures the bare install.
"""

from __future__ import annotations

import re
import subprocess
import sys
import venv
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

from release.distributions import ROOT, distributions
from release.sbom import NAME

MOST = 5_000_000
"""Bytes that the library may have in a bare install, bytecode included."""


def check_sboms(dist: Path) -> None:
    """Refuse a wheel without its SBOM, and a distribution without its wheel and source."""
    for each in distributions():
        stem = f"{each.name.replace('-', '_')}-{each.version}"
        wheel = dist / f"{stem}-py3-none-any.whl"
        with ZipFile(wheel) as archive:
            if f"{stem}.dist-info/sboms/{NAME}" not in archive.namelist():
                raise SystemExit(f"{wheel.name} has no SBOM")
        if not (dist / f"{stem}.tar.gz").is_file():
            raise SystemExit(f"{stem}.tar.gz was not made")


def first_command() -> str:
    """What the README tells to type after the installation."""
    text = (ROOT / "README.md").read_text("utf-8")
    found = re.search(r"&& \.venv/bin/(modelhunter generate [^\n]*)", text)
    if found is None:
        raise SystemExit("the README has no first command")
    return found[1]


def environment(folder: Path, constraints: Path, *wanted: str) -> Path:
    """An environment with wheels of ours, never the sources; returns its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    install = [str(programs / "python"), "-m", "pip", "install", "-q", "--only-binary", ":all:"]
    subprocess.run([*install, "-c", str(constraints), *wanted], check=True)  # noqa: S603
    return programs


def wheel_of(dist: Path, name: str) -> str:
    """The wheel of a distribution; named as a file, so that no index can offer another."""
    (wheel,) = dist.glob(f"{name.replace('-', '_')}-*.whl")
    return str(wheel)


def bytes_of(folder: Path) -> int:
    """What the files of a folder take."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(dist: Path, constraints: Path) -> None:
    """Check all of it; ends the process where something is wrong."""
    check_sboms(dist)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bare = environment(folder / "bare", constraints, wheel_of(dist, "modelhunter"))
        (site,) = (folder / "bare").rglob("site-packages")
        sizes = {
            path.name: bytes_of(path)
            for path in site.iterdir()
            if path.is_dir() and not path.name.startswith(("pip", "setuptools"))
        }
        print(
            f"the bare install: modelhunter {sizes['modelhunter']:,} bytes with bytecode, ", end=""
        )
        print(f"{sum(sizes.values()):,} with what it needs")
        subprocess.run([bare / "python", "-c", "import modelhunter"], check=True)  # noqa: S603
        wanted = (
            f"{wheel_of(dist, 'modelhunter')}[cli,sandbox]",
            wheel_of(dist, "modelhunter-vidu"),
        )
        programs = environment(folder / "first", constraints, *wanted)
        line = f"{programs}/{first_command()}"
        subprocess.run(line, shell=True, cwd=folder, check=True)  # noqa: S602
        if (folder / "sunset.mp4").stat().st_size == 0:
            raise SystemExit("the first command made nothing")
        if sizes["modelhunter"] > MOST:
            raise SystemExit(f"that is more than {MOST:,}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
