"""Asks devices what they are and returns Observations; knows no database and no money. Read only, always."""
