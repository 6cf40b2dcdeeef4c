"""Bars, features, exact money and metrics. Knows no environment, learner, thread or web."""
