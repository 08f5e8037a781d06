"""How fast a firm's SmartAdvocate is called."""
