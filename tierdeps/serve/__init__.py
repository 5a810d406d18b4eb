"""``tierdeps serve``: the page of a graph, live, for the browsers of the user who runs it, on the loopback address."""
