"""The documents that versions pinned, the files that they read among them: each content is stored once."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config.errors import EstateError
from estate.forecast.store.batches import insert
from estate.forecast.store.listing import stored_version
from estate.store.forecast import Blob, ForecastInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy.orm import Session


def pin(session: Session, contents: Mapping[str, bytes]) -> dict[str, str]:
    """Store each content once and return its SHA-256 by file."""
    digests = {file: hashlib.sha256(data).hexdigest() for file, data in sorted(contents.items())}
    wanted = {digests[file]: data for file, data in contents.items()}
    # locked, so that nobody who drops what nothing refers to takes away what is about to be referred to
    here = sa.select(Blob.sha256).where(Blob.sha256.in_(list(wanted))).with_for_update(read=True, key_share=True)
    known = set(session.scalars(here))
    insert(
        session,
        Blob,
        [{"sha256": key, "data": zlib.compress(data)} for key, data in wanted.items() if key not in known],
    )
    return digests


def content(session: Session, digest: str) -> bytes:
    """The content of a file that a version pinned, by its SHA-256.

    Raises:
        EstateError: when it is not stored.
    """
    data = session.scalar(sa.select(Blob.data).where(Blob.sha256 == digest))
    if data is None:
        raise EstateError(f"no file of content {digest} is stored")
    return zlib.decompress(data)


def contents(session: Session, version_id: int) -> dict[str, bytes]:
    """Every document that a version pinned, by name: the files that it read, and its population.

    Raises:
        EstateError: when there is no such version.
    """
    query = sa.select(ForecastInput.file, Blob.data).join(Blob, Blob.sha256 == ForecastInput.sha256)
    found = session.execute(query.where(ForecastInput.version_id == version_id))
    documents = {row.file: zlib.decompress(row.data) for row in found}
    if not documents:
        stored_version(session, version_id)
    return documents
