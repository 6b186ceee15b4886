"""The network that is fine-tuned: pictures as bytes, a folded backbone, the head; and what of it learns in a stage."""

from dataclasses import dataclass

import keras

from training.config import FinetuneConfig, HeadConfig, Stage
from training.errors import ConfigError, WeightsError
from training.finetune.folding import fold, unfold
from training.finetune.machines import Gathered, machine_count
from training.model import build_head, get_weights
from training.weights import HEAD_WEIGHTS, Weights

HALF_RANGE = 127.5  # of a byte: [0, 255] becomes [-1, 1]


@dataclass(frozen=True)
class Network:
    """One set of weights, three looks at it."""

    backbone: keras.Model  # as it was given; takes what is learned when the weights are asked for
    folded: keras.Model  # what learns
    head: keras.Model
    model: keras.Model  # bytes (n, size, size, 3) -> probabilities (n, classes)

    def learn(self, stage: Stage) -> None:
        """Let the head learn, and of the backbone what the stage says. Raises ConfigError."""
        learning = layers_behind(self.folded, stage.top_blocks) if stage.train == "top" else set()
        for layer in self.folded.layers:
            layer.trainable = stage.train == "all" or layer.name in learning

    def weights(self) -> tuple[Weights, Weights]:
        """Of the backbone, by LAYER/WEIGHT, and of the head."""
        unfold(self.folded, self.backbone)
        first, second = self.head.get_layer("dense_1"), self.head.get_layer("scores")
        return get_weights(self.backbone), dict(zip(HEAD_WEIGHTS, [*first.get_weights(), *second.get_weights()], strict=True))


def build_network(backbone: keras.Model, classes: int, head: HeadConfig, config: FinetuneConfig, start: Weights | None = None) -> Network:
    """`classes` are the tags and the background; `start` is a head to begin with, without it the head starts at random."""
    folded = fold(backbone, config.precision)
    hidden = start["dense_1/bias"].shape[0] if start else head.hidden
    top = build_head(classes, hidden, head.dropout, folded.output["features"].shape[-1])
    if start:
        _begin_with(top, start)
    constrain(top)
    image = keras.Input(backbone.input.shape[1:], dtype="uint8", name="image")
    scaled = keras.layers.Rescaling(1 / HALF_RANGE, -1.0, dtype=config.precision, name="scaled")(image)
    answers = top(folded(scaled)["features"])
    if machine_count() > 1:
        answers = Gathered(name="gathered")(answers)
    return Network(backbone, folded, top, keras.Model(image, answers, name="tagger"))


def constrain(model: keras.Model) -> None:
    """Let the constraints of the weights hold, which Keras sees to after a step only."""
    for variable in model.trainable_variables:
        if variable.constraint is not None:
            variable.assign(variable.constraint(variable))


def _begin_with(head: keras.Model, start: Weights) -> None:
    values = [start[name] for name in HEAD_WEIGHTS]
    wanted = [tuple(variable.shape) for variable in head.trainable_variables]
    if [value.shape for value in values] != wanted:
        raise WeightsError(f"The head to begin with has weights of {[value.shape for value in values]}, wanted are {wanted}: other tags?")
    for layer, place in (("dense_1", 0), ("scores", 2)):
        head.get_layer(layer).set_weights(values[place : place + 2])


def layers_behind(backbone: keras.Model, blocks: int) -> set[str]:
    """Layers of the last `blocks` blocks: all that the output of the block before them does not need. Raises ConfigError."""
    ends = [f"mixed{number}" for number in range(11)]
    found = [name for name in ends if any(layer.name == name for layer in backbone.layers)]
    if not 1 <= blocks < len(found):
        raise ConfigError(f"finetune.stages: top_blocks is {blocks}; the backbone allows 1 to {len(found) - 1}, or train: all.")
    makers = {id(layer.output): layer for layer in backbone.layers}
    before: set[str] = set()
    waiting = [backbone.get_layer(found[-1 - blocks])]
    while waiting:
        layer = waiting.pop()
        if layer.name not in before:
            before.add(layer.name)
            tensors = [] if isinstance(layer, keras.layers.InputLayer) else keras.tree.flatten(layer.input)
            waiting.extend(makers[id(tensor)] for tensor in tensors)
    return {layer.name for layer in backbone.layers} - before
