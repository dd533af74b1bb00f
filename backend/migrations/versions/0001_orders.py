"""Orders, each under its idempotency key, with the run of the load generator it came from."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE orders (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            idempotency_key text NOT NULL UNIQUE,
            item text NOT NULL,
            quantity integer NOT NULL CHECK (quantity > 0),
            price_cents integer NOT NULL CHECK (price_cents >= 0),
            run text,
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("CREATE INDEX orders_run ON orders (run, id) WHERE run IS NOT NULL")
