"""Networks that several checks may share, on OpenCV. Imported by workers only."""
