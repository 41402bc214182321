"""Networks' weights that no Python package carries: fetched once, checked, put where services read them."""
