"""What SNMP and SSH of one device disagree on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add ``device_fact.disagreements``; of what was read before, nobody knows of any."""
    with op.batch_alter_table("device_fact") as table:
        table.add_column(sa.Column("disagreements", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Forget them."""
    with op.batch_alter_table("device_fact") as table:
        table.drop_column("disagreements")
