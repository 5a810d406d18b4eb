"""What is told, in words: edges, findings and reports as text, and the common parts of JSON documents."""
