"""``python -m modelhunter_codegen``."""

import sys

from modelhunter_codegen.cli import main

sys.exit(main())
