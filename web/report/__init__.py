"""A run as one HTML file that opens anywhere, offline and without a script. Knows no page of the dashboard."""
