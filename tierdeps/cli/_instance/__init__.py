"""A running instance: how it is begun, kept, asked and watched."""
