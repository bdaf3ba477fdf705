"""Measurements of what the portal promises about time and memory; `make bench` runs them."""
