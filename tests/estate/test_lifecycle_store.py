"""Matches in the database: computed once for a product and a catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from estate.lifecycle import store
from estate.lifecycle.milestones import Match
from estate.lifecycle.packs import Catalogue, load_packs
from estate.store.database import Database, open_database
from tests.estate.test_lifecycle_states import found_matches

PRODUCTS = [("Cisco", "WS-C3850-24T-S", ""), ("Cisco", "N5K-C5672UP", ""), ("", "", "")]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = open_database(f"sqlite:///{tmp_path / 'estate.db'}")
    yield database
    database.close()


def never() -> Catalogue:
    raise AssertionError("a stored match was computed again")


def test_only_missing_matches_are_computed(database: Database) -> None:
    catalogue = load_packs(None)
    with database.writing() as session:
        found = store.matches(session, catalogue.hash, lambda: catalogue, PRODUCTS[:2])
        assert store.remember(session, catalogue.hash, found) == 2
        assert store.remember(session, catalogue.hash, found) == 0
    with database.reading() as session:
        assert store.matches(session, catalogue.hash, never, PRODUCTS[:2]) == found
        assert store.matches(session, catalogue.hash, lambda: catalogue, PRODUCTS).keys() == {*PRODUCTS}
        with pytest.raises(AssertionError):
            store.matches(session, "another", never, PRODUCTS)
    assert store.matches(None, catalogue.hash, lambda: catalogue, PRODUCTS[:2]) == found


def test_matches_of_an_older_catalogue_go(database: Database) -> None:
    catalogue = load_packs(None)
    found = store.matches(None, catalogue.hash, lambda: catalogue, PRODUCTS)
    with database.writing() as session:
        store.remember(session, "older", found)
        assert store.remember(session, catalogue.hash, found) == 3
        with pytest.raises(AssertionError):
            store.matches(session, "older", never, PRODUCTS)


@given(found_matches)
def test_a_match_survives_the_database(found: Match) -> None:
    assert store.from_json(store.as_json(found)) == found
