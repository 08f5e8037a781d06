"""Pages about how SmartAdvocate's cases become the firm's."""
