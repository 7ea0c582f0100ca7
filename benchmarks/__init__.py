"""How long things take, on this machine, as ratios to something everybody has."""
