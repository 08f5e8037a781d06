"""What every request passes before a page or a route of the API sees it."""
