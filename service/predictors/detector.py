"""Find objects in pictures by the network of a bundle."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
import openvino as ov
import openvino.opset13 as ops
from numpy.typing import NDArray

from service.predictors.detection.nms import suppress
from service.predictors.detections import Detections, detections
from service.predictors.detector_bundle import DetectorBundle
from service.predictors.detector_input import DetectorInput
from service.predictors.predictions import FLOOR
from service.predictors.runtime import Requests, not_loaded


class Detector:
    """The network of a bundle, loaded once and called often: in two forms, for one picture and for many at once."""

    def __init__(self, bundle: DetectorBundle) -> None:
        """Begin to load the network in the background; the first call waits for it."""
        self.bundle = bundle
        loader = ThreadPoolExecutor(2)
        self._for_many: Future[Requests] = loader.submit(load_requests, bundle)
        self._for_one: Future[Requests] = loader.submit(load_requests, bundle, alone=True)
        loader.shutdown(wait=False)
        self._at_work = threading.Lock()  # a network's queue serves one caller at a time

    def wait_until_loaded(self) -> None:
        """Raises BundleError where the network cannot be loaded."""
        self._for_many.result()
        self._for_one.result()

    def detect(self, pictures: NDArray[np.uint8], floor: float = FLOOR) -> list[Detections]:
        """What is in each of `pictures` (n, height, width, 3), RGB, made by `network_picture`; boxes are fractions of these pictures.

        Objects that score at least `floor`, after suppression. Raises BundleError as `wait_until_loaded` does, and ValueError where
        the pictures have another size, or the network gives what its convention does not say.
        """
        wanted = self.bundle.input
        if pictures.shape[1:] != (wanted.height, wanted.width, 3):
            raise ValueError(f"{self.bundle.name} takes pictures (n, {wanted.height}, {wanted.width}, 3), not {pictures.shape}.")
        network = (self._for_one if len(pictures) == 1 else self._for_many).result()
        with self._at_work:
            answers = network(pictures)
        return [self._found(outputs, floor) for outputs in answers]

    def _found(self, outputs: Sequence[NDArray[Any]], floor: float) -> Detections:
        found = self.bundle.convention.candidates(outputs, floor)
        if self.bundle.overlap is not None:
            found = suppress(found, self.bundle.overlap)
        return detections(found.corners, found.scores, found.labels).first(self.bundle.most)


def load_requests(bundle: DetectorBundle, *, alone: bool = False) -> Requests:
    """The compiled network, fed pictures as `Detector.detect` takes them. Raises BundleError."""
    path = bundle.folder / bundle.network
    try:
        network = ov.Core().read_model(path)
        _fix_sizes(network, bundle.input)
        return Requests(fed_bytes(network, bundle.input), bundle.convention.outputs, alone=alone)
    except RuntimeError as error:
        raise not_loaded(path, error) from error


def fed_bytes(network: ov.Model, wanted: DetectorInput) -> ov.Model:
    """The network with what turns pictures (1, height, width, 3), uint8 RGB, into its input built in. Raises RuntimeError."""
    steps = ov.preprocess.PrePostProcessor(network)
    steps.input().tensor().set_element_type(ov.Type.u8).set_layout(ov.Layout("NHWC"))
    steps.input().model().set_layout(ov.Layout(wanted.layout))
    if any(wanted.mean) or any(number != 1 for number in wanted.std):
        steps.input().preprocess().convert_element_type(ov.Type.f32)
    if wanted.colour == "BGR":
        steps.input().preprocess().reverse_channels()
    if any(wanted.mean):
        steps.input().preprocess().mean(list(wanted.mean))
    if any(number != 1 for number in wanted.std):
        steps.input().preprocess().scale(list(wanted.std))
    built = steps.build()
    built.reshape({built.input(0): [1, wanted.height, wanted.width, 3]})
    return built


def _fix_sizes(network: ov.Model, wanted: DetectorInput) -> None:
    """Some networks also ask for the size that boxes are told in, (n, 2) width and height: that of the network's picture."""
    for given in network.get_parameters():
        shape = given.get_partial_shape()
        if len(network.inputs) > 1 and shape.rank.is_static and shape.rank.get_length() == 2:
            size = ops.constant(np.array([[wanted.width, wanted.height]]), given.get_element_type())
            given.output(0).replace(size.output(0))
            network.remove_parameter(given)
