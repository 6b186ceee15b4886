"""Films as the index of similar key frames sees them."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from service.store.tables import Movie


def with_features(session: Session, backbone_sha256: str) -> dict[str, str]:
    """Results by film whose stored features are of this backbone, newest first."""
    query = sa.select(Movie.id, Movie.result_key).where(Movie.result_key.is_not(None), Movie.backbone_sha256 == backbone_sha256)
    return {movie_id: str(key) for movie_id, key in session.execute(query.order_by(Movie.result_at.desc(), Movie.id.desc()))}


def movies(session: Session, movie_ids: Collection[str]) -> dict[str, Movie]:
    """Those of these films that are still there, by id; few at once."""
    return {movie.id: movie for movie in session.scalars(sa.select(Movie).where(Movie.id.in_(movie_ids)))}
