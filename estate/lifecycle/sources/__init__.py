"""Where lifecycle packs are refreshed from: interfaces that are asked, and tables that people saved.

Every source is a thin client with a pure parser beside it; both end in rows of a pack of the council's own, checked by
the same rules as a row that somebody typed.
"""
