"""E-mail to people at the firms."""
