"""Graph files: the same declarations without code, checked key by key; what the importers of files share."""
