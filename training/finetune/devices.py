"""Several devices, of one machine or of several, share each batch, by Keras' distribution API on JAX."""

import keras

from training.config import FinetuneConfig
from training.errors import ConfigError


def use_devices(config: FinetuneConfig, *, machines: bool = False) -> None:
    """Before the network is built; all devices of all machines where there are several. Raises ConfigError."""
    if config.devices < 2 and not machines:
        return
    if keras.backend.backend() != "jax":
        raise ConfigError(
            f"finetune.devices is {config.devices}; several devices need JAX, not {keras.backend.backend()}: set KERAS_BACKEND=jax."
        )
    found = keras.distribution.list_devices()
    if len(found) < config.devices or (machines and config.devices not in (0, len(found))):
        raise ConfigError(f"finetune.devices is {config.devices}, but JAX sees {len(found)}: {', '.join(map(str, found))}.")
    devices = found if machines else found[: config.devices]
    if config.batch % len(devices):
        raise ConfigError(f"finetune.batch is {config.batch}, which {len(devices)} devices cannot share evenly.")
    # Each process reads its own part of a batch (training.finetune.pictures), so there is nothing to share out for Keras.
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices, auto_shard_dataset=False))


def device_count() -> int:
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else int(distribution.device_mesh.devices.size)


def compiles() -> bool | str:
    """Keras' jit_compile. For a CPU XLA takes minutes to compile Inception-v3, and what it makes is slower than TensorFlow itself."""
    return False if keras.backend.backend() == "tensorflow" and not keras.distribution.list_devices("gpu") else "auto"
