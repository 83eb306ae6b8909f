#!/usr/bin/env python3
"""Noisy samples per second: surety beside PyTorch and ONNX Runtime, on this machine, taking turns.

    Benchmarks/run.sh --only certify                                 # all networks
    Benchmarks/run.sh --only certify --networks smallcnn --rounds 5  # one of them

PyTorch and ONNX Runtime run at their best batch size, found first, surety at the one that it chooses by
default, and all with the same number of threads; the rounds alternate, so that a machine that drifts slows all
alike, and what counts is the median of the rounds' ratios. PyTorch does what a smoothing script does: repeat, add noise, classify, count. ONNX Runtime only
classifies the same batch again and again, without noise: a bound that surety, noise included, should not
fall below. The answers are checked: logits equal PyTorch's to 1e-4 of the largest.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import onnxruntime
import torch

from networks import NETWORKS, build

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=3.0, help="of each contender in each round")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--surety", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / ".build/release/surety")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
BATCHES = (16, 32, 64, 128, 256, 512, 1000)
SIGMA = 0.25


def rate(classify, batch, seconds):
    """Samples per second of `classify(batch)`, called again and again for some seconds."""
    classify(batch)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        classify(batch)
        count += batch
    return count / (time.perf_counter() - start)


def torch_contender(model, image):
    model = model.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def classify(size):
        batch = image.repeat((size, 1, 1, 1)).contiguous(memory_format=torch.channels_last)
        logits = model(batch + torch.randn_like(batch) * SIGMA)
        torch.bincount(logits.argmax(1), minlength=10)
    return classify


def onnx_contender(path, image):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    batches = {size: image.repeat((size, 1, 1, 1)).numpy() for size in BATCHES}
    return lambda size: session.run(None, {"input": batches[size]})


class Surety:
    """`surety certify` of one image, as a process."""

    def __init__(self, model, folder, image):
        self.model, self.folder, self.data = model, folder, folder / "image.npz"
        numpy.savez(self.data, images=image[None].numpy(), labels=numpy.zeros(1, numpy.int64))
        self.count, self.runs = 2000, 0

    def command(self, *words):
        return subprocess.run([arguments.surety, *map(str, words)], check=True, capture_output=True, text=True)

    def logits(self):
        self.command("evaluate", self.model, "--data", self.data, "--logits", self.folder / "logits.npy")
        return numpy.load(self.folder / "logits.npy")

    def rate(self, seconds):
        self.runs += 1
        output = self.folder / f"run{self.runs}"
        self.command("certify", self.model, "--data", self.data, "--sigma", SIGMA, "--n", self.count,
                     "--threads", arguments.threads, "--output", output)
        rate = json.loads((output / "run.json").read_text())["samplesPerSecond"]
        self.count = max(2000, int(rate * seconds))  # the next run takes about so long
        return rate


def compare(name, folder):
    model, shape = build(name)
    image = torch.rand(shape)
    path = folder / f"{name}.onnx"
    torch.onnx.export(model, (torch.zeros(1, *shape),), path, dynamo=False, opset_version=13, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
    surety = Surety(path, folder, image)
    with torch.inference_mode():
        truth = model(image[None]).numpy()
    error = numpy.abs(surety.logits() - truth).max() / numpy.abs(truth).max()
    assert error < 1e-4, f"{name}: logits differ by {error:.1e} of the largest"

    peers = {"torch": torch_contender(model, image), "onnxruntime": onnx_contender(path, image)}
    best = {peer: max(BATCHES, key=lambda size: rate(classify, size, 0.5)) for peer, classify in peers.items()}
    surety.rate(0.5)
    rounds = []
    for _ in range(arguments.rounds):
        rates = {"surety": surety.rate(arguments.seconds)}
        for peer, classify in peers.items():
            rates[peer] = rate(classify, best[peer], arguments.seconds)
        rounds.append(rates)
    median = {peer: statistics.median(r[peer] for r in rounds) for peer in rounds[0]}
    ratio = {peer: statistics.median(r["surety"] / r[peer] for r in rounds) for peer in peers}
    print(f"{name:10} {median['surety']:12,.0f} {median['torch']:12,.0f} {median['onnxruntime']:12,.0f}"
          f" {ratio['torch']:9.2f} {ratio['onnxruntime']:9.2f}   {best['torch']}/{best['onnxruntime']}", flush=True)


print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, {arguments.threads} threads, "
      f"median of {arguments.rounds} rounds")
print(f"{'network':10} {'surety/s':>12} {'torch/s':>12} {'onnxrt/s':>12} {'÷torch':>9} {'÷onnxrt':>9}   batches")
for name in arguments.networks:
    with tempfile.TemporaryDirectory() as folder:
        compare(name, pathlib.Path(folder))
