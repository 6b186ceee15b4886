"""Training is an extra: without its libraries the tests that need them are not collected."""

import os
from importlib.util import find_spec

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_NEED_LIBRARIES = ["judging/test_evaluation.py", "judging/test_film_commands.py", "report"]
_NEED_KERAS = [
    f"test_{name}.py"
    for name in ("backends", "bundle", "float_backbone", "head", "head_command", "head_run", "model", "networks", "objects", "targets")
]

collect_ignore = [] if find_spec("keras") and find_spec("tensorflow") and find_spec("nncf") else _NEED_KERAS + _NEED_LIBRARIES
