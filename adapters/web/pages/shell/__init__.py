"""What all pages share: the frame around them, assets, forms, what was done, and errors."""
