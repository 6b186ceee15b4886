"""From a detector in floating point to one in 8 bits, by NNCF's quantization after training."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset1 as ops1

from service.errors import NotAPicture
from service.predictors.detector import fed_bytes
from service.predictors.detector_bundle import DetectorBundle, read_detector_bundle
from service.predictors.detector_input import network_picture
from service.predictors.facts import read_facts
from service.predictors.runtime import keep_only
from service.video.geometry import Picture
from training.errors import DataError
from training.networks import quantize, write_network
from training.objects.bundle import write_bundle
from training.objects.labels import pictures_of
from training.views import load_picture

NETWORK = "objects.xml"
CALIBRATION = 300  # pictures
log = logging.getLogger(__name__)


def quantize_detector(
    source: Path, images: Path, out: Path, *, count: int = CALIBRATION, seed: int = 0, licence: Path | None = None
) -> None:
    """Write the bundle `out` of the detector in the bundle `source`, its ranges measured on `count` pictures of `images` by chance.

    What prepares a picture goes into the network, which then takes uint8 RGB. The file `licence` is put beside it. The pictures must not
    be those that the detector is judged on. The same seed, pictures and versions of the libraries give the same bundle. Raises
    BundleError, DataError.
    """
    bundle, facts = read_detector_bundle(source), read_facts(source)
    pictures = _calibration(images, bundle, count, seed)
    log.info("quantizing %s on %d pictures", bundle.name, len(pictures))
    network = quantize(_lean(source / bundle.network, bundle), pictures)
    prepared = replace(bundle.input, colour="RGB", mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), layout="NHWC")

    def put(folder: Path) -> None:
        write_network(network, folder / NETWORK)
        if licence is not None:
            shutil.copyfile(licence, folder / "LICENSE.txt")

    changes: dict[str, Any] = {
        "network": NETWORK,
        "input": vars(prepared),
        "quantized": {"calibration_images": len(pictures), "seed": seed},
    }
    write_bundle(out, {**facts, **changes}, put)


def _lean(path: Path, bundle: DetectorBundle) -> ov.Model:
    """The network from bytes to the outputs that are read, and nothing else."""
    network = fed_bytes(ov.Core().read_model(path), bundle.input)
    keep_only(network, bundle.convention.outputs)
    pad_in_pooling(network)
    return network


def pad_in_pooling(network: ov.Model) -> None:
    """Let a pooling of maxima pad by itself where zeros are put around its input first: then it can be done in 8 bits.

    Frameworks that pad with zeros differ there from those that pad with nothing, as most detectors are trained; only the border knows.
    """
    for pool in network.get_ordered_ops():
        pad = pool.input_value(0).get_node() if pool.get_type_name() == "MaxPool" else None
        if pad is None or pad.get_type_name() != "Pad" or any(pool.get_attributes()["pads_begin"]):
            continue
        begin, end = (pad.input_value(place).get_node().get_data()[2:].tolist() for place in (1, 2))
        kept = {name: pool.get_attributes()[name] for name in ("strides", "kernel", "rounding_type")}
        folded = ops1.max_pool(pad.input_value(0), kept["strides"], begin, end, kept["kernel"], kept["rounding_type"])
        folded.output(0).set_names(pool.output(0).get_names())
        pool.output(0).replace(folded.output(0))


def _calibration(images: Path, bundle: DetectorBundle, count: int, seed: int) -> Sequence[Picture]:
    """Pictures by chance, those that decode. Raises DataError where there are none."""
    paths = pictures_of(images)
    pictures: list[Picture] = []
    for place in np.random.default_rng(seed).permutation(len(paths)):
        if len(pictures) == count:
            break
        try:
            pictures.append(network_picture(load_picture(paths[place]), bundle.input))
        except NotAPicture as error:
            log.warning("%s", error)
    if not pictures:
        raise DataError(f"none of the pictures in {images} can be read; name a folder with others.")
    return pictures
