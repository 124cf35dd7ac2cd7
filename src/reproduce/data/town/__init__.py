"""The embedded town: a small generated world of films and books, people with planted tastes, and what they rated and wrote."""
