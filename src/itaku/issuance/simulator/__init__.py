"""Runs the nodes' own machines under a virtual clock, network, disk and devices, by seed."""
