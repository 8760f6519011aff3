"""An acceptance test of a deployed stage, as a person would try it."""
