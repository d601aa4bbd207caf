"""Masks as parametrisations: what the forward pass sees and what the gradient does."""

import pytest
import torch
from torch import nn

from pruning.masking.straight_through import attach_mask, mask_of, remove_mask
from pruning.network.layers import dense_weight
from pruning.network.layout import from_gemm, to_gemm
from workloads.inputs import InputError


def masked_linear() -> tuple[nn.Linear, torch.Tensor]:
    torch.manual_seed(0)
    linear = nn.Linear(6, 3)
    keep = torch.rand(3, 6) < 0.5
    attach_mask(linear)
    mask_of(linear).keep.copy_(keep)
    return linear, keep


def test_forward_sees_masked_weights() -> None:
    linear, keep = masked_linear()
    assert torch.equal(linear.weight != 0, keep)


def test_gradient_passes_through_the_mask_as_it_is() -> None:
    linear, keep = masked_linear()
    x = torch.randn(5, 6)
    linear(x).square().sum().backward()
    plain = linear.weight.detach().clone().requires_grad_()
    nn.functional.linear(x, plain, linear.bias).square().sum().backward()
    gradient = dense_weight(linear).grad
    assert gradient is not None
    assert torch.equal(gradient, plain.grad)
    assert bool((gradient[~keep] != 0).all())


def test_a_masked_weight_learns_and_may_come_back() -> None:
    linear, keep = masked_linear()
    before = dense_weight(linear).detach().clone()
    optimizer = torch.optim.SGD(linear.parameters(), 0.1)
    linear(torch.randn(5, 6)).square().sum().backward()
    optimizer.step()
    changed = dense_weight(linear).detach() != before
    assert bool(changed[~keep].all())
    mask_of(linear).keep.fill_(True)
    assert torch.equal(linear.weight, dense_weight(linear))


def test_sr_ste_adds_the_decay_of_masked_weights_to_their_gradient() -> None:
    linear, keep = masked_linear()
    decaying = nn.Linear(6, 3)
    decaying.load_state_dict({"weight": dense_weight(linear).detach(), "bias": linear.bias.detach()})
    attach_mask(decaying, 0.3)
    mask_of(decaying).keep.copy_(keep)
    x = torch.randn(5, 6)
    for module in (linear, decaying):
        module(x).square().sum().backward()
    plain, more = dense_weight(linear).grad, dense_weight(decaying).grad
    assert plain is not None
    assert more is not None
    torch.testing.assert_close(more, plain + 0.3 * ~keep * dense_weight(linear).detach())
    assert torch.equal(more[keep], plain[keep])


def test_the_decay_is_added_for_each_use_in_each_backward_pass_and_never_scaled() -> None:
    """As the class says: twice here, since the layer runs twice, and that for each of three passes."""
    linear = nn.Linear(4, 4, bias=False)
    attach_mask(linear, 0.5)
    mask_of(linear).keep.fill_(False)
    for scale in (0.0, 0.0, 1024.0):
        (scale * linear(linear(torch.zeros(1, 4)))).sum().backward()
    torch.testing.assert_close(dense_weight(linear).grad, 6 * 0.5 * dense_weight(linear).detach())


def test_lifted_masks_do_not_decay() -> None:
    linear = nn.Linear(6, 3)
    attach_mask(linear, 0.3)
    mask_of(linear).keep.fill_(False)
    mask_of(linear).lifted = True
    linear.weight.sum().backward()
    assert torch.equal(dense_weight(linear).grad, torch.ones(3, 6))


@pytest.mark.parametrize("decay", [-1.0, float("inf"), float("nan")])
def test_a_decay_that_makes_no_sense(decay: float) -> None:
    with pytest.raises(InputError, match="sr_ste_decay: expected at least 0"):
        attach_mask(nn.Linear(2, 2), decay)


def test_a_step_through_the_mask_is_mask_feedback() -> None:
    """DPF: the gradient is taken at the pruned weights and changes the dense ones."""
    linear, keep = masked_linear()
    dense, x = dense_weight(linear).detach().clone(), torch.randn(5, 6)
    optimizer = torch.optim.SGD([dense_weight(linear)], 0.1)
    linear(x).square().sum().backward()
    optimizer.step()
    pruned = (dense * keep).requires_grad_()
    nn.functional.linear(x, pruned, linear.bias.detach()).square().sum().backward()
    assert pruned.grad is not None
    torch.testing.assert_close(dense_weight(linear).detach(), dense - 0.1 * pruned.grad)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_the_type_of_the_weight_stays(dtype: torch.dtype) -> None:
    linear, keep = masked_linear()
    linear.to(dtype)
    assert linear.weight.dtype == dtype
    assert torch.equal(linear.weight != 0, keep)


def test_squash_leaves_a_plain_module() -> None:
    linear, keep = masked_linear()
    remove_mask(linear)
    assert sorted(linear.state_dict()) == ["bias", "weight"]
    assert type(linear) is nn.Linear
    assert torch.equal(linear.weight != 0, keep)


def test_layout_orders_k_by_row_column_channel() -> None:
    weight = torch.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    matrix = to_gemm(weight)
    for r in range(2):
        for s in range(2):
            for c in range(3):
                assert matrix[1, (r * 2 + s) * 3 + c] == weight[1, c, r, s]
    assert torch.equal(from_gemm(matrix, weight.shape), weight)
    assert torch.equal(from_gemm(matrix, (2, 12)), matrix)
