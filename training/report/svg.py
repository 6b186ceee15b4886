"""Drawing in SVG: text is escaped, colours are names of the page's style, so one drawing does for light and dark."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

Scale: TypeAlias = Callable[[float], float]

WIDTH, HEIGHT = 400, 260  # of a chart, in units that are pixels at full width; narrow, so that text stays legible on a phone
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 34, 40  # margins
NICE = (1, 2, 2.5, 5, 10)  # steps of an axis, times a power of ten
WHOLE = (1, 2, 3, 5, 10)  # the same of an axis that counts


@dataclass(frozen=True)
class Line:
    """A series of points; `style` is a class of the page's style."""

    name: str  # in the legend; empty for a line that belongs to the one before it
    points: Sequence[tuple[float, float]]
    style: str
    dots: bool = False  # where the points themselves matter


@dataclass(frozen=True)
class Axis:
    """The values from `low` to `high`, with ticks."""

    label: str
    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Where a value lies, 0..1."""
        return (value - self.low) / ((self.high - self.low) or 1)


@dataclass(frozen=True)
class Mark:
    """A vertical line with a word: the epoch that was kept, the begin of a stage."""

    x: float
    word: str


def axis(label: str, values: Iterable[float], *, low: float | None = None, high: float | None = None, whole: bool = False) -> Axis:
    """An axis that holds all values; its ends are ticks unless they are given."""
    known = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    start, end = min(known) if low is None else low, max(known) if high is None else high
    step = _step((end - start) / 4 or abs(end) or 1.0, WHOLE if whole else NICE)
    step = max(1.0, round(step)) if whole else step
    start = math.floor(start / step + 1e-9) * step if low is None else start
    end = math.ceil(end / step - 1e-9) * step if high is None else end
    ticks = [round(start + place * step, 10) for place in range(math.floor((end - start) / step + 1e-9) + 1)]
    return Axis(label, start, end, tuple(ticks))


def _step(rough: float, steps: Sequence[float]) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(nice * power for nice in steps if nice * power >= rough * (1 - 1e-9))


def picture(title: str, description: str, width: float, height: float, content: Markup, style: str = "chart") -> Markup:
    """An SVG that a screen reader tells by its title and description."""
    size = Markup(' width="{}" height="{}"').format(number(width), number(height)) if style.startswith("matrix") else Markup("")
    return Markup('<svg class="{}" viewBox="0 0 {} {}"{} role="img" aria-label="{}"><title>{}</title><desc>{}</desc>{}</svg>').format(
        style, number(width), number(height), size, f"{title}. {description}", title, description, content
    )


def line_chart(title: str, description: str, lines: Sequence[Line], x: Axis, y: Axis, marks: Sequence[Mark] = ()) -> Markup:
    """Lines over two axes, with a legend."""

    def across(value: float) -> float:
        return LEFT + x.share(value) * (WIDTH - LEFT - RIGHT)

    def down(value: float) -> float:
        return HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM)

    parts = [_grid(x, y, across, down), _legend([line for line in lines if line.name])]
    parts += [_mark(across(mark.x), mark.word, across(mark.x) > WIDTH * 0.75) for mark in marks]
    parts += [path([(across(a), down(b)) for a, b in line.points], f"line {line.style}") for line in lines]
    parts += [dot(across(a), down(b), f"dot {line.style}") for line in lines if line.dots for a, b in line.points]
    return picture(title, description, WIDTH, HEIGHT, Markup("").join(parts))


def _grid(x: Axis, y: Axis, across: Scale, down: Scale) -> Markup:
    lines = [segment(LEFT, down(tick), WIDTH - RIGHT, down(tick), "grid") for tick in y.ticks]
    lines.append(segment(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
    words = [text(LEFT - 6, down(tick) + 4, _tick(tick), "tick end") for tick in y.ticks]
    words += [text(across(tick), HEIGHT - BOTTOM + 16, _tick(tick), "tick middle") for tick in x.ticks]
    words.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x.label, "label middle"))
    words.append(
        Markup('<text class="label middle" transform="translate(11 {}) rotate(-90)">{}</text>').format(
            number((TOP + HEIGHT - BOTTOM) / 2), y.label
        )
    )
    return Markup("").join([*lines, *words])


def _tick(value: float) -> str:
    """Short: 0.25, 12, 7.5e-4."""
    plain = f"{value:g}"
    return plain if len(plain) < 6 else f"{value:.1e}".replace("e-0", "e-").replace(".0e", "e")


def _legend(lines: Sequence[Line]) -> Markup:
    parts, left = [], float(LEFT)
    for line in lines:
        alone = line.dots and len(line.points) == 1
        parts.append(dot(left + 9, 12, f"dot {line.style}") if alone else segment(left, 12, left + 18, 12, f"line {line.style}"))
        parts.append(text(left + 23, 16, line.name, "tick"))
        left += 40 + 6.4 * len(line.name)
    return Markup("").join(parts)


def _mark(x: float, word: str, to_the_left: bool) -> Markup:
    place = text(x - 4, TOP + 10, word, "tick end") if to_the_left else text(x + 4, TOP + 10, word, "tick")
    return segment(x, TOP, x, HEIGHT - BOTTOM, "mark") + place


def path(points: Sequence[tuple[float, float]], style: str) -> Markup:
    """A line through points."""
    if not points:
        return Markup("")
    steps = " ".join(f"{'L' if place else 'M'}{number(a)} {number(b)}" for place, (a, b) in enumerate(points))
    return Markup('<path class="{}" d="{}"/>').format(style, steps)


def segment(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    """A straight line."""
    return Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>').format(style, number(x1), number(y1), number(x2), number(y2))


def dot(x: float, y: float, style: str, radius: float = 3) -> Markup:
    """A filled circle."""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(style, number(x), number(y), number(radius))


def text(x: float, y: float, words: str, style: str) -> Markup:
    """A line of text whose base line begins (or ends, or has its middle) at a point."""
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(style, number(x), number(y), words)


def number(value: float) -> str:
    """Short, for there are thousands of them."""
    return f"{value:.1f}".rstrip("0").rstrip(".")
