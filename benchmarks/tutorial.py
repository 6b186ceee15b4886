"""The usual tutorial, the yardstick of end_to_end.py: OpenCV seeks one frame a second, Keras predicts in batches of 32.

usage: python -m benchmarks.tutorial FILM
"""

import sys

import cv2
import keras
import numpy as np

BATCH = 32


def main(film: str) -> None:
    base = keras.applications.InceptionV3(include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3))
    model = keras.Sequential([keras.Input((299, 299, 3)), keras.layers.Rescaling(1 / 127.5, -1), base, keras.layers.Dense(50, "softmax")])
    capture = cv2.VideoCapture(film)
    rate = capture.get(cv2.CAP_PROP_FPS)
    batch, seen = [], 0
    for second in range(int(capture.get(cv2.CAP_PROP_FRAME_COUNT) / rate)):
        capture.set(cv2.CAP_PROP_POS_FRAMES, round(second * rate))
        read, frame = capture.read()
        if not read:
            break
        batch.append(cv2.resize(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), (299, 299)))
        if len(batch) == BATCH:
            seen += len(model.predict(np.stack(batch), verbose=0))
            batch = []
    if batch:
        seen += len(model.predict(np.stack(batch), verbose=0))
    print(f"{seen} frames")


if __name__ == "__main__":
    main(sys.argv[1])
