"""Hold the compiled engine against the stepped one, and both against numpy, on random small layers."""

from accel_sim.verify.run import CaseResult, verify

__all__ = ["CaseResult", "verify"]
