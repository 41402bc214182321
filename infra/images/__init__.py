"""The project's images: what goes into each, its tag, and how it is built."""
