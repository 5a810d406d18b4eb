"""Tests of the engine dask."""
