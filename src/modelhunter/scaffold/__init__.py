"""New plugin packages: what ``modelhunter plugins new`` writes.

The files of a package are the templates beside this module, filled in. With an API description
the generator writes the ``api`` part first, and what it made tells the rest.
"""

from modelhunter.scaffold.package import write_package
from modelhunter.scaffold.quoting import ScaffoldError

__all__ = ["ScaffoldError", "write_package"]
