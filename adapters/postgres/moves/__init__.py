"""Moves of firms between cells."""
