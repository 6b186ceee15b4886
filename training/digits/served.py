"""Trained networks for digits as the service runs them: OpenVINO's format, fed bytes."""

import copy
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import openvino as ov
from keras import ops

from training.digits.warps import SIDE
from training.networks import write_network


def ensemble(members: Sequence[keras.Model], settled: keras.Model) -> keras.Model:
    """Mean of the members' probabilities (n, 10), and the energy (n, 1) of `settled`: -log(sum(exp(logits))) (Liu et al. 2020).

    The lower, the surer that it is a digit.
    """
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    answers = [ops.softmax(member(pictures)) for member in members]
    probabilities = sum(answers[1:], start=answers[0]) / len(answers)
    energy = -ops.logsumexp(settled(pictures), axis=1, keepdims=True)
    return keras.Model(pictures, {"probabilities": probabilities, "energy": energy})


def rebuilding_error(autoencoder: keras.Model) -> keras.Model:
    """Mean squared difference (n, 1) of a picture from 0 to 1 and what the autoencoder makes of it."""
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    difference = ops.square(pictures / 255 - autoencoder(pictures))
    return keras.Model(pictures, {"error": ops.mean(difference, axis=(1, 2))})


def shower(member: keras.Model) -> keras.Model:
    """All that a reader wants to see of a network: what its named layers make of a picture, channels last."""
    shown = [layer for layer in member.layers if layer.name in shown_layers(member)]
    return keras.Model(member.inputs, {layer.name: layer.output for layer in shown})


def shown_layers(member: keras.Model) -> tuple[str, ...]:
    """In the order of the way through the network."""
    hidden = (keras.layers.InputLayer, keras.layers.Conv2D, keras.layers.BatchNormalization, keras.layers.Flatten, keras.layers.Dropout)
    return tuple(layer.name for layer in member.layers if not isinstance(layer, hidden))


def write_served(networks: Mapping[Path, keras.Model]) -> None:
    """Write each as PATH (.xml) and the .bin beside it; input `pictures` (n, 28, 28, 1) uint8, outputs by their names. TensorFlow alone.

    All are converted at once, for that takes seconds, and parted again by their outputs.
    """
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    outputs = [network(pictures) for network in networks.values()]
    with tempfile.TemporaryDirectory() as folder:
        whole = keras.Model(pictures, {name: tensor for named in outputs for name, tensor in named.items()})
        whole.export(folder, format="tf_saved_model", verbose=False)
        converted = ov.convert_model(folder)
    for path, named in zip(networks, outputs, strict=True):
        results = [converted.output(name).get_node() for name in named]
        steps = ov.preprocess.PrePostProcessor(copy.deepcopy(ov.Model(results, converted.get_parameters(), path.stem)))
        steps.input().tensor().set_element_type(ov.Type.u8)
        steps.input().preprocess().convert_element_type(ov.Type.f32)
        write_network(steps.build(), path)
