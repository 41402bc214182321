"""The YAML contracts between people and commands, as frozen pydantic models."""
