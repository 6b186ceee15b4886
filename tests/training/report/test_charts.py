import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from training.judging.bootstrap import Figure
from training.judging.measures import Bin
from training.report.charts import calibration_chart, difference_bar, interval_bar, matrix, panel, steps
from training.report.svg import Line, Mark, axis, line_chart


def parsed(chart):
    return ElementTree.fromstring(str(chart))


@pytest.mark.parametrize(
    ("values", "low", "high"), [((0.2, 0.9), 0.2, 1.0), ((0.0,), 0.0, 0.0), ((1e-4, 9e-4), 0.0, 1e-3), ((float("nan"),), 0.0, 1.0)]
)
def test_an_axis_holds_its_values(values, low, high):
    made = axis("x", values)
    assert made.low <= low and made.high >= high
    assert made.low <= made.ticks[0] and made.ticks[-1] <= made.high + 1e-9


def test_an_axis_of_epochs_has_whole_ticks():
    assert axis("epoch", [], low=1, high=12, whole=True).ticks == (1, 4, 7, 10)


def test_a_chart_tells_its_content_in_words():
    chart = parsed(
        line_chart(
            "Loss & more", "falls", [Line("a<b", [(0, 1), (1, 0)], "first")], axis("x", (0, 1)), axis("y", (0, 1)), [Mark(0.9, "kept")]
        )
    )
    assert chart.attrib["role"] == "img"
    assert chart.find("title").text == "Loss & more"
    assert "a<b" in [item.text for item in chart.iter("text")]


def test_a_curve_is_thinned_and_keeps_its_ends():
    truth = np.ones(5000, bool)
    points = steps(truth, np.linspace(1, 0, 5000).astype(np.float32))
    assert len(points) <= 121
    assert points[-1] == (1.0, 1.0)


def test_a_tag_without_an_image_has_an_empty_panel():
    chart = parsed(panel("war", np.zeros(4, bool), np.ones(4, np.float32), Figure(0, 0, 0)))
    assert chart.findall("path") == []


def test_a_small_matrix_shows_its_numbers_and_a_large_one_only_what_is_there():
    tags = [f"tag {place}" for place in range(20)]
    few = parsed(matrix("m", "t", tags[:3], tags[:3], np.eye(3), np.eye(3) * 4))
    assert [item.text for item in few.iter("text")].count("4") == 3
    many = parsed(matrix("m", "t", tags, tags, np.eye(20), np.eye(20)))
    assert len(list(many.iter("rect"))) == 20


def test_a_calibration_chart_has_a_dot_for_each_bin():
    bins = [Bin(0, 0.1, 5, 0.05, 0.0), Bin(0.9, 1.0, 5, 0.95, 1.0)]
    assert len(list(parsed(calibration_chart(bins, 0.05)).iter("circle"))) == 2


def test_bars_are_drawings_that_a_screen_reader_passes_by():
    for bar in (interval_bar(Figure(0.5, 0.4, 0.6)), difference_bar(Figure(2.0, -3.0, 3.0), 0.5, "better")):
        assert parsed(bar).attrib["aria-hidden"] == "true"
