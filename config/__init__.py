"""What people decide and what ships: settings, typed tables, platform rules, lifecycle packs, starter files."""
