"""A fine-tuned backbone from Keras' weights to OpenVINO's format, in a process of its own.

python -m training.convert WEIGHTS.npz NETWORK.xml [--size PIXELS]: the way leads through TensorFlow, whatever backend trained,
and its memory is given back when the process ends.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from service.video.geometry import INPUT_SIZE
from training.errors import TrainingError, WeightsError

# No GPU: the one that trained may still be held by the process that waits for this one.
_ENVIRONMENT = {"KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
_LAST = 2000  # characters of what the process said


def convert_backbone(weights: Path, network: Path, size: int) -> None:
    """Write the float network (.xml and .bin) of weights that were trained on pictures of `size` pixels. Raises WeightsError."""
    command = [sys.executable, "-P", "-m", "training.convert", str(weights), str(network), "--size", str(size)]
    done = subprocess.run(command, env=os.environ | _ENVIRONMENT, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode:
        raise WeightsError(f"{weights} cannot be converted to OpenVINO's format: {_reason(done.stderr)}")


def _reason(said: str) -> str:
    lines = said[-_LAST:].strip().splitlines()
    return lines[-1] if lines else "the process ended without a word; is there enough memory?"


def main(arguments: Sequence[str] | None = None) -> None:
    """The process."""
    parser = argparse.ArgumentParser(prog="training.convert", description="Convert a backbone's weights to OpenVINO's format.")
    parser.add_argument("weights", type=Path)
    parser.add_argument("network", type=Path)
    parser.add_argument("--size", type=int, default=INPUT_SIZE, help="pixels a side that it was trained with")
    given = parser.parse_args(arguments)
    if not given.weights.is_file():  # before seconds are spent on TensorFlow
        raise SystemExit(f"there is no file {given.weights}")
    from training.model import build_backbone
    from training.networks import backbone_network, write_network

    try:
        write_network(backbone_network(build_backbone(given.weights, given.size), INPUT_SIZE), given.network)
    except (TrainingError, OSError) as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
