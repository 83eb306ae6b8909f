#!/usr/bin/env python3
"""Images per second of PGD with 40 steps: surety beside PyTorch, on this machine, taking turns.

    Benchmarks/run.sh --only attack-speed

Both attack the small CNN of TRADES that examples/models holds, in ℓ∞ with ε = 0.3 and steps of 0.01 from a random start, on
MNIST (from $SURETY_DATA or ~/.cache/surety), where nearly all images withstand it, so that neither side stops early. surety
is timed as a process, from its start to its last file; PyTorch in a loop that is warm, by batches of the size that serves
it best. What counts is the median of the rounds' ratios. The answers are checked: PyTorch classifies surety's images as
surety says, each within ε and in [0, 1], and as many withstand both, within 2 %.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy
import onnx
import onnx.numpy_helper
import torch
import torch.nn.functional as F

from networks import smallcnn

EPSILON, STEP, STEPS = 0.3, 0.01, 40
BATCHES = (32, 64, 128, 256)
root = pathlib.Path(__file__).parent.parent

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", type=pathlib.Path, default=root / "examples/models/mnist-trades-0.3.onnx")
parser.add_argument("--images", type=int, default=1024)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--surety", type=pathlib.Path, default=root / ".build/release/surety")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)


def network():
    """The model's parameters in PyTorch, which stand in the file in the order of use."""
    model = smallcnn()
    parameters = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(arguments.model).graph.initializer}
    ordered = [parameters[name] for node in onnx.load(arguments.model).graph.node for name in node.input if name in parameters]
    arrays = [array for array in ordered if array.dtype == numpy.float32]
    for parameter, array in zip(model.parameters(), arrays, strict=True):
        parameter.data = torch.tensor(array if array.shape == parameter.shape else array.T).requires_grad_(False)
    return model.eval().to(memory_format=torch.channels_last).requires_grad_(False)


def attack(model, images, labels, batch):
    """The images PGD ends with and the seconds it took."""
    found = []
    start = time.perf_counter()
    for x, y in zip(images.split(batch), labels.split(batch)):
        z = (x + torch.empty_like(x).uniform_(-EPSILON, EPSILON)).clamp(0, 1)
        for _ in range(STEPS):
            z.requires_grad_(True)
            slope, = torch.autograd.grad(F.cross_entropy(model(z), y, reduction="sum"), z)
            z = (z.detach() + STEP * slope.sign()).clamp(x - EPSILON, x + EPSILON).clamp(0, 1)
        found.append(z)
    return torch.cat(found), time.perf_counter() - start


def surety(folder):
    """As above, of a whole process."""
    output = folder / "run"
    subprocess.run(["rm", "-rf", output], check=True)
    start = time.perf_counter()
    subprocess.run(
        [arguments.surety, "attack", arguments.model, "--data", folder / "images.npz", "--attack", "pgd", "--norm", "linf",
         "--epsilon", str(EPSILON), "--set", f"steps={STEPS}", "--set", f"step={STEP}", "--threads", str(arguments.threads),
         "--output", output], check=True, capture_output=True)
    seconds = time.perf_counter() - start
    archive = numpy.load(output / "adversarial.npz")
    images = torch.tensor(archive[next(key for key in archive.files if archive[key].ndim == 4)])
    success = [line["success"] for line in map(json.loads, open(output / "attacks.jsonl"))]
    return images, torch.tensor(success), seconds


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([arguments.surety, "data", "export", "mnist", "--output", folder / "mnist.npz"], check=True,
                       capture_output=True)
        archive = numpy.load(folder / "mnist.npz")
        images = torch.tensor(archive["images"][: arguments.images]) / 255
        labels = torch.tensor(archive["labels"][: arguments.images])
        numpy.savez(folder / "images.npz", images=images.numpy(), labels=labels.numpy())
        model = network()
        attack(model, images[:256], labels[:256], BATCHES[0])
        batch = min(BATCHES, key=lambda size: attack(model, images[:512], labels[:512], size)[1])
        rounds = []
        for _ in range(arguments.rounds):
            ours, success, our_seconds = surety(folder)
            theirs, their_seconds = attack(model, images, labels, batch)
            check(model, images, labels, ours, success, theirs)
            rounds.append((our_seconds, their_seconds))
    ratio = statistics.median(theirs / ours for ours, theirs in rounds)
    ours, theirs = (len(labels) / statistics.median(pair[i] for pair in rounds) for i in (0, 1))
    print(f"torch {torch.__version__}, {arguments.threads} threads, PGD-{STEPS} on smallcnn, {len(labels)} images, median of "
          f"{arguments.rounds} rounds")
    print(f"surety {ours:.1f} images/s, torch {theirs:.1f} (batches of {batch}), ratio {ratio:.2f}")


def check(model, images, labels, ours, success, theirs):
    with torch.inference_mode():
        clean, ours_err, theirs_err = (model(z).argmax(1) != labels for z in (images, ours, theirs))
    assert bool((ours_err == (success | clean)).all()), "PyTorch does not classify surety's images as surety says"
    assert float((ours - images).abs().max()) <= EPSILON * (1 + 1e-6), "an image of surety's is outside the ball"
    assert 0 <= float(ours.min()) and float(ours.max()) <= 1, "an image of surety's is outside [0, 1]"
    robust = [1 - float(err.float().mean()) for err in (ours_err, theirs_err)]
    assert abs(robust[0] - robust[1]) <= 0.02, f"accuracy under attack: surety {robust[0]:.3f}, PyTorch {robust[1]:.3f}"


main()
