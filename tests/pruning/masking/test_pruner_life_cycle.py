"""prepare, step, squash: who is pruned, how far, and what is left behind."""

import pytest
import torch
from torch import nn

import pruning
from pruning.masking.pruner import magnitude_saliency
from pruning.models import build_model
from pruning.network.layers import dense_weight
from pruning.network.layout import to_gemm
from workloads.inputs import InputError


def prepared(name: str, pattern: str, side: int = 32, **options: int) -> pruning.Pruner:
    torch.manual_seed(0)
    model = build_model(name, num_classes=10, **options)
    return pruning.prepare(model, pruning.PruneConfig(pattern, (3, side, side)))


def test_first_and_depthwise_layers_are_exempt_and_count() -> None:
    pruner = prepared("mobilenet_v2", "crisp(2:4, block=16)")
    pruner.step(magnitude_saliency(pruner), 0.8)
    rows = {row.name: row for row in pruner.report()}
    assert rows["features.0.0"].why == "first layer"
    assert rows["features.1.conv.0.0"].why == "depthwise"
    assert rows["features.1.conv.1"].gets == "crisp(2:4, block=16)"
    exempt = [row for row in rows.values() if row.gets == "dense"]
    assert len(exempt) == 18
    assert all(row.density == 1 for row in exempt)
    assert 0.8 <= pruner.sparsity < 0.805
    total = sum(row.m_dim * row.k_dim for row in rows.values())
    kept = sum(row.density * row.m_dim * row.k_dim for row in rows.values())
    assert pruner.sparsity == pytest.approx(1 - kept / total)


@pytest.mark.parametrize(
    "pattern", ["crisp(2:4, block=8)", "block(block=8)", "unstructured", "crisp(1:4, block=4)"]
)
def test_squashed_weights_hold_the_masks(pattern: str) -> None:
    pruner = prepared("resnet20", pattern, width=8)
    before = sorted(pruner.model.state_dict())
    pruner.step(magnitude_saliency(pruner), 0.5)
    pruner.step(magnitude_saliency(pruner), 0.85)
    model = pruner.squash()
    assert len(before) > len(model.state_dict())
    assert sorted(model.state_dict()) == sorted(build_model("resnet20", width=8).state_dict())
    weights = [m.weight for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    zeros = sum(int((w == 0).sum()) for w in weights) / sum(w.numel() for w in weights)
    assert zeros == pytest.approx(pruner.sparsity)
    assert 0.85 <= zeros < 0.87


def test_masked_weights_come_back_when_saliency_says_so() -> None:
    pruner = prepared("resnet20", "unstructured", width=4)
    saliency = magnitude_saliency(pruner)
    pruner.step(saliency, 0.5)
    gone = ~torch.from_numpy(pruner.masks["fc"].to_dense())
    pruner.step({**saliency, "fc": gone.float() * 100}, 0.5)
    assert torch.equal(torch.from_numpy(pruner.masks["fc"].to_dense()), gone)


def test_lifted_masks_leave_the_dense_network_and_come_back() -> None:
    pruner = prepared("resnet20", "unstructured", width=4)
    model, image = pruner.model.eval(), torch.randn(1, 3, 32, 32)
    dense = model(image)
    pruner.step(magnitude_saliency(pruner), 0.5)
    with pruner.masks_lifted():
        assert torch.equal(model(image), dense)
    assert not torch.equal(model(image), dense)


def test_what_it_refuses() -> None:
    pruner = prepared("resnet20", "crisp(2:4, block=16)", width=4)
    saliency = magnitude_saliency(pruner)
    with pytest.raises(InputError, match=r"sparsity: expected at most 0\.9"):
        pruner.step(saliency, 0.999)
    with pytest.raises(InputError, match="fc: saliency: expected one for every prunable layer"):
        pruner.step({k: v for k, v in saliency.items() if k != "fc"}, 0.9)
    with pytest.raises(InputError, match=r"fc: saliency: expected shape \(10, 16\), got \(16, 10\)"):
        pruner.step({**saliency, "fc": saliency["fc"].T}, 0.9)
    layers = nn.Sequential(nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1))
    with pytest.raises(InputError, match="expected at least one layer to prune"):
        pruning.prepare(layers, pruning.PruneConfig("dense", (1, 8, 8), exempt="first,last"))


def test_groups_may_be_wider_on_the_way() -> None:
    pruner = prepared("resnet20", "crisp(1:4, block=4)", width=8)
    saliency = magnitude_saliency(pruner)
    pruner.step(saliency, 0.2, n_keep=3)
    assert all(pruner.masks[name].obeys(3, 4) for name in pruner.prunable)
    assert not any(pruner.masks[name].obeys(2, 4) for name in pruner.prunable)
    pruner.step(saliency, 0.85)
    assert all(pruner.masks[name].obeys(1, 4) for name in pruner.prunable)
    with pytest.raises(InputError, match="n_keep: expected a pattern with N:M, got 'block"):
        prepared("resnet20", "block(block=4)", width=4).step(saliency, 0.5, n_keep=1)
    with pytest.raises(InputError, match="expected 1 <= n_keep <= m_group, got 5:4"):
        pruner.step(saliency, 0.5, n_keep=5)


@pytest.mark.parametrize("pattern", ["nm(2:4)", "nm(1:16)", "crisp(2:6, block=12)"])
def test_the_sparsity_that_groups_alone_give(pattern: str) -> None:
    pruner = prepared("resnet20", pattern, width=5)
    expected = pruner.sparsity_of_groups
    pruner.step(magnitude_saliency(pruner), 0.1)
    assert pruner.sparsity == pytest.approx(expected)
    assert prepared("resnet20", "unstructured", width=4).sparsity_of_groups == 0


def test_masked_weights_decay_where_asked() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(8, 16), nn.Linear(16, 8))
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(1:4)", (8, 1, 1), sr_ste_decay=0.5))
    pruner.step(magnitude_saliency(pruner), 0.5)
    (0 * model(torch.ones(1, 8, 1, 1))).sum().backward()
    weight, gone = dense_weight(model[2]), ~torch.from_numpy(pruner.masks["2"].to_dense())
    assert weight.grad is not None
    torch.testing.assert_close(weight.grad, 0.5 * gone * weight.detach())
    with pytest.raises(InputError, match="sr_ste_decay: expected at least 0"):
        pruning.PruneConfig("nm(1:4)", (8, 1, 1), sr_ste_decay=-1)


def test_grouped_and_dilated_layers_are_pruned() -> None:
    model = nn.Sequential(
        nn.Conv2d(4, 12, 3), nn.Conv2d(12, 10, 3, dilation=2, groups=2), nn.Conv2d(10, 7, 1)
    )
    pruner = pruning.prepare(model, pruning.PruneConfig("crisp(2:4, block=4)", (4, 12, 12)))
    pruner.step(magnitude_saliency(pruner), 0.3)
    assert pruner.prunable == ("1", "2")
    assert all(pruner.masks[name].obeys(2, 4) for name in pruner.prunable)
    assert pruner.squash()(torch.zeros(1, 4, 12, 12)).shape == (1, 7, 6, 6)


class Twice(nn.Module):
    """One convolution that runs twice, beside others."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.again, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(8, 8, 3), nn.Linear(8, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.head(self.again(self.again(self.stem(x))).mean((2, 3)))
        return result


def test_a_module_that_runs_twice_has_one_mask_and_both_uses_see_it() -> None:
    model = Twice()
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(1:4)", (3, 9, 9)))
    assert pruner.prunable == ("again", "head")
    pruner.step(magnitude_saliency(pruner), 0)
    image = torch.randn(2, 3, 9, 9)
    masked = model(image)
    assert torch.equal(pruner.squash()(image), masked)
    assert float((model.again.weight == 0).float().mean()) == 0.75


def test_a_layer_that_never_runs_is_left_alone() -> None:
    model = Twice()
    model.spare = nn.Conv2d(8, 8, 3)
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(1:4)", (3, 9, 9)))
    assert "spare" not in pruner.masks


def test_masks_hold_and_gradients_pass_under_autocast() -> None:
    torch.manual_seed(0)
    model = Twice()
    pruner = pruning.prepare(model, pruning.PruneConfig("nm(2:4)", (3, 9, 9)))
    pruner.step(magnitude_saliency(pruner), 0)
    image = torch.randn(2, 3, 9, 9)
    with torch.autocast("cpu", torch.bfloat16):
        logits = model(image)
    assert logits.dtype == torch.bfloat16
    torch.testing.assert_close(logits.float(), model(image), rtol=0.05, atol=0.02)
    logits.float().square().sum().backward()
    gradient = dense_weight(model.again).grad
    assert gradient is not None
    gone = ~torch.from_numpy(pruner.masks["again"].to_dense())
    assert bool((to_gemm(gradient)[gone] != 0).any())  # straight through


def test_rules_of_exemption_by_name() -> None:
    def exempt(rules: str) -> dict[str, str]:
        config = pruning.PruneConfig("crisp(2:4, block=8)", (3, 9, 9), exempt=rules)
        return pruning.prepare(Twice(), config).exempt

    assert exempt("none") == {}
    assert exempt("last") == {"head": "last layer"}
    assert exempt("first,small") == {"stem": "first layer", "head": "smaller than 8"}
    with pytest.raises(InputError, match="exempt: expected rules or none, got 'lst'; did you mean 'last'"):
        exempt("lst")
