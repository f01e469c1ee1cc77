"""Providers of market data on this machine: a real HTTP server that answers as each of them is documented to."""
