"""Join clips into one film whose cuts are known, for measuring cuts and the edges of segments.

usage: python -m benchmarks.joined_film OUT.mp4 CLIP... [--seconds 4] [--most 60]

Of every clip the first piece of `--seconds` without a cut of its own is taken; a clip without one is left out. "Without a
cut" is judged by a plain and strict measure, not by the detector that is to be measured: the pattern of light (32x18, bars
cut) of neighbouring frames correlates by more than CALM, and no frame is flat. All pieces are scaled to one size and rate
and encoded in one go; every second join gets a key frame, the others lie inside a group of pictures. OUT.mp4.json lists
the joins: [{"file", "start_ms", "end_ms", "key_frame"}].
"""

import argparse
import json
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.frame import PictureType

from service.video.geometry import cut_black_bars

SIZE, RATE = (640, 360), 25
CALM = 0.9  # correlation of neighbouring frames; a cut to another picture shows far less
FLAT = 6.0  # standard deviation of luma; black, white and plain titles are left out


def light(picture: np.ndarray) -> np.ndarray:
    """The pattern of light (576,), its mean taken off."""
    luma = cv2.cvtColor(cut_black_bars(picture), cv2.COLOR_RGB2GRAY)
    pattern = cv2.resize(luma, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float64).ravel()
    return np.asarray(pattern - pattern.mean())


def is_calm(before: np.ndarray, now: np.ndarray) -> bool:
    if min(before.std(), now.std()) < FLAT:
        return False
    return float(before @ now) > CALM * float(np.linalg.norm(before) * np.linalg.norm(now))


def pictures(clip: Path) -> Iterator[np.ndarray]:
    """The clip's frames as RGB at SIZE, RATE a second by their time stamps."""
    with av.open(str(clip)) as container:
        due, last = 0.0, None
        for frame in container.decode(video=0):
            time = frame.time if frame.time is not None else due
            picture = frame.reformat(*SIZE, "rgb24").to_ndarray()
            if last is None:
                due = time
            while due <= time:
                yield picture if last is None or due == time else last
                due += 1 / RATE
            last = picture


def calm_piece(clip: Path, count: int) -> list[np.ndarray] | None:
    """The first `count` frames in a row without a sudden change."""
    piece: deque[np.ndarray] = deque(maxlen=count)
    before = None
    for picture in pictures(clip):
        now = light(picture)
        if before is not None and not is_calm(before, now):
            piece.clear()
        piece.append(picture)
        before = now
        if len(piece) == count:
            return list(piece)
    return None


def join(clips: list[Path], out: Path, seconds: float, most: int) -> list[dict[str, object]]:
    count, number = round(seconds * RATE), 0
    joins: list[dict[str, object]] = []
    with av.open(str(out), "w") as target:
        stream = target.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        # Without scene-cut detection the encoder sets key frames only where it is told to, or after ten seconds.
        stream.options = {"preset": "medium", "crf": "20", "x264-params": "scenecut=0:keyint=250:open-gop=0"}
        for clip in clips:
            piece = calm_piece(clip, count)
            if piece is None:
                continue
            at_key_frame = len(joins) % 2 == 0
            joins.append(
                {"file": clip.name, "start_ms": 1000 * number // RATE, "end_ms": 1000 * (number + count) // RATE, "key_frame": at_key_frame}
            )
            for place, picture in enumerate(piece):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, RATE)
                frame.pict_type = PictureType.I if place == 0 and at_key_frame else PictureType.NONE
                target.mux(stream.encode(frame))
                number += 1
            if len(joins) == most:
                break
        target.mux(stream.encode(None))
    return joins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("clips", type=Path, nargs="+")
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--most", type=int, default=60, help="clips to join")
    given = parser.parse_args()
    joins = join(given.clips, given.out, given.seconds, given.most)
    Path(f"{given.out}.json").write_text(json.dumps(joins, indent=1))
    print(f"joined {len(joins)} clips")


if __name__ == "__main__":
    main()
