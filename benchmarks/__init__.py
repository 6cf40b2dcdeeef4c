"""Measurements: ratios against peers in the same run, alternating, medians. They write the tables in the docs."""
