import json
import os
import subprocess
import sys


def test_on_jax_two_devices_learn_what_one_learns_and_so_does_a_run_gone_on_with():
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.finetune.on_two_devices"],
        env={**os.environ, "KERAS_BACKEND": "jax", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"backend": "jax", "devices": 2, "alike": True, "resumed": True}
