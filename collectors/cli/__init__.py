"""The commands of the collectors: identify and lab."""
