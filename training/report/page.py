"""Write a run's report: RUN/report.html, and its charts one by one in RUN/plots."""

import html
import shlex
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
import yaml
from markupsafe import Markup

from service.models import Model, model_at
from training.config import read_config
from training.errors import RunError
from training.judging.bootstrap import Figure
from training.judging.judged import Judged, read_judged
from training.judging.judgement import Judgement
from training.judging.measures import Flags
from training.report import charts, choice, labels, learning, words
from training.report.pictures import cards
from training.runs import RunFolder

HERE = Path(__file__).parent / "page"
REPORT = "report.html"


def write_report(run: RunFolder) -> Path:
    """Write the report of a judged run. Raises RunError."""
    judged, model = read_judged(run), model_at(run.bundle)
    judgement = judged.judge()
    drawn = _charts(judged, judgement, _history(run))
    confusion, together = labels.confusion(judged), labels.together(judged)
    confused = labels.pairs(confusion, both_ways=False)
    context = {
        "model": model.bundle,
        "run": run,
        "command": run.facts.command,
        "written": datetime.now(UTC),
        "judgement": judgement,
        "beside": run.read_json("metrics.json").get("against_shipped"),
        "headline": words.headline(judgement),
        "findings": list(words.findings(judgement, judged, confused)),
        "tags": sorted(judgement.tags, key=lambda item: (-(item.ap.value if item.images else -1), item.tag)),
        "unmeasured": [item.tag for item in judgement.tags if not item.images],
        "learned": dict(zip(judged.tags, judged.together.diagonal().tolist(), strict=True)),
        "charts": drawn,
        "learning": list(learning.told(_history(run))),
        "panels": list(_panels(judged, judgement)),
        "confusion": _matrix("What it says first", confusion),
        "confused": confused,
        "few": len(confusion.tags) <= charts.FEW_TAGS,
        "together": _matrix("Labels that go together", together),
        "pairs": labels.pairs(together, both_ways=True),
        **_pictures(judged, model),
        "data": [Path(path).name or path for path in run.facts.data],
        "changed": yaml.safe_dump(_changed(run.config.model_dump(mode="json"), read_config(None).model_dump(mode="json")), sort_keys=False),
        "versions": run.read_json("versions.json"),
        "folder": shlex.quote(str(run.path)),
    }
    run.write_text(REPORT, _page(context))
    _write_plots(run, drawn)
    return run.path / REPORT


def _page(context: Mapping[str, Any]) -> str:
    """Names of files and tags come from strangers: everything is escaped but what our own drawing made."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters.update(ranged=words.ranged, interval_bar=charts.interval_bar, figure=_figure)
    environment.globals.update(difference_bar=charts.difference_bar)
    style = Markup((HERE / "style.css").read_text(encoding="utf-8"))  # our own file
    return environment.get_template(REPORT).render(**context, style=style) + "\n"


def _figure(content: Mapping[str, float | None]) -> Figure:
    """A figure as JSON keeps it."""
    return Figure(*(float("nan") if content[name] is None else float(content[name] or 0) for name in ("value", "low", "high")))


def _history(run: RunFolder) -> list[dict[str, str]]:
    try:
        return run.history()
    except RunError:
        return []


def _charts(judged: Judged, judgement: Judgement, history: list[dict[str, str]]) -> dict[str, Markup]:
    """By the name of the file that each becomes."""
    return {
        **dict(learning.learning_charts(history)),
        "precision-recall": charts.precision_recall_chart(judged, judgement),
        "calibration": charts.calibration_chart(judgement.bins, judgement.ece),
    }


def _panels(judged: Judged, judgement: Judgement) -> Iterator[tuple[Any, Markup]]:
    """Each measured tag's own curve, best first."""
    places = {tag: column for column, tag in enumerate(judged.tags)}
    for item in sorted((item for item in judgement.tags if item.images), key=lambda item: -item.ap.value):
        column = places[item.tag]
        rows: Flags = judged.known[:, column]
        yield item, charts.panel(item.tag, judged.truth[rows, column], judged.scores[rows, column], item.ap)


def _matrix(title: str, table: labels.Table) -> Markup:
    if not table.tags:
        return Markup("")
    told = "Rows are the labels. The largest numbers beside the diagonal stand in the table next to it."
    return charts.matrix(title, told, table.tags, table.tags, table.shares, table.counts)


def _pictures(judged: Judged, model: Model) -> dict[str, Any]:
    """The cards, by what they show; all of them go through the network at once."""
    kinds = {"false_alarms": choice.false_alarms(judged), "misses": choice.misses(judged), "right_ones": choice.right_ones(judged)}
    with np.load(model.bundle.folder / "head.npz", allow_pickle=False) as archive:
        head = {name: archive[name] for name in archive.files}
    made = cards(judged, [item for chosen in kinds.values() for item in chosen], model.bundle, head)
    names: dict[str, choice.Kind] = {"false_alarms": "false alarm", "misses": "miss", "right_ones": "right"}
    return {
        **{name: [card for card in made if card.kind == kind] for name, kind in names.items()},
        "gone": {name: bool(chosen) and not any(card.kind == names[name] for card in made) for name, chosen in kinds.items()},
    }


def _changed(content: Any, default: Any) -> Any:
    """What of a configuration differs from the defaults."""
    if not isinstance(content, dict) or not isinstance(default, dict):
        return content
    different = {name: value for name, value in content.items() if value != default.get(name)}
    return {name: _changed(value, default.get(name)) for name, value in different.items()}


def _write_plots(run: RunFolder, drawn: Mapping[str, Markup]) -> None:
    """Each chart as a file of its own, with the style that it needs."""
    style = (HERE / "style.css").read_text(encoding="utf-8")
    for name, chart in drawn.items():
        alone = str(chart).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        sheet = f"<style>{html.escape(style, quote=False)}</style>"
        (run.plots / f"{name}.svg").write_text(alone.replace("<title>", f"{sheet}<title>", 1) + "\n", encoding="utf-8")
