"""``python -m modelhunter`` is the command ``modelhunter``."""

import sys

from modelhunter.cli.entry import main

sys.exit(main())
