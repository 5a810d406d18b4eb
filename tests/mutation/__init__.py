"""Mutation testing: whether the tests fail where the code is wrong."""
