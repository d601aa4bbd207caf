"""Which images training sees: mirrored left to right or not at all, shifted, in whole batches."""

from collections import Counter

import pytest
import torch
from sgd_by_hand import dataset
from torch import Tensor, nn

from pruning.data import Dataset
from pruning.training.accuracy import accuracy
from pruning.training.finetune import augment, batches, train_steps

PICTURE = torch.arange(12.0).reshape(1, 1, 3, 4)  # rises to the right and downwards


def drawn(image: Tensor, count: int, **options: int | bool) -> list[Tensor]:
    """``count`` augmentations of one image."""
    generator = torch.Generator().manual_seed(0)
    return list(augment(image.expand(count, *image.shape[1:]), generator, **options))


def test_an_image_is_mirrored_left_to_right_one_time_in_two() -> None:
    seen = Counter(tuple(image.flatten().tolist()) for image in drawn(PICTURE, 400, shift=0))
    as_it_was, mirrored = (tuple(image.flatten().tolist()) for image in (PICTURE, PICTURE.flip(3)))
    assert set(seen) == {as_it_was, mirrored}
    assert 150 < seen[mirrored] < 250
    alone = drawn(PICTURE, 50, shift=0, mirror=False)
    assert all(torch.equal(image, PICTURE[0]) for image in alone)


def test_an_image_moves_by_up_to_two_pixels_and_its_border_is_repeated() -> None:
    places = Counter(_shift_of(image) for image in drawn(PICTURE, 600, mirror=False))
    assert set(places) == {(down, right) for down in range(-2, 3) for right in range(-2, 3)}


def _shift_of(image: Tensor) -> tuple[int, int]:
    """By how many rows and columns the picture was moved; what comes in from outside repeats its border."""
    rows, columns = torch.arange(3), torch.arange(4)
    found = [
        (down, right)
        for down in range(-2, 3)
        for right in range(-2, 3)
        if torch.equal(image[0], PICTURE[0, 0, (rows + down).clamp(0, 2)][:, (columns + right).clamp(0, 3)])
    ]
    assert len(found) == 1
    return found[0]


def test_each_image_and_each_channel_of_it_is_moved_as_one() -> None:
    two = torch.cat([PICTURE, PICTURE + 100], dim=1)
    moved = drawn(two, 40)
    assert all(torch.equal(image[0] + 100, image[1]) for image in moved)
    assert len({tuple(image.flatten().tolist()) for image in moved}) > 10


class Watching(nn.Module):
    """Keeps the images that it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.bias, self.seen = nn.Parameter(torch.zeros(2)), []

    def forward(self, x: Tensor) -> Tensor:
        self.seen.append(x)
        return self.bias.expand(len(x), 2)


@pytest.mark.parametrize("mirrors", [True, False])
def test_training_mirrors_where_a_mirrored_image_is_one_of_its_class(mirrors: bool) -> None:
    images, labels = PICTURE.expand(40, 1, 3, 4), torch.zeros(40, dtype=torch.int64)
    data = Dataset("rising", ("a", "b"), images, labels, images, labels, mirrors=mirrors)
    model = Watching()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    train_steps(model, data, optimizer, scheduler, 1, generator=torch.Generator().manual_seed(0))
    (seen,) = model.seen
    falls = (seen[..., 0] > seen[..., -1]).any(dim=(1, 2))
    assert bool(falls.any()) == mirrors
    assert not bool((seen[:, :, 0] > seen[:, :, -1]).any())  # never upside down
    assert model.training


def test_a_data_set_may_be_mirrored_unless_it_says_otherwise() -> None:
    assert dataset().mirrors


def test_what_does_not_fill_a_batch_is_left_for_the_next_epoch() -> None:
    generator = torch.Generator().manual_seed(0)
    epochs = [[batch.tolist() for batch in batches(10, 4, generator)] for _ in range(30)]
    for epoch in epochs:
        assert [len(batch) for batch in epoch] == [4, 4]
        assert len({index for batch in epoch for index in batch}) == 8
    assert {index for epoch in epochs for batch in epoch for index in batch} == set(range(10))
    assert len({str(epoch) for epoch in epochs}) > 1


@pytest.mark.parametrize(
    ("count", "size", "expected"), [(8, 4, [4, 4]), (3, 8, [3]), (5, 1, [1] * 5), (7, 7, [7])]
)
def test_sizes_of_batches(count: int, size: int, expected: list[int]) -> None:
    assert [len(batch) for batch in batches(count, size, torch.Generator())] == expected


def test_as_many_steps_as_asked_for_over_several_epochs() -> None:
    losses: list[float] = []
    model = Watching()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    train_steps(
        model,
        dataset(),
        optimizer,
        scheduler,
        5,
        generator=torch.Generator(),
        batch_size=1,
        after_step=losses.append,
    )
    assert len(losses) == len(model.seen) == 5
    assert [len(images) for images in model.seen] == [1] * 5
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.1 / 32)


def test_accuracy_counts_the_last_short_batch() -> None:
    """Images are their own logits: of five labels three are right, the last one in a batch of its own."""
    logits = torch.tensor([[1.0, 0, 0], [1, 0, 0], [0, 1, 2], [0, 1, 0], [0, 0, 1]]).reshape(5, 3, 1, 1)
    labels, model = torch.tensor([0, 1, 2, 0, 2]), nn.Flatten().train()
    for size in (1, 2, 4, 5, 250):
        assert accuracy(model, logits, labels, batch_size=size) == 3 / 5
    assert not model.training
    for size in (2, 250):  # among 0 and 1 the third image is of class 1, and 2 is not asked for
        assert accuracy(model, logits[:4], torch.tensor([0, 1, 1, 0]), (1, 0), size) == 2 / 4


def test_the_generator_alone_decides() -> None:
    """Mirrors, shifts and the order of images: whatever torch's own random state is."""
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        order = torch.cat(list(batches(9, 3, torch.Generator().manual_seed(0))))
        found.append((torch.stack(drawn(PICTURE, 30)), order))
    assert all(torch.equal(*both) for both in zip(*found, strict=True))


def test_no_step_looks_at_no_image() -> None:
    model = Watching()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    scheduler = torch.optim.lr_scheduler.ConstantLR(optimizer)
    train_steps(model, dataset(), optimizer, scheduler, 0, generator=torch.Generator())
    assert not model.seen
