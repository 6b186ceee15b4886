"""Cards of models, and their figures by tag; bundles come from strangers."""

import pytest

from service.errors import BundleError
from service.model_card import card_of
from service.model_figures import figures_per_tag
from service.model_install import install
from service.models import DETECTORS, TAGGERS, model_at, open_in_use
from service.predictors.facts import LARGEST_CARD, read_facts
from tests.bundles import change_facts, write_bundle, write_facts

TAGS = ["crowd", "empty street"]


@pytest.fixture
def bundle(tmp_path):
    return write_bundle(tmp_path / "own", TAGS)


def card(folder):
    return card_of(model_at(folder, check_files=False), read_facts(folder))


def rows(folder):
    return figures_per_tag(model_at(folder, check_files=False), read_facts(folder))


def with_card(bundle, text):
    (bundle / "card.md").write_bytes(text)
    write_facts(bundle, {name: value for name, value in read_facts(bundle).items() if name != "files"})
    return bundle


def test_a_card_tells_parts_making_figures_and_limits():
    model = open_in_use(None, TAGGERS)
    text = card_of(model, read_facts(model.bundle.folder))
    assert text.startswith("# movietags-tagger 1.1.0\n\nA model for the task `tagger`: it scores pictures")
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Parts and licences",
        "## How it was made",
        "## Figures",
        "## Limits",
    ]
    for line in (
        "- **head**: Apache-2.0 (trained by this project)",
        "- images: train 10351, validation 2033",
        "- A network of its own gives `nudity`, `sex`; they hold in a shot where 2 of its key frames agree.",
    ):
        assert line in text
    assert "- **validation**: images 2033, mean_ap 0.466, split: validation part" in text
    assert "images_per_tag" not in text


def test_every_kind_of_model_has_a_card():
    detector = open_in_use(None, DETECTORS)
    facts = read_facts(detector.bundle.folder)
    assert "finds objects of 80 kinds" in card_of(detector, facts)
    first = figures_per_tag(detector, facts)[0]
    assert (first["tag"], first["threshold"], first["weak"], first["films"]) == ("person", 0.4, False, None)


def test_a_bundle_may_bring_its_own_card(bundle, tmp_path):
    model = install(tmp_path / "models", with_card(bundle, b"# Ours\n\nOf \xff our \x1b[31mtown\x1b[0m.\n"))
    assert card(model.bundle.folder) == "# Ours\n\nOf \N{REPLACEMENT CHARACTER} our [31mtown[0m.\n"


def test_a_card_that_is_too_large_is_not_installed(bundle, tmp_path):
    with pytest.raises(BundleError, match=r"card\.md is larger than"):
        install(tmp_path / "models", with_card(bundle, bytes(LARGEST_CARD + 1)))


def test_a_card_that_is_gone_gives_way_to_what_is_known(bundle):
    with_card(bundle, b"# Ours")
    (bundle / "card.md").unlink()
    assert card(bundle).startswith("# own-tagger 1.0.0")


def test_figures_come_by_tag_in_the_order_of_the_vocabulary(bundle):
    tags = {"crowd": {"images": 12, "ap": 0.7, "interval_90": [0.6, 0.8]}}
    films = {"films": 9, "tags": {"crowd": {"films": 3, "ap": 0.5, "interval_90": None}}}
    change_facts(bundle, metrics={"validation": {"tags": tags}, "films": films}, weak=["crowd"], training={"images_per_tag": {"crowd": 40}})
    crowd, street = rows(bundle)
    assert crowd == {
        **{"tag": "crowd", "threshold": 0.5, "weak": True, "unverified": False, "fitted": 40, "images": 12, "ap": 0.7},
        **{"interval_90": [0.6, 0.8], "accuracy": None, "films": {"films": 3, "ap": 0.5, "interval_90": None}},
    }
    assert street == {
        **{"tag": "empty street", "threshold": 0.5, "weak": False, "unverified": False},
        **dict.fromkeys(("fitted", "images", "ap", "interval_90", "accuracy", "films")),
    }


@pytest.mark.parametrize(
    "odd",
    [
        {"metrics": {"validation": {"tags": ["crowd"]}}},
        {"metrics": {"validation": {"tags": {"crowd": 3}}, "films": {"tags": {"crowd": []}}}},
        {"metrics": {"validation": {"tags": {"crowd": {"images": -1, "ap": "high", "interval_90": [0, 7]}}}}},
        {"metrics": {"validation": {"tags": {"crowd": {"images": True, "ap": True, "interval_90": [0]}}}}},
        {"training": ["images_per_tag"], "metrics": None},
        {"training": {"images_per_tag": {"crowd": 0.5}, "config": [[{}]]}, "metrics": {}},
    ],
)
def test_figures_that_are_none_are_left_out(bundle, odd):
    change_facts(bundle, **odd)
    row = rows(bundle)[0]
    assert [row[name] for name in ("fitted", "images", "ap", "interval_90", "films")] == [None] * 5
    assert card(bundle).startswith("# own-tagger 1.0.0")


def test_a_stranger_writes_no_lines_of_the_card(bundle):
    change_facts(bundle, licences=[{"part": "head\n\n# Trust me", "licence": "MIT\x07"}], metrics={"validation": {"note": "a\nb"}})
    text = card(bundle)
    assert "- **head # Trust me**: MIT\n" in text
    assert "- **validation**: note: a b\n" in text
