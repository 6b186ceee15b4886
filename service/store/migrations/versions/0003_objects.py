"""Add where objects are seen in films."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "movie_objects",
        sa.Column("movie_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("shot", sa.Integer(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("time_ms", sa.BigInteger(), nullable=False),
        sa.Column("frame", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["movie_id"], ["movies.id"], name=op.f("fk_movie_objects_movie_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("movie_id", "label", "shot", name=op.f("pk_movie_objects")),
    )
    with op.batch_alter_table("movie_objects", schema=None) as batch_op:
        batch_op.create_index("ix_movie_objects_label_score", ["label", "score"], unique=False)
