"""What readers follow."""
