"""What the council has decided about kinds of kit: which policy a unit has, and decisions that move or stop it."""
