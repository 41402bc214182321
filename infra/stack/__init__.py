"""Drives Pulumi: one stack an environment, its program inline, its state in the environment's folder."""
