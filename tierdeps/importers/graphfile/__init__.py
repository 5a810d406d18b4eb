"""What the importers of graph files share: decoding, the schema, locations, and a bulk reader for large files."""
