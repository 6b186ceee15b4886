"""Near duplicates need the library of perceptual hashes, a part of the training extra; without it these tests are not collected."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("imagehash") else ["test_*.py"]
