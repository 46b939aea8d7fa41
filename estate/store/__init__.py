"""All tables, sessions and migrations. Only this package and the ``store.py`` of each domain know SQLAlchemy."""
