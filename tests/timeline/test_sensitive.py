import numpy as np

from service.timeline.sensitive import agreed_scores


def test_one_frame_alone_never_gives_a_sensitive_tag():
    assert agreed_scores(np.array([[0.99]], np.float32), 2).tolist() == [0.0]


def test_the_score_is_the_one_that_two_frames_reach():
    assert agreed_scores(np.array([[0.5], [0.25], [0.75]], np.float32), 2).tolist() == [0.5]
