#!/usr/bin/env python3
"""Batches per second of training: surety beside PyTorch, on this machine, taking turns.

    Benchmarks/run.sh --only train                            # all networks and objectives
    Benchmarks/run.sh --only train --networks lenet --rounds 5

Both train the same network from the same parameters with the same number of threads, surety on epochs of 16 batches.
Compared is the time of a batch in the fastest quarter, of batches or of epochs. Rounds alternate, and what counts is the
median of the rounds' ratios. The answers are checked: where nothing is random, the objective of a single batch falls from
step to step as PyTorch's does, to 1e-3.
"""
import argparse
import csv
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import torch
import torch.nn.functional as F

from networks import NETWORKS, build

EPSILON, STEP, STEPS, COPIES, SIGMA, LAMBDA, RATE = 0.3, 0.03, 10, 2, 0.25, 0.1, 0.01
BATCH, BATCHES = 128, 16
# Objectives in surety's words. The attack of smoothadv steps by 2ε/T.
OBJECTIVES = {
    "standard": ["--defense", "standard"],
    "pgd": ["--defense", "pgd", "--set", f"epsilon={EPSILON}", "--set", f"step={STEP}", "--set", f"steps={STEPS}"],
    "trades": ["--defense", "trades", "--set", f"epsilon={EPSILON}", "--set", f"step={STEP}", "--set", f"steps={STEPS}"],
    "smoothadv": ["--defense", "smoothadv", "--set", f"sigma={SIGMA}", "--set", f"copies={COPIES}",
                  "--set", f"steps={STEPS}"],
    "double-backpropagation": ["--defense", "gradient-regularisation", "--set", f"lambda={LAMBDA}"],
}
DETERMINISTIC = {"standard", "double-backpropagation"}

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=["lenet", "smallcnn", "resnet20"])
parser.add_argument("--objectives", nargs="+", choices=OBJECTIVES, default=list(OBJECTIVES))
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=4.0, help="of each contender in each round")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--surety", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / ".build/release/surety")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)


def fast(seconds):
    """The mean of the fastest quarter: what a step costs when nothing else disturbs it."""
    quarter = sorted(seconds)[: max(1, len(seconds) // 4)]
    return sum(quarter) / len(quarter)


class PyTorch:
    """What a user's script does, in PyTorch's preferred memory format."""

    def __init__(self, model, objective, images, labels):
        self.model = model.to(memory_format=torch.channels_last).train()
        self.objective = objective
        self.x = images.contiguous(memory_format=torch.channels_last)
        self.y = labels
        self.optimiser = torch.optim.SGD(self.model.parameters(), lr=RATE, momentum=0.9, weight_decay=1e-4)
        self.losses = []

    def ascend(self, z, loss_of):
        for _ in range(STEPS):
            z = z.detach().requires_grad_()
            gradient, = torch.autograd.grad(loss_of(z), z)
            z = (z + STEP * gradient.sign()).clamp(self.x - EPSILON, self.x + EPSILON).clamp(0, 1)
        return z.detach()

    def loss(self):
        x, y, model = self.x, self.y, self.model
        if self.objective == "standard":
            return F.cross_entropy(model(x), y)
        if self.objective == "double-backpropagation":
            x = x.detach().requires_grad_()
            losses = F.cross_entropy(model(x), y, reduction="none")
            gradient, = torch.autograd.grad(losses.sum(), x, create_graph=True)
            return losses.mean() + LAMBDA / 2 * gradient.square().sum((1, 2, 3)).mean()
        model.eval()
        if self.objective == "pgd":
            z = self.ascend(x + torch.empty_like(x).uniform_(-EPSILON, EPSILON), lambda z: F.cross_entropy(model(z), y))
            return F.cross_entropy(model.train()(z), y)
        if self.objective == "trades":
            clean = F.softmax(model(x), 1).detach()
            z = self.ascend(x + 0.001 * torch.randn_like(x),
                            lambda z: F.kl_div(F.log_softmax(model(z), 1), clean, reduction="sum"))
            logits = model.train()(x)
            divergence = F.kl_div(F.log_softmax(model(z), 1), F.softmax(logits, 1), reduction="batchmean")
            return F.cross_entropy(logits, y) + 6 * divergence
        noise = SIGMA * torch.randn(COPIES, *x.shape)

        def smoothed(z):
            p = F.softmax(model((z + noise).flatten(0, 1)), 1).view(COPIES, len(x), -1).mean(0)
            return F.nll_loss(p.log(), y, reduction="sum")
        z = self.ascend(x, smoothed)
        return F.cross_entropy(model.train()((z + noise).flatten(0, 1)), y.repeat(COPIES))

    def step(self):
        loss = self.loss()
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.losses.append(loss.item())

    def seconds(self, duration):
        self.step()
        times, end = [], time.perf_counter() + duration
        while time.perf_counter() < end or not times:
            start = time.perf_counter()
            self.step()
            times.append(time.perf_counter() - start)
        return fast(times)


class Surety:
    """`surety train` as a process: as many epochs as fill the time."""

    def __init__(self, name, objective, folder):
        self.name, self.objective, self.folder = name, objective, folder
        self.epochs, self.runs = 2, 0

    def history(self, data, epochs):
        self.runs += 1
        output = self.folder / f"{self.objective}{self.runs}"
        subprocess.run(
            [arguments.surety, "train", *OBJECTIVES[self.objective], "--arch", self.name, "--data", self.folder / data,
             "--start", self.folder / "start.onnx", "--epochs", str(epochs), "--batch", str(BATCH), "--learning-rate",
             str(RATE), "--output", output],
            check=True, capture_output=True, text=True)
        with open(output / "history.csv") as file:
            return list(csv.DictReader(file))

    def losses(self):
        return [float(epoch["loss"]) for epoch in self.history("batch.npz", 5)]

    def seconds(self, duration):
        seconds = fast([float(epoch["seconds"]) for epoch in self.history("images.npz", self.epochs)]) / BATCHES
        self.epochs = max(2, int(duration / (BATCHES * seconds)))  # the next run takes about so long
        return seconds


def compare(name, objective):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model, shape = build(name)
        images, labels = torch.rand(BATCH * BATCHES, *shape), torch.arange(BATCH * BATCHES) % 10
        numpy.savez(folder / "images.npz", images=images.numpy(), labels=labels.numpy())
        images, labels = images[:BATCH], labels[:BATCH]
        numpy.savez(folder / "batch.npz", images=images.numpy(), labels=labels.numpy())
        torch.onnx.export(model.eval(), (torch.zeros(1, *shape),), folder / "start.onnx", dynamo=False, opset_version=13,
                          export_params=True, do_constant_folding=False, training=torch.onnx.TrainingMode.PRESERVE,
                          input_names=["input"], output_names=["logits"],
                          dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
        torch_side, surety = PyTorch(model, objective, images, labels), Surety(name, objective, folder)
        if objective in DETERMINISTIC:
            for ours in surety.losses():
                torch_side.step()
                theirs = torch_side.losses[-1]
                assert abs(ours - theirs) < 1e-3 * max(1, abs(theirs)), f"{name}, {objective}: {ours} is not {theirs}"
        rounds = []
        for number in range(arguments.rounds + 1):
            pair = (surety.seconds(arguments.seconds), torch_side.seconds(arguments.seconds))
            if number > 0:  # the first warms up
                rounds.append(pair)
        ratio = statistics.median(theirs / ours for ours, theirs in rounds)
        ours, theirs = (statistics.median(pair[i] for pair in rounds) for i in (0, 1))
        print(f"{name:10} {objective:24} {1 / ours:10.2f} {1 / theirs:10.2f} {ratio:8.2f}", flush=True)


print(f"torch {torch.__version__}, {arguments.threads} threads, batches of {BATCH} per second, median of "
      f"{arguments.rounds} rounds")
print(f"{'network':10} {'objective':24} {'surety':>10} {'torch':>10} {'÷torch':>8}")
for name in arguments.networks:
    for objective in arguments.objectives:
        compare(name, objective)
