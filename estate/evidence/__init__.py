"""What an auditor asks for: kit and software that no longer has support, by the rules of a standard."""
