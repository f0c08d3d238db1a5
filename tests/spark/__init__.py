"""Spark: the counting plan in its words, and the same counts from it, on one machine and on a cluster."""
