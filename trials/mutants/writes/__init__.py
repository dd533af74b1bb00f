"""Writes that are lost or made twice."""
