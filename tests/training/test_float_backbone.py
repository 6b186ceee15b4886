import numpy as np

from service.predictors.bundle import SHIPPED_TAGGER
from tests.training.fake_runs import still_examples
from training.features import ServedBackbone, image_features
from training.float_backbone import FloatBackbone


def test_the_float_backbone_sees_what_the_served_one_sees_and_is_kept_apart(tmp_path):
    examples = still_examples(each=1)[:3]
    floats, served = (
        image_features(backbone(SHIPPED_TAGGER), examples, ["whole"], tmp_path).views[0].astype(np.float32)
        for backbone in (FloatBackbone, ServedBackbone)
    )
    cosines = (floats * served).sum(axis=1) / np.linalg.norm(floats, axis=1) / np.linalg.norm(served, axis=1)
    assert cosines.min() > 0.97
    assert not np.array_equal(floats, served)
