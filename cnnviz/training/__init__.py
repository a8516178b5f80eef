"""Training: the loop, the run it writes, the host that keeps workers, and the client that talks to the host."""
