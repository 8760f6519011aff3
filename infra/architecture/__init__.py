"""The architecture as the templates and the policies have it, and a drawing of it."""
