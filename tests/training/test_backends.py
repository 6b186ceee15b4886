import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_model_and_training_run_on_every_backend(backend):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.backend_check"],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    well = {"right": 30, "kept": 1}
    assert json.loads(done.stdout) == {"backend": backend, "odds": well, "softmax": well, "features": [1, 2048]}
