"""Settings of the tests that type commands."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def compiled() -> None:
    """Kernels are there, so that no command says that it compiles them."""
    from accel_sim import load_machine, simulate
    from workloads import load_workload

    simulate(load_workload("resnet20_w16_28", "crisp(2:4, block=16, density=0.2)"), load_machine("crisp_stc"))
