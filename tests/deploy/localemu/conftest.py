"""They run where ``LOCALEMU`` names the Python of LocalEmu's virtual environment.

`make verify-localemu` does that, and gives them a network of their own.
"""

import os

collect_ignore_glob = [] if "LOCALEMU" in os.environ else ["test_*.py"]
