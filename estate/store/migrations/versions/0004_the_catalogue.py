"""The rows of the lifecycle packs, with what was known when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from estate.store.base import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make ``catalogue_row`` and ``pack_load``, empty: the next load fills them."""
    texts = ("part_number", "model", "os", "release", "pattern", "becomes", "reason")
    dates = (
        "released", "eox_announced", "end_of_sale", "end_of_sw_maintenance", "end_of_security_support",
        "last_renewal", "end_of_support", "not_announced_on",
    )  # fmt: skip
    op.create_table(
        "catalogue_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in texts),
        *(sa.Column(name, sa.Date(), nullable=True) for name in dates),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("replacement_part", "latest", "source")),
        sa.Column("as_of", sa.Date(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("bulletin", "source_type", "note")),
        sa.Column("recorded_from", UtcDateTime(timezone=True), nullable=False),
        sa.Column("recorded_to", UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_row")),
    )
    op.create_index("ix_catalogue_row_pack", "catalogue_row", ["pack", "recorded_to"])
    op.create_index("ix_catalogue_row_part", "catalogue_row", ["part_number", "vendor"])
    op.create_table(
        "pack_load",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pack", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("rows", "added", "removed", "changed")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_load")),
    )
    op.create_index(op.f("ix_pack_load_pack"), "pack_load", ["pack"])


def downgrade() -> None:
    """Drop both: the packs themselves are files."""
    op.drop_table("pack_load")
    op.drop_table("catalogue_row")
