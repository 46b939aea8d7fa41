"""From need dates to pounds by budget line and financial year (forecast-model.md)."""
