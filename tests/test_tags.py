import pytest

from service.errors import UnknownTag, VocabularyError
from service.tags import load_vocabulary

ORDER = """
Action, Bomb explosion, Car chase, Destruction, Sword fight, Vehicle crash, Violence, Abduction, Heist, Adventure, Animal, Beach/Sea,
Climbing, Desert, Hiking, Forest, Valleys/Hills, Children, Family, Club/Bar, Dance, Music, Wedding, College/University, Hospital,
Drinking, Food, Smoking, Exercise, Sports, Swimming, Glamor/Fashion, Nudity, Romance, Sex, Horror, Monster, Murder, Lab experiment,
Sci-fi, Super hero, Technology, Robot, Military, Police, Prison, War, Weapon, Animation, Drama
"""
DOUBLED = f"[&a0 [x], {', '.join(f'&a{n + 1} [*a{n}, *a{n}]' for n in range(60))}]\n"  # short here, endless when written out


def test_the_shipped_vocabulary_has_the_fifty_tags_in_their_order():
    assert [tag.name["en"] for tag in load_vocabulary().tags] == [name.strip() for name in ORDER.split(",")]


def test_every_shipped_tag_says_what_counts_in_english_and_spanish():
    for tag in load_vocabulary().tags:
        assert all(tag.name[language] and tag.description[language] for language in ("en", "es")), tag.id
        assert "\n" not in tag.description["en"] + tag.description["es"]
        assert tag.group != "other"


def test_an_unknown_tag_is_answered_with_close_ones():
    with pytest.raises(UnknownTag, match=r"'weding'.*wedding"):
        load_vocabulary()["weding"]


def test_an_own_vocabulary_needs_nothing_but_ids(tmp_path):
    path = tmp_path / "tags.yaml"
    path.write_text("tags:\n  - id: sunset\n  - {id: night, name: Night}\n")
    vocabulary = load_vocabulary(path)
    assert vocabulary.ids == ("sunset", "night")
    assert vocabulary["night"].name == {"en": "Night", "es": "Night"}
    assert vocabulary.blurred == set()


def test_pictures_of_four_shipped_tags_are_blurred():
    assert load_vocabulary().blurred == {"nudity", "sex", "violence", "murder"}


@pytest.mark.parametrize("tag", ["a", "_", "car chase", "rock'n'roll", "día-1", "a" * 80, "sci-fi (old)"])
def test_ids_of_many_kinds_are_taken(tmp_path, tag):
    path = tmp_path / "tags.yaml"
    path.write_text(f'tags:\n  - id: "{tag}"\n', encoding="utf-8")
    assert load_vocabulary(path).ids == (tag,)


def test_a_tag_of_another_vocabulary_is_called_by_its_id():
    vocabulary = load_vocabulary()
    assert (vocabulary.name("war", "es"), vocabulary.name("crowd", "es")) == ("Guerra", "crowd")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("tags: []", "at least one tag"),
        ("- a\n- b\n", "list named 'tags'"),
        ("tags:\n  - name: x\n", "needs at least an 'id'"),
        ("tags:\n  - id: a\n  - id: a\n", "names a more than once"),
        ("tags: [", "cannot be read"),
        (f"tags: {'[' * 5000}", "cannot be read"),
        (f"tags:\n  - id: a\n    name: {DOUBLED}", "aliases"),
        ("tags:\n  - id: a\n    group: {b: c}\n", "are texts"),
        ("tags:\n  - id: a\n    blurred: often\n", "true or false"),
        ("tags:\n  - id: ''\n", "the id '' cannot be used"),
        ("tags:\n  - id: a,b\n", "the id 'a,b'"),
        ("tags:\n  - id: a|b\n", "cannot be used"),
        ("tags:\n  - id: ../b\n", "cannot be used"),
        ("tags:\n  - id: 'a '\n", "cannot be used"),
        ("tags:\n  - id: '=cmd()'\n", "cannot be used"),
        (f"tags:\n  - id: {'a' * 81}\n", "at most 79"),
    ],
)
def test_a_wrong_vocabulary_file_is_refused_with_its_reason(tmp_path, content, message):
    path = tmp_path / "tags.yaml"
    path.write_text(content)
    with pytest.raises(VocabularyError, match=message):
        load_vocabulary(path)
