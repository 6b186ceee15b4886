"""Search for similar key frames: the service's index, plain NumPy over all vectors, and usearch's graphs in parts, side by side.

usage: python -m benchmarks.similar_frames [--films 100] [--frames 1000] [--asked 20] [--part 100000] [--no-graphs]

Vectors are made up as a library's are: themes, films of a few themes, shots, key frames of a shot that are nearly the same. Each way
answers the same questions in turn; recall is the share of the ten best of plain NumPy. The index is the real one, in files in a
temporary folder (312 bytes a frame). Graphs take long to build; --no-graphs leaves them out.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from usearch.index import Index as Graph

from service.similar.frames import FRAME, NO_TAG, Film
from service.similar.index import BLOCK
from service.similar.index_files import IndexFiles
from service.similar.vectors import DIMENSIONS, Vectors

BEST = 10
THEMES, THEMES_OF_A_FILM, FRAMES_OF_A_SHOT = 200, 3, 2
Rows = Sequence[int]


def film_vectors(themes: NDArray[np.float32], frames: int, random: np.random.Generator) -> Vectors:
    """Key frames of one film."""
    shots = -(-frames // FRAMES_OF_A_SHOT)
    own = themes[random.choice(len(themes), THEMES_OF_A_FILM)]
    places = own[random.integers(THEMES_OF_A_FILM, size=shots)] + random.standard_normal((shots, DIMENSIONS), np.float32)
    seen = np.repeat(places, FRAMES_OF_A_SHOT, axis=0)[:frames] + 0.3 * random.standard_normal((frames, DIMENSIONS), np.float32)
    return np.asarray(np.rint(seen * (127 / np.abs(seen).max(axis=1, keepdims=True))), np.int8)


def fill(files: IndexFiles, films: int, frames: int) -> None:
    """Put films into the index."""
    random = np.random.default_rng(1)
    themes = random.standard_normal((THEMES, DIMENSIONS), np.float32)
    for number in range(films):
        rows = np.zeros(frames, FRAME)
        rows["vector"], rows["tags"] = film_vectors(themes, frames, random), NO_TAG
        files.add(Film(f"mov_{number}", "results/1", rows, ()))
    files.save()


def plainly(vectors: Vectors, asked: Vectors) -> Rows:
    """The best of all, exactly."""
    wanted = asked.astype(np.float32)
    cosines = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), BLOCK):
        block = vectors[start : start + BLOCK].astype(np.float32)
        cosines[start : start + BLOCK] = block @ wanted / np.linalg.norm(block, axis=1)
    best: list[int] = np.argsort(-cosines)[:BEST].tolist()
    return best


def graphs_of(vectors: Vectors, part: int) -> list[Graph]:
    """usearch's graphs over parts."""
    parts = []
    for start in range(0, len(vectors), part):
        graph = Graph(ndim=DIMENSIONS, metric="cos", dtype="i8")
        rows = np.array(vectors[start : start + part])
        graph.add(np.arange(start, start + len(rows)), rows)
        parts.append(graph)
    return parts


def by_graphs(graphs: Sequence[Graph], asked: Vectors) -> Rows:
    """The best of all parts."""
    answers = [graph.search(asked, BEST) for graph in graphs]
    found = sorted((float(far), int(row)) for answer in answers for row, far in zip(answer.keys, answer.distances, strict=True))
    return [row for _far, row in found[:BEST]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("films", 100), ("frames", 1000), ("asked", 20), ("part", 100_000)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--no-graphs", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = IndexFiles(Path(folder), "benchmark")
        began = time.perf_counter()
        fill(files, given.films, given.frames)
        index = files.index
        print(f"{index.count:,} frames of {given.films} films; made and written in {time.perf_counter() - began:.0f} s")
        vectors = index.frames["vector"]
        ways: dict[str, Callable[[Vectors], Rows]] = {"NumPy, all vectors": lambda asked: plainly(vectors, asked)}
        ways["the service's index"] = lambda asked: index.nearest(asked)[0][:BEST]
        if not given.no_graphs:
            began = time.perf_counter()
            graphs = graphs_of(vectors, given.part)
            print(f"usearch's graphs built in {time.perf_counter() - began:.0f} s")
            ways["usearch's graphs"] = lambda asked: by_graphs(graphs, asked)
        compare(ways, [np.array(vectors[row]) for row in np.random.default_rng(2).integers(index.count, size=given.asked)])
        files.close()


def compare(ways: dict[str, Callable[[Vectors], Rows]], questions: Sequence[Vectors]) -> None:
    """Ask each question of each way in turn; the first way is right."""
    wall: dict[str, list[float]] = {name: [] for name in ways}
    work: dict[str, list[float]] = {name: [] for name in ways}
    shares: dict[str, list[float]] = {name: [] for name in ways}
    for asked in questions:
        right: set[int] = set()
        for name, way in ways.items():
            began, worked = time.perf_counter(), time.process_time()
            found = set(way(asked))
            wall[name].append(time.perf_counter() - began)
            work[name].append(time.process_time() - worked)
            right = right or found
            shares[name].append(len(found & right) / BEST)
    for name in ways:
        median, cpu = statistics.median(wall[name]) * 1000, statistics.median(work[name]) * 1000
        worst = max(wall[name]) * 1000
        recall = statistics.mean(shares[name])
        print(f"{name:22} median {median:7.1f} ms, worst {worst:7.1f} ms, CPU {cpu:7.1f} ms; recall@{BEST} {recall:.3f}")


if __name__ == "__main__":
    main()
