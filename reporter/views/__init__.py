"""Views over rules and weeks for the command line: what was said and why not, what rules did, what changed; as lines,
as JSON and as a page."""
