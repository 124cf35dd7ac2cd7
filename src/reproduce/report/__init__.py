"""From results to what people look at: the terminal, and one folder of HTML that opens from disk without a network."""
