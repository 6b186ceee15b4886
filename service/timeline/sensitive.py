"""The stricter rule for the tags of the published network: key frames of one shot must agree."""

import numpy as np
from numpy.typing import NDArray


def agreed_scores(frame_scores: NDArray[np.float32], key_frames: int) -> NDArray[np.float32]:
    """The score (tags,) that at least `key_frames` frames of one shot (frames, tags) reach; 0 where the shot has fewer.

    The network fires on single frames of bare skin, so one frame alone never gives such a tag.
    """
    if len(frame_scores) < key_frames:
        return np.zeros(frame_scores.shape[1], np.float32)
    agreed: NDArray[np.float32] = np.sort(frame_scores, axis=0)[-key_frames]
    return agreed
