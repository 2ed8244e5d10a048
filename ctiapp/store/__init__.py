"""The database server (228): PostgreSQL through psycopg2, the only package that knows SQL."""

from ctiapp.store.store import Store, Transaction

__all__ = ["Store", "Transaction"]
