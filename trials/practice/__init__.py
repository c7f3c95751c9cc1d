"""A small made-up registry, served on loopback: what the demo, the tests and the benchmarks run against."""
