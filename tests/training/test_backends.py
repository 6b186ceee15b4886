import json
import os
import subprocess
import sys
from importlib.util import find_spec

import keras
import pytest

from tests.training import backend_check


@pytest.mark.parametrize("backend", ["tensorflow", "jax", "torch"])
def test_model_and_training_run_on_every_backend(backend):
    if find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed: pip install {backend}")
    well = {"right": 30, "kept": 1}
    found = backend_check.found() if backend == keras.backend.backend() else found_in_a_process(backend)
    assert found == {"backend": backend, "odds": well, "softmax": well, "features": [1, 2048]}


def found_in_a_process(backend):
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.backend_check"],
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_DISABLE_MOST_OPTIMIZATIONS": "1"},  # XLA compiles quickly rather than well
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
