"""Zones (ネットワークの区分): who may reach whom, described once, and the rules that every machine gets from it."""
