"""Train heads on stored features: every epoch looks at each image once, in one of its views."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from training.model import build_head, head_weights
from training.targets import Matrix, odds_loss
from training.weights import Weights, merge_heads


@dataclass(frozen=True)
class HeadRecipe:
    """One head per seed; the heads are merged into one."""

    components: int  # principal components of the features that are learned from
    hidden: int
    dropout: float
    epochs: int
    batch: int  # images
    learning_rate: float  # at the start; falls to zero along a cosine
    weight_decay: float
    seeds: tuple[int, ...]


class ViewBatches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras carries no types
    """Batches of (features, targets, weights); order and views are drawn anew every epoch."""

    def __init__(self, views: NDArray[np.float16], shares: Sequence[float], labels: Matrix, weights: Matrix, batch: int, seed: int) -> None:
        """`views` is (views, images, features); `shares` says how often each view is taken."""
        super().__init__()
        self._views: NDArray[np.float16] = views
        self._labels, self._weights, self._batch = labels, weights, batch
        self._shares = np.asarray(shares, np.float64) / np.sum(shares)
        self._rng = np.random.default_rng(seed)
        self.on_epoch_end()

    def __len__(self) -> int:
        return int(np.ceil(self._views.shape[1] / self._batch))

    def __getitem__(self, index: int) -> tuple[Any, Any, Any]:
        rows = self._order[index * self._batch : (index + 1) * self._batch]
        return self._views[self._chosen[rows], rows].astype(np.float32), self._labels[rows], self._weights[rows]

    def on_epoch_end(self) -> None:
        images = self._views.shape[1]
        self._order: NDArray[np.intp] = np.asarray(self._rng.permutation(images), np.intp)
        self._chosen: NDArray[np.intp] = np.asarray(self._rng.choice(len(self._shares), images, p=self._shares), np.intp)


def principal_basis(features: NDArray[np.float16], components: int) -> tuple[Matrix, Matrix]:
    """Mean (features,) and basis (features, components): standardised features along their main directions.

    Few components keep nearly all of the variance and make training several times as fast; being linear, the
    projection ends up in the head's first layer.
    """
    values = features.astype(np.float32)
    mean, scale = values.mean(axis=0), values.std(axis=0) + np.float32(1e-3)
    standard = (values - mean) / scale
    _, directions = np.linalg.eigh(standard.T @ standard)
    return mean, np.asarray(directions[:, ::-1][:, :components] / scale[:, None], np.float32)


def train_heads(views: NDArray[np.float16], shares: Sequence[float], labels: Matrix, weights: Matrix, recipe: HeadRecipe) -> Weights:
    """Train one head a seed on `views` (views, images, features) and merge them; the first view is the one served."""
    mean, basis = principal_basis(views[0], recipe.components)
    projected = np.stack([((view.astype(np.float32) - mean) @ basis).astype(np.float16) for view in views])
    heads = []
    for seed in recipe.seeds:
        batches = ViewBatches(projected, shares, labels, weights, recipe.batch, seed)
        heads.append(head_weights(_fit(batches, basis.shape[1], labels.shape[1] // 2 + 1, recipe, seed), mean, basis))
    return merge_heads(heads)


def _fit(batches: ViewBatches, width: int, classes: int, recipe: HeadRecipe, seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    head = build_head(classes, recipe.hidden, recipe.dropout, width)
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate, recipe.epochs * len(batches))
    head.compile(keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay), loss=odds_loss)
    head.fit(batches, epochs=recipe.epochs, verbose=0, shuffle=False)
    return head
