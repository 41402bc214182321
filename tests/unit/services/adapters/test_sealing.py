"""What rests is unreadable, cannot be changed or moved, and keys can be replaced."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.adapters.sealing import SealedObjects, Sealer, new_keys
from services.core.errors import SealBroken, SealKeyUnknown, ServiceError
from tests.unit.services.adapters.buckets import Pair

OLD, NEW = new_keys("2025"), new_keys("2026")
SEALER = Sealer.of(OLD)
PLAIN = b"a face" * 1000


@given(st.binary(), st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_opens(plain: bytes, about: str) -> None:
    assert SEALER.open(SEALER.seal(plain, about), about) == plain


def test_what_is_sealed_shows_nothing_and_is_never_the_same() -> None:
    sealed = [SEALER.seal(PLAIN, "key") for _ in range(2)]
    assert sealed[0] != sealed[1]
    assert all(b"face" not in one for one in sealed)


def test_any_change_is_noticed() -> None:
    sealed = SEALER.seal(b"plain", "key")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises((SealBroken, SealKeyUnknown)):
            SEALER.open(changed, "key")
    for size in range(len(sealed)):
        with pytest.raises((SealBroken, SealKeyUnknown)):
            SEALER.open(sealed[:size], "key")


def test_what_was_moved_does_not_open() -> None:
    with pytest.raises(SealBroken):
        SEALER.open(SEALER.seal(PLAIN, "one/key"), "another/key")


@pytest.mark.parametrize("stored", [b"", b"\x01", b"\xff\xd8\xff\xe0 a JPEG that nobody sealed" * 9])
def test_what_was_never_sealed_does_not_open(stored: bytes) -> None:
    with pytest.raises(SealBroken):
        SEALER.open(stored, "key")


def test_keys_are_replaced_without_losing_what_rests() -> None:
    old, both, turned, new = (Sealer.of(keys) for keys in (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}", NEW))
    rests = both.seal(PLAIN, "key")
    assert old.open(rests, "key") == turned.open(rests, "key") == PLAIN
    resealed = turned.seal(turned.open(rests, "key"), "key")
    assert both.open(resealed, "key") == new.open(resealed, "key") == PLAIN
    with pytest.raises(SealKeyUnknown):
        new.open(rests, "key")
    with pytest.raises(SealBroken):
        Sealer.of(new_keys("2025")).open(rests, "key")


def test_failures_are_ours_and_tell_the_client_nothing() -> None:
    for failure in (SealBroken(), SealKeyUnknown()):
        assert failure.status == 500
        assert "key" not in failure.detail.lower()
        assert type(ServiceError.from_dict(failure.to_dict())) is type(failure)


@pytest.mark.parametrize(
    ("keys", "mistake"),
    [
        ("", "key 1: must be id:base64"),
        ("hunter2", "key 1: must be 32 bytes in base64"),
        (f"a:{b64encode(b'hunter2').decode()}", "key 1: must be 32 bytes in base64"),
        ("a:not base64!", "key 1: must be 32 bytes in base64"),
        (f"{OLD},", "key 2: must be id:base64"),
        (f"{OLD},{OLD}", "key 2: must be id:base64, and its id no other's"),
        (f"{'i' * 33}:{OLD}", "key 1: must be id:base64"),
    ],
    ids=["none", "no id", "too short", "no base64", "trailing comma", "same id twice", "id too long"],
)
def test_a_wrong_ring_is_refused_without_showing_it(keys: str, mistake: str) -> None:
    with pytest.raises(ValueError, match=mistake) as error:
        Sealer.of(keys)
    assert "hunter2" not in str(error.value)


async def test_a_store_sees_ciphertext_alone() -> None:
    pair = Pair()
    objects = SealedObjects(pair.process(), SEALER)
    await objects.put({"check/1/a": PLAIN})
    ((held, _),) = pair.primary.held.values()
    assert b"face" not in held
    assert await objects.get(["check/1/a", "check/1/b"]) == {"check/1/a": PLAIN}
    pair.primary.held["check/1/b"] = pair.primary.held["check/1/a"]
    with pytest.raises(SealBroken):
        await objects.get(["check/1/b"])
    await objects.delete(["check/1/a"])
    assert pair.primary.held.keys() == {"check/1/b"}
