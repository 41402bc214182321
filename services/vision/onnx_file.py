"""Just enough of the ONNX format to read a network, change it, and hand it to the runtime.

An ONNX file is one protocol-buffers message. The numbers below are field numbers of onnx.proto (IR 6 to 10);
what is not named there is not kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[Any]
Fields = dict[int, list[int | bytes]]

_IR_VERSION, _GRAPH, _OPSET = 1, 7, 8
_NODE, _TENSOR, _INPUT, _OUTPUT = 1, 5, 11, 12
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FLOAT = 1
_DTYPES: dict[int, np.dtype[Any]] = {1: np.dtype("<f4"), 3: np.dtype("i1"), 7: np.dtype("<i8")}


@dataclass(frozen=True)
class Node:
    """One operation."""

    op: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, bytes] = field(default_factory=dict)
    """AttributeProto by name, as stored."""

    def integer(self, name: str) -> int:
        """The value of an attribute that is one integer. Raises KeyError."""
        value = _fields(self.attributes[name])[3][0]
        assert isinstance(value, int)  # noqa: S101  # field 3 is a varint
        return value


@dataclass
class Graph:
    """A network: nodes in order, constants by name."""

    opset: int
    nodes: list[Node]
    tensors: dict[str, Tensor]
    input: str
    """Of the file's inputs, the one that is no constant."""
    outputs: list[str]


def integer_attribute(name: str, value: int) -> dict[str, bytes]:
    """An attribute for `Node.attributes`."""
    return {name: _field(1, name.encode()) + _field(3, value) + _field(20, 2)}


def read(data: bytes) -> Graph:
    """Read a file of trusted content. Inputs that nothing uses, or that are constants, are left out."""
    model = _fields(data)
    graph = _fields(_bytes(model[_GRAPH][0]))
    nodes = [_read_node(_bytes(one)) for one in graph[_NODE]]
    tensors = dict(_read_tensor(_bytes(one)) for one in graph[_TENSOR])
    used = {name for node in nodes for name in node.inputs} - tensors.keys()
    (first,) = [name for name in _names(graph[_INPUT]) if name in used]
    opsets = [_fields(_bytes(one)) for one in model[_OPSET]]
    (opset,) = [one[2][0] for one in opsets if not _text(one, 1)]
    assert isinstance(opset, int)  # noqa: S101  # field 2 is a varint
    return Graph(opset, nodes, tensors, first, _names(graph[_OUTPUT]))


def write(graph: Graph) -> bytes:
    """Encode the graph; its input may have any size in each of its four dimensions."""
    used = {name for node in graph.nodes for name in node.inputs}
    body = [_field(2, b"network")]
    body += [_field(_NODE, _write_node(node)) for node in graph.nodes]
    body += [_field(_TENSOR, _write_tensor(k, v)) for k, v in graph.tensors.items() if k in used]
    body += [_field(_INPUT, _write_value(graph.input, rank=4))]
    body += [_field(_OUTPUT, _write_value(name)) for name in graph.outputs]
    return _field(_IR_VERSION, 10) + _field(_OPSET, _field(2, graph.opset)) + _field(_GRAPH, b"".join(body))


def _read_node(data: bytes) -> Node:
    node = _fields(data)
    attributes = {_text(_fields(_bytes(one)), 1): _bytes(one) for one in node.get(5, [])}
    inputs, outputs = (tuple(_bytes(one).decode() for one in node.get(number, [])) for number in (1, 2))
    return Node(_text(node, 4), inputs, outputs, attributes)


def _write_node(node: Node) -> bytes:
    body = [_field(1, name.encode()) for name in node.inputs]
    body += [_field(2, name.encode()) for name in node.outputs]
    body += [_field(4, node.op.encode())]
    return b"".join(body + [_field(5, value) for value in node.attributes.values()])


def _read_tensor(data: bytes) -> tuple[str, Tensor]:
    tensor = _fields(data)
    kind = tensor[2][0]
    assert isinstance(kind, int)  # noqa: S101  # field 2 is a varint
    values = b"".join(_bytes(one) for number in (4, 9) for one in tensor.get(number, []))
    found: Tensor = np.frombuffer(values, _DTYPES[kind])
    return _text(tensor, 8), found.reshape(_sizes(tensor.get(1, [])))


def _write_tensor(name: str, tensor: Tensor) -> bytes:
    (kind,) = [number for number, dtype in _DTYPES.items() if dtype == tensor.dtype]
    sizes = b"".join(_field(1, size) for size in tensor.shape)
    return sizes + _field(2, kind) + _field(8, name.encode()) + _field(9, tensor.tobytes())


def _write_value(name: str, rank: int | None = None) -> bytes:
    sizes = b"".join(_field(1, _field(2, f"{name}_{i}".encode())) for i in range(rank or 0))
    kind = _field(1, _FLOAT) + (b"" if rank is None else _field(2, sizes))
    return _field(1, name.encode()) + _field(2, _field(1, kind))


def _sizes(packed_or_not: list[int | bytes]) -> list[int]:
    sizes: list[int] = []
    for one in packed_or_not:
        sizes += [one] if isinstance(one, int) else _varints(one)
    return sizes


def _names(values: list[int | bytes]) -> list[str]:
    return [_text(_fields(_bytes(value)), 1) for value in values]


def _text(fields: Fields, number: int) -> str:
    return _bytes(fields.get(number, [b""])[0]).decode()


def _bytes(value: int | bytes) -> bytes:
    assert isinstance(value, bytes)  # noqa: S101  # the wire type said so
    return value


def _fields(data: bytes) -> Fields:
    found: Fields = {}
    for number, value in _walk(data):
        found.setdefault(number, []).append(value)
    return found


def _walk(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        size, at = _varint(data, at) if kind == _BYTES else ({_FIXED64: 8, _FIXED32: 4}[kind], at)
        yield number, data[at : at + size]
        at += size


def _varints(data: bytes) -> list[int]:
    values, at = [], 0
    while at < len(data):
        value, at = _varint(data, at)
        values.append(value)
    return values


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
        if data[at - 1] < 0x80:
            return value, at


def _field(number: int, value: int | bytes) -> bytes:
    if isinstance(value, int):
        return _encoded(number << 3 | _VARINT) + _encoded(value)
    return _encoded(number << 3 | _BYTES) + _encoded(len(value)) + value


def _encoded(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])
