"""The fields of a machine: architecture, numbers, register file, SMEM, banks; copies with other parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union

from pydantic import Discriminator, Field, PrivateAttr, Tag, model_validator

from accel_sim.machine.dram_models.contract import DramModel, Transfer, dram_models, model_of
from accel_sim.machine.section import MOST, Free, Section


class Rf(Section):
    """Register file of a core: the accumulators of its output tile."""

    accumulator_bytes: int = Field(4, gt=0, le=64, description="bytes of one partial sum")
    buffers: Annotated[int, Free("sets of sums are local storage, which is compared")] = Field(
        2, ge=1, le=2, description="2: a tile is written back while the next one runs"
    )


class Banks(Section):
    """The banks of an SMEM: each serves one of its rows a cycle (rule 8)."""

    count: int = Field(ge=1, le=2**16)  # of banks
    row_bytes: int = Field(ge=1, le=2**20, description="consecutive bytes that one access brings")
    layout: Literal["plain", "hashed"] = Field(
        "plain",
        description="row i lies in bank i mod count; hashed: in the XOR of all digits of i to that base",
    )

    @model_validator(mode="after")
    def _hashes(self) -> Banks:
        if self.layout == "hashed" and self.count & (self.count - 1):
            raise ValueError(f"expected a power of two of banks with layout: hashed, got count: {self.count}")
        return self


class Smem(Section):
    """The scratchpad that all cores share.

    It has three ports of equal width: one that the array reads, one that it writes, one to DRAM.
    """

    capacity_bytes: Annotated[int, Free("on-chip bytes are compared, with local storage in them")] = Field(
        gt=0, le=MOST
    )  # what it holds of weights, ifmap and outputs together
    bandwidth_bytes_per_cycle: int = Field(gt=0, le=MOST, description="of each port")
    banks: Banks | None = Field(None, description="none: any bytes can be read together")

    @model_validator(mode="after")
    def _banks_fit(self) -> Smem:
        if self.banks is None:
            return self
        across = self.banks.count * self.banks.row_bytes
        if self.bandwidth_bytes_per_cycle > across:
            raise ValueError(
                f"expected bandwidth_bytes_per_cycle of at most what the banks bring, {self.banks.count} rows"
                f" of {self.banks.row_bytes} bytes, {across} in all, got {self.bandwidth_bytes_per_cycle};"
                " more banks or longer rows bring more"
            )
        if self.capacity_bytes % across:
            raise ValueError(
                f"expected banks that divide capacity_bytes={self.capacity_bytes}, got"
                f" {self.banks.count} banks with rows of {self.banks.row_bytes} bytes, {across} in all"
            )
        return self


def _model_of(section: Any) -> str:  # for pydantic, which asks when it reads and when it writes
    return model_of(section)


if TYPE_CHECKING:
    AnyDram = DramModel
else:
    AnyDram = Annotated[
        Union[tuple(Annotated[dram, Tag(name)] for name, dram in dram_models().items())],  # noqa: UP007
        Discriminator(_model_of),
    ]


class Machine(Section):
    """An architecture with its numbers; sizes in bytes, rates in bytes a cycle."""

    name: Annotated[str, Free("a label")]  # what tables and pictures call it
    description: Annotated[str, Free("a label")]  # a sentence, which lists show
    architecture: Annotated[str, Free("what a comparison is about")]  # a file of accel_sim/architectures
    family: Annotated[str | None, Free("a label")] = Field(
        None,
        description="machines of equal resources, to be held against each other; a file that extends another"
        " does not take it over",
    )
    patterns: Annotated[list[str], Free("what a design can make use of")] = Field(
        [], description="what it is made for: compare --sparsity runs these, with their density filled in"
    )
    clock_hz: float = Field(ge=1e6, le=1e12)  # of the array, SMEM and the simple DRAM
    word_bytes: int = Field(gt=0, le=64, description="bytes of a weight, an activation and an output")
    array: Annotated[
        dict[str, Any], Free("the design itself; its multipliers and its local storage are compared")
    ] = Field(description="as the architecture says")
    rf: Rf
    smem: Smem
    dram: AnyDram
    energy: Annotated[str, Free("a name or a path: what the table says is compared")] = Field(
        description="name of an energy table, or the path of one"
    )
    fill_drain: Literal["counted", "hidden"] = Field(
        "counted", description="hidden: the first load and the last stores lie behind the neighbouring layers"
    )
    mapping: Literal["auto"] | dict[str, str] = Field(
        "auto", description="auto searches; or layer -> mapping, as the result table shows it"
    )
    objective: Literal["cycles", "energy", "edp"] = Field("cycles", description="of the search")
    _energy_pj: dict[str, float] = PrivateAttr(default_factory=dict)
    _stem: str = PrivateAttr(default="")

    @property
    def energy_per_action_pj(self) -> Mapping[str, float]:
        """Action -> picojoules, as the energy table says; filled in by :func:`accel_sim.load_machine`."""
        return self._energy_pj

    @property
    def transfer(self) -> Transfer:
        """The path between DRAM and SMEM."""
        return self.dram.transfer(self)

    @property
    def label(self) -> str:
        """Its name in tables and pictures: with its file's, where that is another one."""
        return self.name if self._stem in ("", self.name) else f"{self._stem} ({self.name})"

    def with_parts(self, array: dict[str, Any], energy_pj: Mapping[str, float], stem: str = "") -> Machine:
        """A copy whose array has its defaults filled in, with energy table and file's name at hand."""
        copy = self.model_copy(update={"array": array})
        copy._energy_pj, copy._stem = dict(energy_pj), stem
        return copy

    def with_mapping(self, mapping: Mapping[str, str]) -> Machine:
        """A copy whose layers are mapped as spelled out: layer -> mapping."""
        return self.model_copy(update={"mapping": dict(mapping)})
