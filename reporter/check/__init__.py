"""Reads the finished files again: artifacts and note in, findings out; an error among them stops the publication."""
