"""The three hand-written gradients against numerical differentiation and against plain PyTorch."""

from __future__ import annotations

import pytest
import torch

from reproduce.recommenders import crossentropy
from reproduce.recommenders.crossentropy import linear_cross_entropy
from reproduce.recommenders.lrurec import initial_spectrum, scan
from reproduce.recommenders.narm import additive_attention


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(3)
        yield


@pytest.mark.parametrize("batch", [1, 3])
def test_the_scan_has_the_right_gradient(batch):
    inputs = torch.randn(batch, 5, 4, dtype=torch.complex128, requires_grad=True)
    eigenvalues = (0.9 * torch.exp(1j * torch.rand(4, dtype=torch.float64))).requires_grad_()
    assert torch.autograd.gradcheck(scan, (inputs, eigenvalues))


def test_the_scan_by_hand():
    states = scan(torch.tensor([[[1.0 + 0j], [0.0], [2.0]]]), torch.tensor([0.5j]))
    assert states[0, :, 0].tolist() == [1.0, 0.5j, 2.0 - 0.25]


def test_the_scan_leaves_its_inputs_alone():
    inputs = torch.ones(1, 3, 2, dtype=torch.complex64)
    scan(inputs, torch.full((2,), 0.5 + 0j))
    assert torch.equal(inputs, torch.ones_like(inputs))


def test_eigenvalues_start_on_a_ring_inside_the_unit_disc():
    nu, theta, gamma = initial_spectrum(200).exp()
    modulus = torch.exp(-nu)
    assert modulus.min() >= 0.8 - 1e-6
    assert modulus.max() <= 0.99 + 1e-6
    assert theta.max() <= 2 * torch.pi + 1e-5
    assert torch.allclose(gamma, torch.sqrt(1 - modulus**2), atol=1e-6)


@pytest.mark.parametrize("batch", [1, 3])
def test_additive_attention_has_the_right_gradient(batch):
    keys, queries, values = (torch.randn(batch, 4, 3, dtype=torch.float64, requires_grad=True) for _ in range(3))
    weight = torch.randn(3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(additive_attention, (keys, queries, weight, values))


def test_additive_attention_is_the_masked_sum():
    keys, queries, values = (torch.randn(2, 6, 3) for _ in range(3))
    weight = torch.randn(3)
    gates = torch.sigmoid(keys[:, None] + queries[:, :, None]) @ weight
    assert torch.allclose(additive_attention(keys, queries, weight, values), gates.tril() @ values, atol=1e-5)


@pytest.mark.parametrize("with_bias", [False, True])
@pytest.mark.parametrize("chunk", [1, 25, 1 << 20])
def test_cross_entropy_equals_pytorchs_whatever_the_chunk(monkeypatch, with_bias, chunk):
    monkeypatch.setitem(crossentropy.CHUNK, "cpu", chunk)
    labels = torch.randint(1, 9, (7,))
    results = []
    for ours in (True, False):
        torch.manual_seed(0)
        hidden, weight = torch.randn(7, 4, requires_grad=True), torch.randn(9, 4, requires_grad=True)
        bias = torch.randn(9, requires_grad=True) if with_bias else None
        if ours:
            loss = linear_cross_entropy(hidden, weight, bias, labels)
        else:
            loss = torch.nn.functional.cross_entropy(torch.nn.functional.linear(hidden, weight, bias), labels)
        (2 * loss).backward()
        results.append([loss, hidden.grad, weight.grad, *([bias.grad] if with_bias else [])])
    for mine, theirs in zip(*results, strict=True):
        assert torch.allclose(mine, theirs, atol=1e-6)
