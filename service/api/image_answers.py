"""What is answered of objects and digits in a picture, as models and examples for the OpenAPI document."""

from typing import Annotated, Any

from pydantic import Field

from service.api.schemas import Answer, Score

Pixels = Annotated[float, Field(ge=0)]


class BoxOut(Answer):
    """In pixels of the upright picture, or of the film as it is displayed, from its upper left corner."""

    x: Pixels
    y: Pixels
    width: Pixels
    height: Pixels


class ObjectOut(Answer):
    """One object."""

    label: str = Field(description="One of the detector's labels.")
    score: Score
    box: BoxOut


class ImageAnswer(Answer):
    """How the answer for a picture begins."""

    format: str
    width: int = Field(description="Pixels, upright.")
    height: int
    warnings: list[str]


class ObjectsOut(ImageAnswer):
    """The objects in a picture."""

    objects: list[ObjectOut] = Field(description="Best first.")


class LayerOut(Answer):
    """What a layer of the network makes of a digit."""

    name: str
    channels: int
    png: str = Field(description="Its activation maps side by side: a PNG in Base64.")


class DigitOut(Answer):
    """One digit."""

    digit: Annotated[int, Field(ge=0, le=9)]
    score: Score = Field(description="Its probability among the ten.")
    is_digit: Score = Field(description="How sure it is that this is a digit at all.")
    probabilities: list[Score] = Field(description="Of 0 to 9.", min_length=10, max_length=10)
    box: BoxOut
    layers: list[LayerOut] | None = Field(None, description="Only with `explain`.")


class DigitsOut(ImageAnswer):
    """The digits in a picture."""

    digits: list[DigitOut] = Field(description="Rows from the top, each from the left.")


OBJECTS: dict[str, Any] = {
    "format": "JPEG",
    "width": 640,
    "height": 480,
    "objects": [{"label": "horse", "score": 0.8712, "box": {"x": 212.5, "y": 96.0, "width": 240.1, "height": 301.7}}],
    "warnings": [],
}
DIGITS: dict[str, Any] = {
    "format": "PNG",
    "width": 28,
    "height": 28,
    "digits": [
        {
            "digit": 2,
            "score": 0.9991,
            "is_digit": 0.998,
            "probabilities": [0.0, 0.0, 0.9991, 0.0004, 0.0, 0.0, 0.0, 0.0005, 0.0, 0.0],
            "box": {"x": 4.0, "y": 4.0, "width": 20.0, "height": 20.0},
        }
    ],
    "warnings": [],
}
