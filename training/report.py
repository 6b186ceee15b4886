"""Figures of a bundle as the tables of the model card: python -m training.report --bundle DIR --data DIR."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from training.manifest import Example, read_manifest, read_split

HERE = Path(__file__).parent
FOUND = click.Path(exists=True, path_type=Path)


def tag_table(facts: dict[str, Any]) -> Iterator[str]:
    """One row a tag: images, validation AP and film AP with intervals, marks."""
    validation, films = facts["metrics"]["validation"]["tags"], facts["metrics"].get("films", {}).get("tags", {})
    yield "| tag | images fitted on | validation images | validation AP (90 %) | films | film AP (90 %) | mark |"
    yield "|---|---|---|---|---|---|---|"
    for tag in facts["thresholds"]:
        here, there = validation.get(tag), films.get(tag)
        mark = "unverified" if tag in facts["unverified"] else "weak" if tag in facts["weak"] else ""
        count = facts["training"]["images_per_tag"].get(tag, 0)
        cells = (tag, count, here["images"] if here else 0, _figure(here), there["films"] if there else "-", _figure(there), mark)
        yield f"| {' | '.join(map(str, cells))} |"


def _figure(figures: dict[str, Any] | None) -> str:
    if figures is None:
        return "not measured"
    low, high = figures["interval_90"]
    return f"{figures['ap']:.2f} ({low:.2f} to {high:.2f})"


def source_table(examples: Sequence[Example], parts: dict[str, str]) -> Iterator[str]:
    """One row a source: images, part of the split, licences as stated."""
    images = Counter(example.source for example in examples)
    licences: defaultdict[str, set[str]] = defaultdict(set)
    for example in examples:
        licences[example.source].add(example.licence)
    yield "| source | images | part | licence as stated |"
    yield "|---|---|---|---|"
    for source, count in sorted(images.items(), key=lambda item: (-item[1], item[0])):
        yield f"| {source} | {count} | {parts[source]} | {', '.join(sorted(licences[source]))} |"


@click.command()
@click.option("--bundle", type=FOUND, required=True)
@click.option("--data", type=FOUND, required=True, help="Folder with manifest.csv.")
@click.option("--split", type=FOUND, default=HERE / "split.csv")
def main(bundle: Path, data: Path, split: Path) -> None:
    """Print the table of tags, then the table of sources."""
    facts = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    parts: dict[str, str] = dict(read_split(split))
    for line in (*tag_table(facts), "", *source_table(read_manifest(data), parts)):
        click.echo(line)


if __name__ == "__main__":
    main()
