"""`Record`s → tidy tables → Parquet. Pure until `dataset.py` writes."""
