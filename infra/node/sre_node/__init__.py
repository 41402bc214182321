"""What runs on a node itself: Python's standard library only, put there by the user-data.

Started as `python3 -m sre_node.<module>`; imports are relative, so that the same files are a package here.
"""
