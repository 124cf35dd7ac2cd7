"""Plain functions of arrays and records. Every number that leaves here is an `Estimate` with its interval and n."""
