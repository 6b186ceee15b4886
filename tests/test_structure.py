"""The house rules of docs/design.md that a reader of the sources can hold."""

import ast
import graphlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import service

ROOT = Path(service.__file__).parent.parent
FILES = sorted([*ROOT.glob("service/**/*.py"), *ROOT.glob("training/**/*.py")])
HOME = {  # library -> where alone it may be imported
    "av": ("service/video/",),
    "cv2": ("service/video/", "service/digits/", "training/"),
    "scenedetect": ("service/video/",),
    "openvino": ("service/predictors/", "training/"),
    "fastapi": ("service/api/", "service/app.py"),
    "starlette": ("service/api/", "service/app.py"),
    "uvicorn": ("service/api/", "service/app.py", "service/web_server.py"),
    "streaming_form_data": ("service/multipart.py", "service/images/form.py"),
    "sqlalchemy": ("service/store/",),
    "alembic": ("service/store/",),
    "dbos": ("service/jobs.py",),
    "fsspec": ("service/storage.py",),
    "opentimelineio": ("service/exports/",),
    "prometheus_client": ("service/api/", "service/worker/"),
    "tensorflow": ("training/",),
    "keras": ("training/",),
    "nncf": ("training/",),
    "imagehash": ("training/",),
    "pycocotools": ("training/",),
    "jinja2": ("training/report/",),
}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("library", HOME)
def test_a_heavy_library_is_imported_in_its_folder_alone(library):
    users = {str(path.relative_to(ROOT)) for path in FILES if library in {name.split(".")[0] for name in imports_of(path)}}
    assert [user for user in users if not user.startswith(HOME[library])] == []


def test_service_never_imports_training():
    assert [
        str(path) for path in FILES if module_of(path).startswith("service") for name in imports_of(path) if name.startswith("training")
    ] == []


def test_imports_make_no_cycle():
    modules = {module_of(path) for path in FILES}
    graph = {module_of(path): {name for name in imports_of(path) if name in modules} for path in FILES}
    list(graphlib.TopologicalSorter(graph).static_order())


def test_leaves_import_nothing_of_ours():
    for leaf in ("errors", "records", "files"):
        assert not [name for name in imports_of(ROOT / f"service/{leaf}.py") if name.startswith(("service", "training"))]


def test_no_tag_is_named_in_the_sources():
    from service.tags import load_vocabulary

    long_enough_to_mean_a_tag = [tag for tag in load_vocabulary().ids if "_" in tag]
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        assert [tag for tag in long_enough_to_mean_a_tag if tag in text] == [], path
