"""Own tags beside those of a bundle: two heads on one backbone become one head."""

import numpy as np

from training.weights import Weights


def extended(base: Weights, own: Weights) -> Weights:
    """One head with the tags of `base`, then those of `own`, then the background.

    A tag is scored by its odds against the background, whose logit is zero. So hidden layers and logits are set side by
    side: each tag's odds depend on its own head alone and stay just what they were.
    """
    hidden = (base["dense_1/kernel"].shape[1], own["dense_1/kernel"].shape[1])
    (base_kernel, base_bias), (own_kernel, own_bias) = _against_background(base), _against_background(own)
    kernel = np.zeros((sum(hidden), base_kernel.shape[1] + own_kernel.shape[1] + 1), np.float32)
    kernel[: hidden[0], : base_kernel.shape[1]] = base_kernel
    kernel[hidden[0] :, base_kernel.shape[1] : -1] = own_kernel
    return {
        "dense_1/kernel": np.concatenate([base["dense_1/kernel"], own["dense_1/kernel"]], axis=1),
        "dense_1/bias": np.concatenate([base["dense_1/bias"], own["dense_1/bias"]]),
        "dense_2/kernel": kernel,
        "dense_2/bias": np.concatenate([base_bias, own_bias, np.zeros(1, np.float32)]),
    }


def _against_background(head: Weights) -> tuple[np.ndarray[tuple[int, ...], np.dtype[np.float32]], ...]:
    """Kernel and bias of the tags' logits less the background's."""
    kernel, bias = head["dense_2/kernel"], head["dense_2/bias"]
    return kernel[:, :-1] - kernel[:, -1:], bias[:-1] - bias[-1:]
