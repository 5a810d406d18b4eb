"""Text for people about edges, findings, plans and reports, and the common parts of JSON documents."""
