"""Several devices share each batch, by Keras' distribution API on JAX."""

import keras

from training.config import FinetuneConfig
from training.errors import ConfigError


def use_devices(config: FinetuneConfig) -> None:
    """Before the network is built. Raises ConfigError."""
    if config.devices < 2:
        return
    if keras.backend.backend() != "jax":
        raise ConfigError(
            f"finetune.devices is {config.devices}; several devices need JAX, not {keras.backend.backend()}: set KERAS_BACKEND=jax."
        )
    found = keras.distribution.list_devices()
    if len(found) < config.devices:
        raise ConfigError(f"finetune.devices is {config.devices}, but JAX sees {len(found)}: {', '.join(map(str, found))}.")
    if config.batch % config.devices:
        raise ConfigError(f"finetune.batch is {config.batch}, which {config.devices} devices cannot share evenly.")
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=found[: config.devices]))


def device_count() -> int:
    distribution = keras.distribution.distribution()
    return 1 if distribution is None else int(distribution.device_mesh.devices.size)


def compiles() -> bool | str:
    """Keras' jit_compile. XLA takes minutes to compile Inception-v3 for a CPU and is slower there than TensorFlow itself."""
    return False if keras.backend.backend() == "tensorflow" and not keras.distribution.list_devices("gpu") else "auto"
