"""A fine-tuning from start to end: goes on from a checkpoint, and takes smaller batches where memory is short."""

import logging
from dataclasses import replace

import keras

from training.errors import OutOfMemory
from training.finetune.devices import device_count
from training.finetune.machines import machine_count
from training.finetune.network import Network
from training.finetune.progress import Progress
from training.finetune.stages import Course, run_stages

log = logging.getLogger(__name__)

_SIGNS = ("RESOURCE_EXHAUSTED", "ResourceExhausted", "out of memory", "OutOfMemory", "OOM when allocating", "can't allocate memory")


def fine_tune(course: Course) -> tuple[Network, Progress]:
    """The network with its best weights. Raises OutOfMemory, Stopped, and what else training raises."""
    short: Progress | None = None
    with course.stop.listening():
        while True:
            kept = course.store.load()
            progress, arrays = kept or (Progress(course.config.batch, course.config.accumulate), {})
            if short is not None:
                progress = replace(progress, batch=short.batch, accumulate=short.accumulate)
            try:
                return run_stages(course, progress, arrays)
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if machine_count() > 1:  # the others are in the middle of the same step
                    raise OutOfMemory("Memory is too short on this machine: lower finetune.batch, or raise finetune.accumulate.") from error
                short = smaller(progress)
                log.warning("Out of memory: batches of %d from here on, %d to a step.", short.batch, short.accumulate)
            keras.utils.clear_session()


def is_out_of_memory(error: Exception) -> bool:
    """Each backend has an error of its own."""
    return isinstance(error, MemoryError) or any(sign in f"{type(error).__name__}: {error}" for sign in _SIGNS)


def smaller(progress: Progress) -> Progress:
    """At most half the batch, of a size that gives steps of the same images. Raises OutOfMemory where there is none."""
    images, devices = progress.batch * progress.accumulate, device_count()
    fitting = [batch for batch in range(devices, progress.batch // 2 + 1, devices) if images % batch == 0]
    if not fitting:
        raise OutOfMemory(
            f"Not even a batch of {progress.batch} fits into memory. Let less of the network learn (finetune.stages), "
            "or take smaller pictures (finetune.size)."
        )
    return replace(progress, batch=fitting[-1], accumulate=images // fitting[-1])
