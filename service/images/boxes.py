"""Where something is in a picture."""

from dataclasses import dataclass

TENTHS = 1  # digits after the point, of pixels in JSON


@dataclass(frozen=True)
class Box:
    """In pixels of the upright picture, from its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def scaled(self, across: float, down: float) -> "Box":
        """In a picture so many times as large."""
        return Box(self.x * across, self.y * down, self.width * across, self.height * down)

    def to_json(self) -> dict[str, float]:
        """Rounded."""
        return {name: round(getattr(self, name), TENTHS) for name in ("x", "y", "width", "height")}
