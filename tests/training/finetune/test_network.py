import keras
import numpy as np
import pytest

from tests.training.finetune.small import SIZE, small_backbone
from training.config import FinetuneConfig, HeadConfig, Stage
from training.errors import ConfigError, WeightsError
from training.finetune.devices import use_devices
from training.finetune.folding import fold, unfold
from training.finetune.network import build_network, layers_behind
from training.finetune.optimizer import make_optimizer

IMAGES = np.random.default_rng(0).uniform(-1, 1, (2, SIZE, SIZE, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def backbone():
    """With batch norms that do something."""
    model, rng = small_backbone(), np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([rng.normal(size=8), rng.normal(size=8), rng.uniform(0.5, 2, 8)])
    return model


def features(model):
    return keras.ops.convert_to_numpy(model(IMAGES, training=True)["features"])


def test_a_folded_backbone_answers_like_the_whole_one_and_has_no_batch_norm(backbone):
    folded = fold(backbone)
    assert features(folded) == pytest.approx(features(backbone), abs=1e-5)
    assert not [layer for layer in folded.layers if isinstance(layer, keras.layers.BatchNormalization)]


def test_unfolding_gives_back_what_was_learned(backbone):
    folded = fold(backbone)
    folded.get_layer(folded.layers[1].name).set_weights([values * 1.5 for values in folded.layers[1].get_weights()])
    fresh = small_backbone()
    for ours, theirs in zip(fresh.layers, backbone.layers, strict=True):
        ours.name = theirs.name
    unfold(folded, fresh)
    assert features(fresh) == pytest.approx(features(folded), abs=1e-5)
    assert features(fresh) != pytest.approx(features(backbone), abs=1e-3)


@pytest.mark.parametrize(("train", "blocks", "learning"), [("head", 1, 4), ("top", 1, 6), ("top", 2, 8), ("all", 1, 10)])
def test_a_stage_lets_the_head_and_its_blocks_learn(backbone, train, blocks, learning):
    network = build_network(backbone, 4, HeadConfig(hidden=5), FinetuneConfig(size=SIZE))
    network.learn(Stage(train=train, top_blocks=blocks, epochs=1, learning_rate=1))
    assert len(network.model.trainable_variables) == learning


def test_more_blocks_than_there_are_is_told(backbone):
    with pytest.raises(ConfigError, match="1 to 2"):
        layers_behind(backbone, 3)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_in_mixed_precision_the_weights_and_the_answers_stay_exact(backbone, precision):
    network = build_network(backbone, 4, HeadConfig(hidden=5), FinetuneConfig(size=SIZE, precision=precision))
    assert {variable.dtype for variable in network.model.trainable_variables} == {"float32"}
    answer = keras.ops.convert_to_numpy(network.model(np.zeros((1, SIZE, SIZE, 3), np.uint8)))
    assert answer.dtype == np.float32 and answer.sum() == pytest.approx(1, abs=1e-5)


def test_float16_scales_the_loss():
    stage = Stage(train="all", epochs=1, learning_rate=1)
    assert isinstance(make_optimizer(stage, 10, FinetuneConfig(precision="mixed_float16"), 2), keras.optimizers.LossScaleOptimizer)


def test_the_rate_rises_and_falls():
    rate = make_optimizer(Stage(train="all", epochs=1, learning_rate=1.0), 100, FinetuneConfig(warm_up=0.1), 1)._learning_rate
    assert [float(rate(step)) for step in (0, 5, 10, 100)] == pytest.approx([0, 0.5, 1, 0], abs=1e-6)


def test_a_head_of_other_tags_is_refused(backbone):
    other = build_network(backbone, 6, HeadConfig(hidden=5), FinetuneConfig(size=SIZE)).weights()[1]
    with pytest.raises(WeightsError, match="other tags"):
        build_network(backbone, 4, HeadConfig(), FinetuneConfig(size=SIZE), other)


def test_several_devices_need_jax():
    with pytest.raises(ConfigError, match="KERAS_BACKEND=jax"):
        use_devices(FinetuneConfig(devices=2))
