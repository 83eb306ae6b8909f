#!/usr/bin/env python3
"""Attacks by transfer in plain PyTorch: the numbers of Tests/AttacksTests/TransferFixture.swift.

    ~/surety-peers/bin/python Benchmarks/transfer.py --data-root FOLDER > Tests/AttacksTests/TransferFixture.swift

Each attack follows the gradient of cross entropy of one of the models in examples/models, never looks at whether that model
is wrong, and runs to its last step; another model judges what it ends with. Nothing is random. The fraction of images on which the
judged model is right before and after goes into the table.
"""
import argparse
import gzip
import os
import pathlib

import numpy
import onnx
import onnx.numpy_helper
import torch

MODELS = pathlib.Path(__file__).parent.parent / "examples/models"
SKIP, COUNT = 40, 250
# Source, judged, radius in the largest change of a pixel.
PAIRS = [
    ("wong-standard", "wong-gradient-regularisation-l2", 0.3),
    ("wong-gradient-regularisation-l2", "wong-standard", 0.15),
    ("wong-standard", "wong-jacobian", 0.2),
    ("mnist-trades-0.1", "wong-standard", 0.2),
    ("wong-standard", "mnist-trades-0.1", 0.3),
    ("mnist-trades-0.1", "mnist-trades-0.3", 0.35),
]
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--data-root", type=pathlib.Path, default=os.environ.get("SURETY_DATA", "~/.cache/surety"))
arguments = parser.parse_args()


class Network(torch.nn.Module):
    """The operators of the models, as ONNX defines them."""

    def __init__(self, name):
        super().__init__()
        graph = onnx.load(MODELS / f"{name}.onnx").graph
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
        if kind == "Identity":
            return inputs[0]
        if kind == "Relu":
            return torch.relu(inputs[0])
        if kind in ("Flatten", "Reshape"):  # to a row per image
            return inputs[0].flatten(1)
        raise SystemExit(f"transfer.py: {kind} is not among the operators this script knows")


def read(name, header):
    path = next(arguments.data_root.expanduser().rglob(name + "*"))
    data = gzip.open(path).read() if path.suffix == ".gz" else path.read_bytes()
    return numpy.frombuffer(data, numpy.uint8, offset=header)


def slope(model, x, labels):
    x = x.clone().requires_grad_()
    return torch.autograd.grad(torch.nn.functional.cross_entropy(model(x), labels, reduction="sum"), x)[0]


def pgd(model, clean, labels, radius, step, steps):
    x = clean.clone()
    for _ in range(steps):
        x = x + step * slope(model, x, labels).sign()
        x = torch.max(torch.min(x, clean + radius), clean - radius).clamp(0, 1)
    return x


def momentum(model, clean, labels, radius, steps=10):
    x, g = clean.clone(), torch.zeros_like(clean)
    for _ in range(steps):
        d = slope(model, x, labels)
        g = g + d / d.abs().sum(dim=(1, 2, 3), keepdim=True)
        x = x + radius / steps * g.sign()
        x = torch.max(torch.min(x, clean + radius), clean - radius).clamp(0, 1)
    return x


images = torch.tensor(read("t10k-images", 16).reshape(-1, 1, 28, 28)[::SKIP][:COUNT].astype(numpy.float32) / 255)
labels = torch.tensor(read("t10k-labels", 8)[::SKIP][:COUNT].astype(numpy.int64))
attacks = {
    "fgsm": lambda model, radius: pgd(model, images, labels, radius, radius, 1),
    "pgd": lambda model, radius: pgd(model, images, labels, radius, 0.01, 40),
    "mi-fgsm": lambda model, radius: momentum(model, images, labels, radius),
}
print(f"""/// The accuracy of one bundled model under attacks that follow another, in plain PyTorch, on every {SKIP}th of MNIST's test
/// images: what Benchmarks/transfer.py printed.
enum TransferFixture {{
    /// For each pair, the models, the radius in ℓ∞, and the accuracy judged under each attack; `pgd` takes 40 steps of 0.01 from
    /// the image.
    static let pairs: [(source: String, judged: String, radius: Float, accuracy: [String: Double])] = [""")
for source, judged, radius in PAIRS:
    followed, judge = Network(source), Network(judged)
    with torch.no_grad():
        accuracy = {"clean": (judge(images).argmax(1) == labels).double().mean().item()}
    for name, attack in attacks.items():
        found = attack(followed, radius)
        with torch.no_grad():
            accuracy[name] = ((judge(found).argmax(1) == labels) & (judge(images).argmax(1) == labels)).double().mean().item()
    figures = ", ".join(f'"{name}": {value:.3f}' for name, value in accuracy.items())
    print(f'        ("{source}", "{judged}", {radius}, [{figures}]),')
print("    ]\n}")
