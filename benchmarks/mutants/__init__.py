"""Do the tests notice a wrong line? Small errors are put into the code one by one, and the tests run.

``python -m benchmarks.mutants`` (``make mutants``): see :mod:`benchmarks.mutants.__main__`.

mutmut was tried first. It leaves every decorated function alone, which is every numba kernel here, and what
it does change runs through trampolines, which torch.fx and numba do not take for the function.
"""
