"""Tests of the package estate."""
