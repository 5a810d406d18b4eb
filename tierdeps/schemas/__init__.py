"""The JSON Schemas of the documents that commands print, one file each."""
