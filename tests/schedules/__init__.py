"""Tests of the package schedules."""
