"""The commands of the schedules: collect, nightly, schedule and runs."""
