"""Is it distinguishable from noise: one file a statistic, each a function of one group over one window."""
