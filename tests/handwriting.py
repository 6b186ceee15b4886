"""Photos of digits on paper with known truth: drawn strokes, a sheet that is turned and unevenly lit, noise, JPEG."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Lines of the pen through points of a box 100 wide and 160 tall.
STROKES = {
    "0": [[(50, 2), (18, 30), (10, 85), (28, 145), (55, 157), (85, 125), (90, 70), (78, 20), (50, 2)]],
    "1": [[(30, 35), (55, 3), (52, 157)]],
    "2": [[(14, 40), (30, 8), (65, 3), (85, 30), (72, 75), (38, 120), (10, 152), (50, 148), (92, 152)]],
    "3": [[(14, 20), (45, 2), (80, 20), (75, 58), (42, 76), (80, 92), (88, 130), (50, 158), (10, 140)]],
    "4": [[(30, 4), (14, 92), (88, 88)], [(68, 30), (64, 158)]],
    "5": [[(28, 6), (22, 72), (58, 66), (86, 98), (76, 140), (40, 158), (10, 142)], [(28, 6), (86, 4)]],
    "6": [[(74, 4), (34, 50), (14, 108), (30, 152), (66, 156), (86, 122), (62, 88), (30, 98), (16, 122)]],
    "7": [[(10, 8), (88, 6), (60, 70), (42, 157)]],
    "8": [[(74, 20), (44, 2), (20, 26), (40, 66), (78, 104), (76, 146), (42, 158), (14, 132), (34, 90), (72, 56), (78, 26), (70, 14)]],
    "9": [[(80, 30), (50, 4), (18, 30), (26, 72), (60, 74), (80, 32), (78, 90), (66, 157)]],
}


@dataclass(frozen=True)
class Photo:
    """A picture (height, width, 3) and what is written on it, in reading order."""

    picture: NDArray[np.uint8]
    text: str
    boxes: list[tuple[int, int, int, int]]  # x, y, width, height of each digit's ink


def written_digit(digit: str, height: int, random: np.random.Generator, pen: float = 0.07) -> NDArray[np.float32]:
    """Ink (h, w), 0 to 1, of a digit about `height` pixels tall; `pen` is the stroke's width by the height."""
    fine, margin = 4, 20
    scale = fine * height / 160
    canvas = np.zeros((int(160 * scale) + 2 * margin * fine, int(110 * scale) + 2 * margin * fine), np.uint8)
    for points in STROKES[digit]:
        curve = _smooth(np.array(points, float) + random.normal(0, 2.0, (len(points), 2))) * scale + margin * fine
        cv2.polylines(canvas, [curve.round().astype(np.int32)], False, 255, max(1, round(pen * height * fine)), cv2.LINE_AA)
    small = cv2.resize(canvas, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    return np.asarray(trimmed(small) / 255, np.float32)


def trimmed(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Cut to its ink."""
    x, y, width, height = cv2.boundingRect(cv2.findNonZero((ink > 40).astype(np.uint8)))
    return ink[y : y + height, x : x + width]


def _smooth(points: NDArray[np.float64], between: int = 8) -> NDArray[np.float64]:
    """A curve through the points (Catmull and Rom 1974); sharp where the pen turns back sharply."""
    framed = np.concatenate([points[:1], points, points[-1:]])
    pieces = []
    for before, start, end, after in zip(framed, framed[1:], framed[2:], framed[3:], strict=False):
        t = np.linspace(0, 1, between, endpoint=False)[:, None]
        out, back = (end - before) * 0.35, (after - start) * 0.35
        pieces.append((2 * t**3 - 3 * t**2 + 1) * start + (t**3 - 2 * t**2 + t) * out + (3 * t**2 - 2 * t**3) * end + (t**3 - t**2) * back)
    return np.concatenate([*pieces, points[-1:]])


@dataclass(frozen=True)
class Scene:
    """How the sheet was photographed."""

    size: tuple[int, int] = (640, 480)  # width, height
    degrees: float = 0.0  # clockwise
    perspective: float = 0.0  # by how much of a side the corners move
    bright_ink: bool = False  # chalk on a board
    shade: float = 0.35  # of the light lost from one corner to the other
    shadow: bool = False  # of a hand, with an edge
    ruled: bool = False
    noise: float = 4.0  # grey levels
    quality: int = 80  # of JPEG
    contrast: float = 0.7  # of the paper's light that the ink takes away


def written(text: str, height: int, random: np.random.Generator, scene: Scene | None = None, pen: float = 0.07) -> Photo:
    """A photo of digits drawn here; lines of `text` are rows."""
    rows = [[written_digit(digit, height, random, pen) for digit in line] for line in text.split("\n")]
    return photographed(rows, text.replace("\n", ""), random, scene or Scene())


def photographed(rows: list[list[NDArray[np.float32]]], text: str, random: np.random.Generator, scene: Scene) -> Photo:
    """A photo of rows of ink (h, w), 0 to 1, in the middle of a sheet."""
    width, height = scene.size
    inks = _laid_out(rows, (width, height), random)
    matrix = _view(scene, random)
    warped = [cv2.warpPerspective(ink, matrix, (width, height), flags=cv2.INTER_LINEAR) for ink in inks]
    ink = np.max(warped, axis=0) if warped else np.zeros((height, width), np.float32)
    if scene.ruled:
        lines = np.zeros((height, width), np.float32)
        for y in range(-height, 2 * height, max(24, height // 12)):
            cv2.line(lines, (-width, y), (2 * width, y), 0.6, 2, cv2.LINE_AA)
        ink = np.maximum(ink, cv2.warpPerspective(lines, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE))
    boxes = [tuple(map(int, cv2.boundingRect(cv2.findNonZero((one > 0.5).astype(np.uint8))))) for one in warped]
    return Photo(_exposed(ink, scene, random), text, boxes)  # type: ignore[arg-type]


def _laid_out(rows: list[list[NDArray[np.float32]]], size: tuple[int, int], random: np.random.Generator) -> list[NDArray[np.float32]]:
    """Each ink alone on a sheet of this size."""
    tall = max((ink.shape[0] for row in rows for ink in row), default=0)
    sheets = []
    y = (size[1] - int(1.4 * tall * len(rows))) // 2
    for row in rows:
        gap = 0.3 * tall
        x = (size[0] - sum(ink.shape[1] + gap for ink in row) + gap) / 2
        for ink in row:
            sheet = np.zeros((size[1], size[0]), np.float32)
            top = int(y + 0.2 * tall + (tall - ink.shape[0]) / 2 + random.normal(0, 0.03) * tall)
            sheet[top : top + ink.shape[0], int(x) : int(x) + ink.shape[1]] = ink
            sheets.append(sheet)
            x += ink.shape[1] + gap * random.uniform(0.7, 1.3)
        y += int(1.4 * tall)
    return sheets


def _view(scene: Scene, random: np.random.Generator) -> NDArray[np.float64]:
    """The sheet as the camera sees it, (3, 3)."""
    width, height = scene.size
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    moved = corners + random.uniform(-1, 1, (4, 2)) * scene.perspective * min(width, height)
    turn = np.eye(3)
    turn[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), -scene.degrees, 1.0)
    return np.asarray(turn @ cv2.getPerspectiveTransform(corners, moved.astype(np.float32)))


def _exposed(ink: NDArray[np.float32], scene: Scene, random: np.random.Generator) -> NDArray[np.uint8]:
    height, width = ink.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    turn = random.uniform(0, 2 * np.pi)
    slope = np.cos(turn) * x / width + np.sin(turn) * y / height
    light = 1 - scene.shade * (slope - slope.min()) / np.ptp(slope)
    if scene.shadow:
        outline = np.array([(0.55, -0.1), (1.1, -0.1), (1.1, 1.1), (0.75, 1.1)]) * (width, height)
        dark = cv2.fillPoly(np.zeros((height, width), np.float32), [outline.astype(np.int32)], 1.0)
        light *= 1 - 0.4 * cv2.GaussianBlur(dark, (0, 0), 0.01 * width)
    fibres = cv2.GaussianBlur(random.normal(0, 1, (height, width)).astype(np.float32), (0, 0), 2) * 0.02
    paper = 60 * (1 - fibres) if scene.bright_ink else 235 * (1 - fibres)
    seen = paper + ink * (170 * scene.contrast) if scene.bright_ink else paper * (1 - scene.contrast * ink)
    tint = np.array([1.0, 0.98, 0.93], np.float32)
    picture = (seen * light)[..., None] * tint + random.normal(0, scene.noise, (height, width, 1))
    return through_jpeg(np.clip(picture, 0, 255).astype(np.uint8), scene.quality)


def through_jpeg(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """As it comes out of a JPEG file."""
    content = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])
