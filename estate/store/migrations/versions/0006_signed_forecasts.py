"""What happened to a forecast version, the files of its signed report, and triggers that keep it as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from estate.store import guards
from estate.store.base import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add events and outputs, let one version a base year and entity be signed at a time, and put the guards up."""
    op.create_table(
        "forecast_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("refers_to", sa.Integer(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["forecast_version.id"],
            name=op.f("fk_forecast_event_version_id_forecast_version"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["refers_to"], ["forecast_version.id"], name=op.f("fk_forecast_event_refers_to_forecast_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_event")),
    )
    op.create_index(op.f("ix_forecast_event_version_id"), "forecast_event", ["version_id"])
    op.create_index(op.f("ix_forecast_event_refers_to"), "forecast_event", ["refers_to"])
    op.create_table(
        "forecast_output",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["forecast_version.id"],
            name=op.f("fk_forecast_output_version_id_forecast_version"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name=op.f("fk_forecast_output_sha256_blob")),
        sa.PrimaryKeyConstraint("version_id", "place", name=op.f("pk_forecast_output")),
    )
    op.create_index(op.f("ix_forecast_output_sha256"), "forecast_output", ["sha256"])
    op.create_index(op.f("ix_forecast_input_sha256"), "forecast_input", ["sha256"])
    op.create_index(
        "ix_forecast_version_signed",
        "forecast_version",
        ["entity", "base_fy"],
        unique=True,
        sqlite_where=sa.text("state = 'signed'"),
        postgresql_where=sa.text("state = 'signed'"),
    )
    guards.install(op.get_bind())


def downgrade() -> None:
    """Take them away; versions keep their states."""
    guards.remove(op.get_bind())
    op.drop_index("ix_forecast_version_signed", "forecast_version")
    op.drop_index(op.f("ix_forecast_input_sha256"), "forecast_input")
    op.drop_table("forecast_output")
    op.drop_table("forecast_event")
