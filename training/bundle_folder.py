"""Write a bundle's folder: files and bundle.json, all at once or not at all."""

import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from service.files import file_sha256, write_whole
from service.predictors.facts import FACTS, SCHEMA_VERSION, read_facts
from training.errors import ConfigError


def write_bundle_folder(out: Path, facts: Mapping[str, Any], put: Callable[[Path], None], check: Callable[[Path], None]) -> None:
    """Write the bundle `out`: `put` puts its files into a folder beside it, `check` tries that as the service would.

    Then it takes its place, so a reader never meets half a bundle. `facts` are all that bundle.json says but its files; they may be
    completed while `put` is at work. Raises what the two raise, and ConfigError where `out` holds something that is no bundle.
    """
    if out.exists() and not (out / FACTS).exists() and any(out.iterdir()):
        raise ConfigError(f"{out} holds something that is no bundle; name another folder.")
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".bundle-") as parent:
        fresh = Path(parent) / "fresh"
        fresh.mkdir()
        put(fresh)
        write_bundle_facts(fresh, facts)
        check(fresh)
        if out.exists():
            os.rename(out, Path(parent) / "former")
        os.rename(fresh, out)


def write_bundle_facts(folder: Path, facts: Mapping[str, Any]) -> None:
    """Write bundle.json of the files that lie in `folder`."""
    hashes = {path.name: file_sha256(path) for path in sorted(folder.iterdir()) if path.name != FACTS}
    _write(folder, {"schema_version": SCHEMA_VERSION, **facts, "files": hashes})


def rewrite_facts(folder: Path, changes: Mapping[str, Any]) -> None:
    """Change entries of an existing bundle's bundle.json (thresholds after tuning, say); its files stay. Raises BundleError."""
    _write(folder, {**read_facts(folder), **changes})


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    write_whole(folder / FACTS, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
