"""Products and their milestones: packs, matching, and the support state of every unit."""
