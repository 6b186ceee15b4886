"""From every form of colour that files hold to 8-bit RGB."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB; what is transparent is white, as on paper."""
    if image.mode.startswith("I") or image.mode == "F":
        return Image.fromarray(_eight_bits(np.asarray(image))).convert("RGB")
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        clear = image.convert("RGBA")
        white = Image.new("RGBA", clear.size, "white")
        return Image.alpha_composite(white, clear).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _eight_bits(values: NDArray[Any]) -> NDArray[np.uint8]:
    """Deep gray values: whole numbers are 16 bits unless none is above 255, others from 0 to 1 unless some are above."""
    numbers = np.nan_to_num(values.astype(np.float32))
    top = float(numbers.max(initial=0))
    if np.issubdtype(values.dtype, np.floating):
        scale = 255.0 if top <= 1 else 255 / top
    else:
        scale = 1.0 if top <= 255 and values.dtype != np.uint16 else 255 / max(top, 65535)
    return np.asarray(np.clip(numbers * scale + 0.5, 0, 255), np.uint8)
