"""Networks as the runtime computes them fastest, with the same numbers as in their files.

Done once, at load: weights stored as 8-bit blocks are unpacked, and what the runtime has no fast kernel for
is said in operations that it has one for.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime as ort

from services.vision.onnx_file import Graph, Node, Tensor, integer_attribute, read, write

_ERRORS_ONLY = 3


def load(data: bytes, threads: int) -> ort.InferenceSession:
    """A session for the network in an ONNX file of trusted content, on `threads` CPUs."""
    graph = split_prelu(unpack(read(data)))
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    # A thread that spins between two networks takes its CPU from the decoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(write(graph), options, providers=["CPUExecutionProvider"])


def unpack(graph: Graph) -> Graph:
    """Compute the weights that are stored as 8 bits with a scale and a zero point a block.

    As ONNX's DequantizeLinear says: (stored - zero point) * scale.
    """
    tensors, nodes = dict(graph.tensors), []
    for node in graph.nodes:
        if node.op == "DequantizeLinear":
            tensors[node.outputs[0]] = _unpacked(node, *(tensors[name] for name in node.inputs))
        elif node.op == "Reshape" and all(name in tensors for name in node.inputs):
            weights, shape = (tensors[name] for name in node.inputs)
            tensors[node.outputs[0]] = weights.reshape(shape)
        else:
            nodes.append(node)
    return replace(graph, nodes=nodes, tensors=tensors)


def split_prelu(graph: Graph) -> Graph:
    """Replace PRelu by convolutions, which stay in the layout that convolutions compute in.

    With slopes a: prelu(x) = a x + relu((1 - a) x), or (1 - a) relu(x) where an a is above 1. The runtime
    fuses Relu and Add into the convolutions; for PRelu it would reorder all values, twice.
    """
    tensors, nodes = dict(graph.tensors), []
    for node in graph.nodes:
        nodes += _as_convolutions(node, tensors) if node.op == "PRelu" else [node]
    return replace(graph, nodes=nodes, tensors=tensors)


def _as_convolutions(prelu: Node, tensors: dict[str, Tensor]) -> list[Node]:
    (x, slopes), (out,) = prelu.inputs, prelu.outputs
    slope = tensors[slopes].reshape(-1, 1, 1, 1)
    tensors |= {f"{out}/slope": slope, f"{out}/rest": 1 - slope}
    each = integer_attribute("group", len(slope))
    bend = [
        Node("Conv", (x, f"{out}/rest"), (f"{out}/part",), each),
        Node("Relu", (f"{out}/part",), (f"{out}/bent",)),
    ]
    if (slope > 1).any():
        bend = [
            Node("Relu", (x,), (f"{out}/part",)),
            Node("Conv", (f"{out}/part", f"{out}/rest"), (f"{out}/bent",), each),
        ]
    line = Node("Conv", (x, f"{out}/slope"), (f"{out}/line",), each)
    return [*bend, line, Node("Add", (f"{out}/line", f"{out}/bent"), (out,))]


def _unpacked(node: Node, stored: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
    axis, size = node.integer("axis"), node.integer("block_size")
    of_each = np.arange(stored.shape[axis]) // size
    return (stored - zero.astype(np.float32).take(of_each, axis)) * scale.take(of_each, axis)
