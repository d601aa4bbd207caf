"""A command that refuses an option given twice: of two values click would take the last and say nothing."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand

from workloads.inputs.errors import InputError


class OnceCommand(TyperCommand):
    """A command that refuses an option that is given twice, unless it takes several values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse as before, after counting the options."""
        _, _, order = self.make_parser(ctx).parse_args(args=list(args))
        for place, param in enumerate(order):
            single = not (param.multiple or param.is_flag) if hasattr(param, "is_flag") else False
            if single and param in order[:place]:
                raise InputError(f"{max(param.opts, key=len)}: expected one value, got several")
        return super().parse_args(ctx, args)
