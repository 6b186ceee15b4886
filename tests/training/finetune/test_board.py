from training.finetune.board import write_row


class Points:
    """Stands in for TensorBoard's writer."""

    def __init__(self):
        self.points, self.flushed = [], False

    def add_scalar(self, tag, data, step):
        self.points.append((tag, data, step))

    def flush(self):
        self.flushed = True


def test_every_figure_of_an_epoch_is_a_point():
    points = Points()
    write_row(points, {"epoch": 3, "stage": 1, "loss": 0.5, "validation_map": 0.25})
    assert points.points == [("loss", 0.5, 3), ("validation_map", 0.25, 3)] and points.flushed


def test_without_tensorboard_nothing_is_written():
    write_row(None, {"epoch": 1, "loss": 0.5})
