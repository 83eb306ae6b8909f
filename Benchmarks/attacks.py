#!/usr/bin/env python3
"""How near surety's attacks come, beside foolbox's on the same model, images and budget.

    Benchmarks/run.sh --only attacks --models wong_mnist.onnx                 # all but the slow one
    Benchmarks/run.sh --only attacks --models wong_mnist.onnx --attacks boundary --images 20

For attacks that seek the smallest distance, the median distance; for those within a radius, the median over the images of
the smallest of several radii that sufficed, and the robust accuracy at one of them. Images that the model misclassifies
count as distance 0, failures as infinite. What surety proposes is classified anew by PyTorch here, and its distances are
measured here. A ratio of the medians below 1 means that surety's images are nearer.
"""
import argparse
import gzip
import json
import math
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

import foolbox
import numpy
import onnx
import onnx.numpy_helper
import torch

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--models", nargs="+", type=pathlib.Path, required=True, help="ONNX models of MNIST")
parser.add_argument("--attacks", nargs="+", default=["ddn", "deepfool-l2", "deepfool-linf", "pgd-l2", "pgd-linf"])
parser.add_argument("--images", type=int, default=100)
parser.add_argument("--skip", type=int, default=7, help="every so manieth image of the test set")
parser.add_argument("--seeds", type=int, default=3, help="of the attacks that are random; their images are pooled")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--data-root", type=pathlib.Path, default=os.environ.get("SURETY_DATA", "~/.cache/surety"))
parser.add_argument("--surety", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / ".build/release/surety")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)

PGD_STEPS = 40
RADII = {"l2": [0.2 * i for i in range(1, 21)], "linf": [0.02 * i for i in range(1, 21)]}
REPORTED = {"l2": 2.0, "linf": 0.2}
RANDOM = {"pgd"}
# What surety is asked for, and the same of foolbox.
ATTACKS = {
    "ddn": ("ddn", "l2", {"levels": 0}, lambda: foolbox.attacks.DDNAttack()),
    "deepfool-l2": ("deepfool", "l2", {}, lambda: foolbox.attacks.L2DeepFoolAttack()),
    "deepfool-linf": ("deepfool", "linf", {}, lambda: foolbox.attacks.LinfDeepFoolAttack()),
    "carlini-wagner": ("carlini-wagner", "l2", {"steps": 1000}, lambda: foolbox.attacks.L2CarliniWagnerAttack(steps=1000)),
    "boundary": ("boundary", "l2", {}, lambda: foolbox.attacks.BoundaryAttack()),
    "pgd-l2": ("pgd", "l2", {"steps": PGD_STEPS}, lambda: foolbox.attacks.L2ProjectedGradientDescentAttack(
        rel_stepsize=2.5 / PGD_STEPS, steps=PGD_STEPS)),
    "pgd-linf": ("pgd", "linf", {"steps": PGD_STEPS}, lambda: foolbox.attacks.LinfProjectedGradientDescentAttack(
        rel_stepsize=2.5 / PGD_STEPS, steps=PGD_STEPS)),
}


class Network(torch.nn.Module):
    """The operators of small convolutional networks, as ONNX defines them."""

    def __init__(self, path):
        super().__init__()
        graph = onnx.load(path).graph
        self.nodes, self.input, self.output = graph.node, graph.input[0].name, graph.output[0].name
        self.tensors = {t.name: torch.tensor(onnx.numpy_helper.to_array(t)) for t in graph.initializer}

    def forward(self, x):
        values = {**self.tensors, self.input: x}
        for node in self.nodes:
            inputs = [values[name] for name in node.input]
            options = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            values[node.output[0]] = self.apply(node.op_type, inputs, options)
        return values[self.output]

    @staticmethod
    def apply(kind, inputs, options):
        pads = options.get("pads", [0, 0, 0, 0])
        if kind == "Conv":
            return torch.nn.functional.conv2d(*inputs, stride=options["strides"], padding=pads[:2])
        if kind == "MaxPool":
            return torch.nn.functional.max_pool2d(
                inputs[0], options["kernel_shape"], options["strides"], padding=pads[:2])
        if kind == "Gemm":
            weights = inputs[1].T if options.get("transB") else inputs[1]
            return torch.nn.functional.linear(inputs[0], weights.T, inputs[2])
        if kind == "Relu":
            return torch.relu(inputs[0])
        if kind == "Flatten":
            return inputs[0].flatten(1)
        raise SystemExit(f"attacks.py: {kind} is not among the operators this script knows")


def read(name, header):
    folder = pathlib.Path(arguments.data_root).expanduser()
    path = next(folder.rglob(name + "*"), None)
    if path is None:
        raise SystemExit(f"attacks.py: no {name} below {folder}: give --data-root")
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def distances(model, clean, adversarial, labels, norm):
    """How far each image was moved to one on which the model is wrong; infinite where it is right."""
    with torch.inference_mode():
        is_wrong = model(adversarial).argmax(1) != labels
    change = (adversarial - clean).flatten(1)
    lengths = change.norm(dim=1) if norm == "l2" else change.abs().amax(1)
    return [length if wrong else math.inf for length, wrong in zip(lengths.tolist(), is_wrong.tolist())]


def surety(path, model, clean, labels, name, norm, settings, radii, seed):
    with tempfile.TemporaryDirectory() as folder:
        command = [arguments.surety, "attack", path, "--data", "mnist", "--data-root", arguments.data_root, "--attack", name,
                   "--norm", norm, "--skip", arguments.skip, "--max", arguments.images, "--threads", arguments.threads,
                   "--seed", seed, "--batch", max(1, min(64, arguments.images // arguments.threads)),
                   "--output", folder + "/run"]
        for key, value in settings.items():
            command += ["--set", f"{key}={value}"]
        if radii:
            command += ["--epsilon", ",".join(map(str, radii))]
        start = time.perf_counter()
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        seconds = time.perf_counter() - start
        if done.returncode:
            raise SystemExit(f"attacks.py: surety said: {done.stderr}")
        archive = numpy.load(folder + "/run/adversarial.npz")
        images = torch.tensor(archive[next(key for key in archive.files if archive[key].ndim == 4)])
        lines = [json.loads(line) for line in open(folder + "/run/attacks.jsonl")]
    found = distances(model, clean, images, labels, norm)
    if radii:  # the radius with which each image was found
        found = [next(r for r in [0.0, *radii] if length <= r * (1 + 1e-5)) if length < math.inf else length
                 for length in found]
    return found, seconds, max(line["queries"] for line in lines)


def peer(model, clean, labels, attack, norm, radii):
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1))
    start = time.perf_counter()
    _, clipped, success = attack(wrapped, clean, labels, epsilons=radii or None)
    seconds = time.perf_counter() - start
    if not radii:
        return distances(model, clean, clipped, labels, norm), seconds
    with torch.inference_mode():
        wrong = (model(clean).argmax(1) != labels).tolist()
    return [0.0 if wrong[i] else next((r for r, ok in zip(radii, success[:, i]) if ok), math.inf)
            for i in range(len(labels))], seconds


def main():
    chosen = slice(0, arguments.skip * arguments.images, arguments.skip)
    pixels = read("t10k-images", 16).reshape(-1, 1, 28, 28)[chosen].astype(numpy.float32) / 255
    clean, labels = torch.tensor(pixels), torch.tensor(read("t10k-labels", 8)[chosen].astype(numpy.int64))
    print(f"{len(labels)} images, {arguments.threads} threads, foolbox {foolbox.__version__}, torch {torch.__version__}")
    for path in arguments.models:
        model = Network(path).eval()
        for label in arguments.attacks:
            name, norm, settings, make = ATTACKS[label]
            radii = RADII[norm] if name == "pgd" else None
            ours, theirs, our_seconds, their_seconds, queries = [], [], 0, 0, 0
            for seed in range(arguments.seeds if name in RANDOM else 1):
                torch.manual_seed(seed)
                found, seconds, asked = surety(path, model, clean, labels, name, norm, settings, radii, seed)
                ours, our_seconds, queries = ours + found, our_seconds + seconds, max(queries, asked)
                found, seconds = peer(model, clean, labels, make(), norm, radii)
                theirs, their_seconds = theirs + found, their_seconds + seconds
            medians = statistics.median(ours), statistics.median(theirs)
            line = (f"{path.stem:24} {label:15} median {medians[0]:.4f}, foolbox {medians[1]:.4f}, "
                    f"ratio {medians[0] / medians[1] if medians[1] else math.nan:.4f}")
            if radii:
                r = REPORTED[norm]
                line += "; robust at {}: {:.1%}, {:.1%}".format(
                    r, *(sum(d > r for d in found) / len(found) for found in (ours, theirs)))
            print(f"{line}; {our_seconds:.1f} s, {their_seconds:.1f} s; at most {queries} queries", flush=True)


main()
