"""A finished note becomes files: HTML, PDF and Markdown, each an `Artifact`."""
