"""Continuous variables by least squares on their means, variances and covariances."""
