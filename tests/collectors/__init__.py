"""Tests of the package collectors."""
