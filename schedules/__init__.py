"""When it happens, where it runs, and the ledger of what happened."""
