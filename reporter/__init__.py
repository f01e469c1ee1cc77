"""A weekly market note on crypto derivatives in which every number walks back to the bytes a provider sent."""

__version__ = "0.1.0"
