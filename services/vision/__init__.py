"""Networks that several checks may share, computed by ONNX Runtime. Imported by workers only."""
