"""Running instances: found, told to stop or to reload, over a socket that only their owner may open."""
