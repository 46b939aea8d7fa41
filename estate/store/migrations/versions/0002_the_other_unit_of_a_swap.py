"""the other unit of a swap"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.add_column(sa.Column("other_unit_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_change_other_unit_id_unit"), "unit", ["other_unit_id"], ["id"])
    # what had been called back is a unit that returned; a device that answers again is back
    op.execute("UPDATE change SET what = 'returned' WHERE what = 'back' AND unit_id IS NOT NULL")


def downgrade() -> None:
    op.execute("UPDATE change SET what = 'back' WHERE what = 'returned' AND unit_id IS NOT NULL")
    with op.batch_alter_table("change", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_change_other_unit_id_unit"), type_="foreignkey")
        batch_op.drop_column("other_unit_id")
