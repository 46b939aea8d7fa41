"""What is known of the estate and what follows from it: inventory, lifecycle, forecast, reports, the command line."""
