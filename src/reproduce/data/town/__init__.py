"""The embedded town: a small generated world of films, people with planted tastes, and what they watched, rated and wrote."""
