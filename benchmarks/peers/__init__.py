"""What others would use to fetch the same pages."""
