"""How good a model is by labelled items, and whether one version may follow another."""
