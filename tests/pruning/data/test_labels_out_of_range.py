"""Labels from 0 to one less than there are classes: the one just outside is refused, the last is taken."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch
from sgd_by_hand import dataset
from torch import nn

from pruning.data import Dataset
from pruning.data.shared.dataset import check_classes, parse_classes
from pruning.files.pruned import require_its_data
from pruning.network.logits import class_logits, class_targets
from pruning.saliencies.shared.gradients import class_saliency
from pruning.training.accuracy import class_accuracy
from workloads.artifact import PrunedLayer, PrunedNetwork
from workloads.inputs import InputError
from workloads.layer import Layer
from workloads.masks import KeepMask

NAMES = ("a", "b", "c")


def logits() -> nn.Module:
    return nn.Sequential(nn.Flatten(), nn.Linear(1, 3))


def three() -> Dataset:
    images, labels = torch.zeros(3, 1, 1, 1), torch.arange(3)
    return Dataset("three", NAMES, images, labels, images, labels)


@pytest.mark.parametrize(
    "use",
    [
        lambda label: check_classes((0, label), NAMES),
        lambda label: parse_classes(f"0,{label}", NAMES),
        lambda label: three().of_classes((0, label)),
        lambda label: three().relabelled((label, 0)),
        lambda label: class_saliency(logits(), torch.ones(1, 1, 1, 1), torch.tensor([0]), (0, label)),
        lambda label: class_saliency(logits(), torch.ones(1, 1, 1, 1), torch.tensor([label])),
    ],
)
def test_the_last_is_taken_and_the_next_refused(use: Callable[[int], Any]) -> None:
    use(2)
    with pytest.raises(InputError, match=r"expected (labels|classes) from 0 to 2.*, got 3"):
        use(3)
    with pytest.raises(
        InputError, match=r"expected (labels|classes) from 0 |a whole number of at least 0, got -1"
    ):
        use(-1)


def test_a_network_with_an_output_fewer_than_the_data_have_classes() -> None:
    grown = replace(
        three(),
        class_names=(*NAMES, "d"),
        test_images=torch.zeros(4, 1, 1, 1),
        test_labels=torch.arange(4),
        train_images=torch.zeros(4, 1, 1, 1),
        train_labels=torch.arange(4),
    )
    assert 0 <= class_accuracy(logits(), grown, (1, 2)) <= 1
    with pytest.raises(InputError, match=r"classes: expected labels from 0 to 2, the outputs of .*, got 3"):
        class_accuracy(logits(), grown, (1, 3))


def test_data_that_have_lost_their_last_class() -> None:
    layer = PrunedLayer(Layer.linear("1", 1, 2), KeepMask.ones(2, 1), torch.ones(2).numpy())
    told = {"image_shape": [1, 1, 1], "class_names": ["plus", "zero"], "run": {"classes": [0, 2]}}
    network = PrunedNetwork("n", (layer,), told, {})
    with pytest.raises(InputError, match=r"two pixels: expected 'zero' as class 2, .* got None"):
        require_its_data(network, dataset())
    require_its_data(
        replace(network, provenance={**told, "class_names": ["plus", "minus"], "run": {"classes": [0, 1]}}),
        dataset(),
    )


def test_labels_are_looked_up_in_the_order_given() -> None:
    assert class_targets(torch.tensor([2, 0, 2]), (2, 0)).tolist() == [0, 1, 0]
    assert class_targets(torch.tensor([2, 0, 1]), (2, 0)).tolist() == [0, 1, -1]  # of no class given
    assert class_targets(torch.tensor([2, 0]), None).tolist() == [2, 0]
    assert class_logits(torch.tensor([[1.0, 2, 3]]), (2, 0)).tolist() == [[3, 1]]
    assert class_logits(torch.tensor([[1.0, 2, 3]]), None).tolist() == [[1, 2, 3]]


def test_relabelled_data_by_hand() -> None:
    found = three().relabelled((2, 0))
    assert found.class_names == ("c", "a")
    assert found.train_labels.tolist() == found.test_labels.tolist() == [1, 0]


def test_samples_take_the_classes_in_turn() -> None:
    """Four images of class 0 and two of class 2, one of class 1 that is not asked for."""
    labels = torch.tensor([0, 0, 1, 0, 2, 0, 2])
    data = replace(three(), train_images=torch.zeros(7, 1, 1, 1), train_labels=labels)
    for seed in range(5):
        found = data.balanced_samples((2, 0), 9, torch.Generator().manual_seed(seed))
        assert labels[found].tolist() == [2, 0, 2, 0, 0, 0]
        assert len(set(found.tolist())) == 6
        few = data.balanced_samples((2, 0), 3, torch.Generator().manual_seed(seed))
        assert few.tolist() == found[:3].tolist()
