"""What newly became unsupported, ending or dated: found by comparing two nights, told once, acknowledged in a file."""
