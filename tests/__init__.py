"""Tests mirror the four packages; real protocols on loopback, no mocks of third-party libraries."""
