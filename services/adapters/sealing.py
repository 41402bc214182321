"""Encryption of what rests: images, and whatever else is somebody's personal data.

What is sealed is `1, length of the key's id, the id, 12 bytes nonce, ciphertext, 16 bytes tag`: AES-256-GCM
(NIST SP 800-38D) with a random nonce. The header and the name of what is sealed are authenticated with it, so
that it opens under that name alone. One key may seal 2^32 times (8.3 there): two years at 60 a second.
"""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.core.errors import SealBroken, SealKeyUnknown
from services.ports import ObjectStore

VERSION = 1
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
_ID = re.compile(r"[\w.-]{1,32}", re.ASCII)


class Sealer:
    """Seals with the first of its keys, opens with any of them."""

    def __init__(self, keys: Mapping[str, bytes]):
        self._keys = {name: AESGCM(key) for name, key in keys.items()}
        self._first = next(iter(self._keys))
        self._first_key = keys[self._first]

    @property
    def first(self) -> str:
        """Id of the key that seals."""
        return self._first

    @property
    def older(self) -> list[str]:
        """Ids of those that open only."""
        return [name for name in self._keys if name != self._first]

    def derived(self, purpose: str) -> bytes:
        """32 bytes for something else, from the first key by HKDF (RFC 5869): they tell nothing of it."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._first_key)

    @classmethod
    def of(cls, keys: str) -> Sealer:
        """From `id:base64key,...`. Raises ValueError: it says which key is wrong, and shows none."""
        ring: dict[str, bytes] = {}
        for number, one in enumerate(keys.split(","), 1):
            name, _, key = one.strip().partition(":")
            if not _ID.fullmatch(name) or name in ring:
                raise ValueError(f"key {number}: must be id:base64, and its id no other's")
            ring[name] = _decoded(number, key)
        return cls(ring)

    def seal(self, plain: bytes | bytearray, about: str) -> bytearray:
        """Encrypt; `about` names it, and only under that name will it open."""
        name = self._first.encode()
        head = bytes((VERSION, len(name))) + name + os.urandom(NONCE_BYTES)
        # Encrypted in place: beside this a second large buffer costs more than the encryption.
        sealed = bytearray(len(head) + len(plain) + TAG_BYTES)
        sealed[: len(head)] = head
        with memoryview(sealed) as view:
            key, rest = self._keys[self._first], view[len(head) :]
            key.encrypt_into(head[-NONCE_BYTES:], plain, _context(head, about), rest)
        return sealed

    def open(self, sealed: bytes | bytearray, about: str) -> bytes:
        """The inverse of `seal`. Raises SealKeyUnknown, SealBroken."""
        head, rest = _split(memoryview(sealed))
        key = self._key(head[2:-NONCE_BYTES])
        try:
            return key.decrypt(head[-NONCE_BYTES:], rest, _context(head, about))
        except InvalidTag as error:
            raise SealBroken from error

    def _key(self, name: bytes) -> AESGCM:
        try:
            return self._keys[name.decode(errors="replace")]
        except KeyError as error:
            raise SealKeyUnknown from error


class SealedObjects:
    """An ObjectStore that keeps everything sealed under its key, over one that sees ciphertext alone."""

    def __init__(self, store: ObjectStore, sealer: Sealer):
        self._store, self._sealer = store, sealer
        self.open, self.ready, self.close = store.open, store.ready, store.close
        self.delete, self.reconcile, self.expire = store.delete, store.reconcile, store.expire
        self.digests = store.digests

    async def put(self, objects: Mapping[str, bytes | bytearray]) -> None:
        """Seal and store all of `objects`. Raises StoreUnavailable."""
        await self._store.put({key: self._sealer.seal(data, key) for key, data in objects.items()})

    async def get(self, keys: list[str]) -> dict[str, bytes]:
        """Fetch and open. Raises StoreUnavailable, SealKeyUnknown, SealBroken."""
        found = await self._store.get(keys)
        return {key: self._sealer.open(data, key) for key, data in found.items()}


def new_keys(name: str) -> str:
    """A ring of one new key, as `Sealer.of` reads it."""
    return f"{name}:{b64encode(os.urandom(KEY_BYTES)).decode()}"


def _decoded(number: int, key: str) -> bytes:
    try:
        decoded = b64decode(key, validate=True)
    except ValueError:
        decoded = b""
    if len(decoded) != KEY_BYTES:
        raise ValueError(f"key {number}: must be {KEY_BYTES} bytes in base64")
    return decoded


def _split(sealed: memoryview) -> tuple[bytes, memoryview]:
    if len(sealed) < 2 or sealed[0] != VERSION:
        raise SealBroken from ValueError("not sealed, or in a way that this version does not know")
    size = 2 + sealed[1] + NONCE_BYTES
    if len(sealed) < size + TAG_BYTES:
        raise SealBroken from ValueError("cut short")
    return bytes(sealed[:size]), sealed[size:]


def _context(head: bytes, about: str) -> bytes:
    return head + about.encode()
