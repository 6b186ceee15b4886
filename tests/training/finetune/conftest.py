"""Training is an extra, and JAX one more: without them the tests that need them are not collected."""

from importlib.util import find_spec

_NEED_KERAS = ["test_augment.py", "test_command.py", "test_course.py", "test_distill.py", "test_network.py", "test_run.py", "test_start.py"]

collect_ignore = [] if find_spec("keras") and find_spec("tensorflow") and find_spec("nncf") else _NEED_KERAS
collect_ignore += [] if find_spec("keras") and find_spec("jax") else ["test_devices.py"]
