"""Networks that compute products elsewhere than in Conv2d and Linear modules, each with one honest layer."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations

IMAGE = (4, 6, 6)


class Net(nn.Module):
    """A convolution, then what ``forward`` is given of ``parts``, then a classifier of 8 features."""

    def __init__(self, forward: Callable[[Net, Tensor], Tensor], **parts: nn.Module | nn.Parameter) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4, 8, 3)  # to 8 x 4 x 4
        for name, part in parts.items():
            setattr(self, name, part)
        self.head, self._forward = nn.Linear(8, 4), forward

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self._forward(self, self.stem(x)))


def weight(*shape: int) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape, generator=torch.Generator().manual_seed(1)))


def pixels(x: Tensor) -> Tensor:
    """[batch, pixels, channels]."""
    return x.flatten(2).transpose(1, 2)


def features(x: Tensor) -> Tensor:
    """[batch, channels]."""
    return x.mean((2, 3))


def attended(net: Net, x: Tensor) -> Tensor:
    tokens = pixels(x)
    return net.attend(tokens, tokens, tokens)[0].mean(1)


def unfolded(net: Net, x: Tensor) -> Tensor:
    return net.unlike(x).flatten(1)


class Mixed(nn.Module):
    """A matrix of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = weight(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return x @ self.matrix


class Standardised(nn.Conv2d):
    """Weight standardisation, in its own forward."""

    def forward(self, input: Tensor) -> Tensor:
        return functional.conv2d(input, self.weight - self.weight.mean(), self.bias)


class SamePadding(nn.Conv2d):
    """Pads its input itself, and its own padding says 0."""

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(functional.pad(input, (2, 2, 2, 2)))


class Tied(nn.Module):
    """A look-up table that is the classifier too."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.table = nn.Conv2d(4, 8, 3), nn.Embedding(4, 8)

    def forward(self, x: Tensor) -> Tensor:
        return functional.linear(features(self.stem(x)), self.table.weight)


def two_that_share() -> Net:
    net = Net(lambda net, x: net.b(net.a(features(x))), a=nn.Linear(8, 8), b=nn.Linear(8, 8))
    net.b.weight = net.a.weight
    return net


# name -> a network, and the parameter that has to be named
REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "attention": (lambda: Net(attended, attend=nn.MultiheadAttention(8, 2)), "attend.in_proj_weight"),
    "fast attention": (
        lambda: Net(attended, attend=nn.MultiheadAttention(8, 2, batch_first=True)),
        "attend.in_proj_weight",
    ),
    "encoder": (
        lambda: Net(
            lambda net, x: net.encode(pixels(x)).mean(1),
            encode=nn.TransformerEncoderLayer(8, 2, 16, batch_first=True),
        ),
        "encode.linear1",
    ),
    "transposed convolution": (
        lambda: Net(lambda net, x: features(net.up(x)), up=nn.ConvTranspose2d(8, 8, 2)),
        "up.weight",
    ),
    "1-d convolution": (
        lambda: Net(lambda net, x: net.conv(x.flatten(2)).mean(2), conv=nn.Conv1d(8, 8, 3)),
        "conv.weight",
    ),
    "3-d convolution": (
        lambda: Net(lambda net, x: net.conv(x[:, :, None]).mean((2, 3, 4)), conv=nn.Conv3d(8, 8, (1, 2, 2))),
        "conv.weight",
    ),
    "lstm": (
        lambda: Net(lambda net, x: net.cell(pixels(x))[0][:, -1], cell=nn.LSTM(8, 8, batch_first=True)),
        "cell.weight_ih_l0",
    ),
    "gru": (
        lambda: Net(lambda net, x: net.cell(pixels(x))[0][:, -1], cell=nn.GRU(8, 8, batch_first=True)),
        "cell.weight_ih_l0",
    ),
    "bilinear": (
        lambda: Net(lambda net, x: net.pair(features(x), features(x)), pair=nn.Bilinear(8, 8, 8)),
        "pair.weight",
    ),
    "functional convolution": (
        lambda: Net(lambda net, x: features(functional.conv2d(x, net.filters)), filters=weight(8, 8, 3, 3)),
        "filters",
    ),
    "functional linear": (
        lambda: Net(lambda net, x: functional.linear(features(x), net.matrix), matrix=weight(8, 8)),
        "matrix",
    ),
    "einsum": (
        lambda: Net(lambda net, x: torch.einsum("bchw,cd->bd", x, net.matrix), matrix=weight(8, 8)),
        "matrix",
    ),
    "matmul": (lambda: Net(lambda net, x: features(x) @ net.matrix, matrix=weight(8, 8)), "matrix"),
    "matmul from the left": (
        lambda: Net(lambda net, x: (net.matrix @ features(x).T).T, matrix=weight(8, 8)),
        "matrix",
    ),
    "one vector": (
        lambda: Net(lambda net, x: x.flatten(2).movedim(1, 2).matmul(net.vector)[:, :8], vector=weight(8)),
        "vector",
    ),
    "low rank": (
        lambda: Net(
            lambda net, x: features(x) @ (net.left @ net.right), left=weight(8, 2), right=weight(2, 8)
        ),
        "left",
    ),
    "multiplied and summed": (
        lambda: Net(lambda net, x: (features(x)[:, :, None] * net.matrix).sum(1), matrix=weight(8, 8)),
        "matrix",
    ),
    "cosine": (
        lambda: Net(
            lambda net, x: functional.cosine_similarity(features(x)[:, None], net.matrix[None], -1),
            matrix=weight(8, 8),
        ),
        "matrix",
    ),
    "by way of numpy": (
        lambda: Net(
            lambda net, x: features(x) @ torch.from_numpy(net.matrix.detach().numpy()), matrix=weight(8, 8)
        ),
        "matrix",
    ),
    "into what there is": (
        lambda: Net(
            lambda net, x: torch.mm(
                features(x), torch.empty(8, 8).copy_(net.matrix), out=torch.empty(len(x), 8)
            ),
            matrix=weight(8, 8),
        ),
        "matrix",
    ),
    "weights of activations": (
        lambda: Net(
            lambda net, x: features(functional.conv2d(x, (net.matrix * x.mean())[:, :, None, None])),
            matrix=weight(8, 8),
        ),
        "matrix",
    ),
    "several at once": (
        lambda: Net(lambda net, x: torch._foreach_mul([features(x)], [net.vector])[0], vector=weight(8)),
        "vector",
    ),
    "learned queries": (
        lambda: Net(
            lambda net, x: functional.scaled_dot_product_attention(net.queries, pixels(x), pixels(x)).mean(1),
            queries=weight(1, 3, 8),
        ),
        "queries",
    ),
    "distances": (
        lambda: Net(lambda net, x: torch.cdist(features(x), net.centres), centres=weight(8, 8)),
        "centres",
    ),
    "the classifier is a look-up table": (Tied, "table.weight"),
    "called past its module": (
        lambda: Net(lambda net, x: net.fc.forward(features(x)), fc=nn.Linear(8, 8)),
        "fc.weight",
    ),
    "two modules share a weight": (two_that_share, "b"),
    "standardised weight": (
        lambda: Net(lambda net, x: features(net.conv(x)), conv=Standardised(8, 8, 3)),
        "conv",
    ),
    "pads by itself": (lambda: Net(lambda net, x: features(net.conv(x)), conv=SamePadding(8, 8, 3)), "conv"),
    "linear over a sequence": (
        lambda: Net(lambda net, x: net.fc(pixels(x)).mean(1), fc=nn.Linear(8, 8)),
        "fc",
    ),
    "linear over rows": (
        lambda: Net(lambda net, x: net.fc(pixels(x).flatten(0, 1))[:1], fc=nn.Linear(8, 8)),
        "fc",
    ),
    "convolution over a batch of parts": (
        lambda: Net(lambda net, x: features(net.conv(x.repeat(3, 1, 1, 1)))[:1], conv=nn.Conv2d(8, 8, 3)),
        "conv",
    ),
    "a learned input of a layer": (
        lambda: Net(
            lambda net, x: features(x) + net.fc(net.learned), learned=weight(1, 8), fc=nn.Linear(8, 8)
        ),
        "learned",
    ),
}

# Parameters that no product has: scales, shifts, look-ups, slopes, pieces put beside activations.
TAKEN: dict[str, Callable[[], nn.Module]] = {
    "batch norm": lambda: Net(lambda net, x: features(net.norm(x)), norm=nn.BatchNorm2d(8)),
    "layer norm": lambda: Net(lambda net, x: net.norm(features(x)), norm=nn.LayerNorm(8)),
    "group norm": lambda: Net(lambda net, x: features(net.norm(x)), norm=nn.GroupNorm(2, 8)),
    "instance norm": lambda: Net(
        lambda net, x: features(net.norm(x)), norm=nn.InstanceNorm2d(8, affine=True)
    ),
    "rms norm": lambda: Net(lambda net, x: net.norm(features(x)), norm=nn.RMSNorm(8)),
    "quantisation": lambda: Net(
        lambda net, x: features(
            torch.fake_quantize_per_tensor_affine(
                x, net.step.abs(), torch.zeros(1, dtype=torch.int32), 0, 255
            )
        ),
        step=weight(1),
    ),
    "slopes": lambda: Net(lambda net, x: features(net.slope(x)), slope=nn.PReLU(8)),
    "scale and shift": lambda: Net(
        lambda net, x: features(x * net.scale + net.shift), scale=weight(8, 1, 1), shift=weight(8, 1, 1)
    ),
    "one factor": lambda: Net(lambda net, x: features(x) * net.factor.exp(), factor=weight(1)),
    "positions": lambda: Net(
        lambda net, x: (pixels(x) + net.places.weight[:16]).mean(1), places=nn.Embedding(20, 8)
    ),
    "look-up": lambda: Net(
        lambda net, x: features(x) + net.table(features(x).argmax(1)), table=nn.Embedding(8, 8)
    ),
    "a token beside the others": lambda: Net(
        lambda net, x: torch.cat([net.token, pixels(x)], 1).mean(1), token=weight(1, 1, 8)
    ),
    "a constant": lambda: Net(lambda _, x: features(x) * torch.ones(8)),
    "gates of activations": lambda: Net(lambda _, x: features(x * x.mean((2, 3), keepdim=True).sigmoid())),
    "weight norm": lambda: Net(
        lambda net, x: net.fc(features(x)), fc=parametrizations.weight_norm(nn.Linear(8, 8))
    ),
    "spectral norm": lambda: Net(
        lambda net, x: net.fc(features(x)), fc=parametrizations.spectral_norm(nn.Linear(8, 8))
    ),
    "orthogonal": lambda: Net(
        lambda net, x: net.fc(features(x)), fc=parametrizations.orthogonal(nn.Linear(8, 8))
    ),
    "other padding": lambda: Net(
        lambda net, x: features(net.conv(x)), conv=nn.Conv2d(8, 8, 3, padding=1, padding_mode="circular")
    ),
    "autocast": lambda: Net(autocast, fc=nn.Linear(8, 8)),
    "a parameter that does nothing": lambda: Net(lambda _, x: features(x), idle=weight(8, 8)),
}


def autocast(net: Net, x: Tensor) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        return net.fc(features(x)).float()
