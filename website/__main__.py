"""``python -m website [FOLDER]``: build the site, by default in ``site/``."""

import sys
import tempfile
from pathlib import Path

from website.build import BuildFailed, build

if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "site").absolute()
    with tempfile.TemporaryDirectory() as work:
        try:
            build(target, Path(work))
        except BuildFailed as error:
            sys.exit(str(error))
    print(f"The site is in {target}")
