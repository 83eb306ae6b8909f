#!/usr/bin/env python3
"""Noisy samples per second: surety beside PyTorch, ONNX Runtime and OpenVINO, on this machine, taking turns.

    Benchmarks/run.sh --only certify                                 # all networks
    Benchmarks/run.sh --only certify --networks smallcnn --rounds 5  # one of them
    Benchmarks/run.sh --only certify --models FOLDER/*.onnx          # models of one's own, beside ONNX Runtime and OpenVINO

The peers run at their best batch size, found first, surety at the one that it chooses by default, and all with the same number
of threads; they take turns, so that a machine that drifts slows all alike, and what counts is the median of the rounds' ratios.
Each is measured twice in a round. If the two rates differ by more than a fifth, the machine has other work, and the round is left
out: a busy machine slows threads that wait for each other far more than those that do not. If too many are, there is no ratio.
On a machine whose neighbours come and go, no round of seconds is quiet: `--slices 40` lets each contender run for half a second
(or one batch) forty times, in turns, and prints the ratio of the medians with the interval in which it lies (95 %, by resampling
the turns, four neighbours at a time).

PyTorch does what a smoothing script does: repeat, add noise, classify, count. ONNX Runtime and OpenVINO (if installed) only
classify the same batch again and again, without noise: a bound that surety, noise included, should not fall below. In integers
all run the file that `surety quantise` writes, beside PyTorch's loop in floating point. The answers are checked: logits
equal PyTorch's to 1e-4 of the largest, and in integers ONNX Runtime's to the last bit.
"""
import argparse
import functools
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

try:
    import openvino
except ImportError:
    openvino = None

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=list(NETWORKS))
parser.add_argument("--models", nargs="+", type=pathlib.Path, default=[], help="ONNX files, in place of the networks")
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=3.0, help="of each contender in each round")
parser.add_argument("--slices", type=int, help="turns of half a second each, 8 or more, in place of rounds")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--precision", choices=("both", "float", "integers"), default="both")
parser.add_argument("--surety", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / ".build/release/surety")
arguments = parser.parse_args()
if arguments.slices is not None and arguments.slices < 8:
    parser.error(f"--slices is {arguments.slices}: it must be 8 or more")
torch.set_num_threads(arguments.threads)
BATCHES = (1, 4, 16, 32, 64, 128, 256, 512, 1000)
SIGMA = 0.25


def rate(classify, batch, seconds):
    """Samples per second of `classify(batch)`, called again and again for some seconds."""
    classify(batch)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        classify(batch)
        count += batch
    return count / (time.perf_counter() - start)


def best_batch(classify):
    """The size of the batches that go fastest, of those that take no more than two seconds each."""
    rates = {}
    for size in BATCHES:
        rates[size] = rate(classify, size, 0.5)
        if size / rates[size] > 1:
            break  # the next one takes twice as long
    return max(rates, key=rates.get)


def torch_contender(model, image):
    model = model.to(memory_format=torch.channels_last)

    @torch.inference_mode()
    def classify(size):
        batch = image.repeat((size, 1, 1, 1)).contiguous(memory_format=torch.channels_last)
        logits = model(batch + torch.randn_like(batch) * SIGMA)
        torch.bincount(logits.argmax(1), minlength=logits.shape[1])
    return classify


def repeated(image):
    """Batches of one image, each size made once."""
    return functools.cache(lambda size: image.repeat((size, 1, 1, 1)).numpy())


def onnx_contender(path, image):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = arguments.threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    batch = repeated(image)
    name = session.get_inputs()[0].name
    return lambda size: session.run(None, {name: batch(size)})


def openvino_contender(path, image, precision):
    core, compiled = openvino.Core(), {}
    batch = repeated(image)
    settings = {"INFERENCE_NUM_THREADS": arguments.threads, "INFERENCE_PRECISION_HINT": precision}

    def classify(size):
        if size not in compiled:
            model = core.read_model(path)
            model.reshape([size, *image.shape])
            compiled[size] = core.compile_model(model, "CPU", settings).create_infer_request()
        compiled[size].infer({0: batch(size)})
    return classify


class Surety:
    """`surety certify` of one image, as a process."""

    def __init__(self, model, folder, image):
        self.model, self.folder, self.data = model, folder, folder / "image.npz"
        # On the grid of 8 bits, as integer networks are.
        numpy.savez(self.data, images=(image[None].numpy() * 255).round().astype(numpy.uint8), labels=numpy.zeros(1, numpy.int64))
        self.count, self.runs = 100, 0

    def command(self, *words):
        return subprocess.run([arguments.surety, *map(str, words)], check=True, capture_output=True, text=True)

    def logits(self):
        self.command("evaluate", self.model, "--data", self.data, "--logits", self.folder / "logits.npy")
        return numpy.load(self.folder / "logits.npy")

    def require(self, truth):
        error = numpy.abs(self.logits() - truth).max() / numpy.abs(truth).max()
        assert error < 1e-4, f"{self.model.stem}: logits differ by {error:.1e} of the largest"

    def rate(self, seconds):
        self.runs += 1
        output = self.folder / f"{self.model.stem}-run{self.runs}"
        self.command("certify", self.model, "--data", self.data, "--sigma", SIGMA, "--n0", 10, "--n", self.count,
                     "--threads", arguments.threads, "--output", output)
        rate = json.loads((output / "run.json").read_text())["samplesPerSecond"]
        self.count = max(20, int(rate * seconds))  # the next run takes about so long
        return rate


def quantised(path, folder, shape):
    """The network in integers, calibrated on random images: its speed does not depend on them."""
    data, output = folder / "random.npz", folder / f"{path.stem}-int8.onnx"
    numpy.savez(data, images=numpy.random.default_rng(0).integers(0, 256, (200, *shape), numpy.uint8),
                labels=numpy.zeros(200, numpy.int64))
    subprocess.run([arguments.surety, "quantise", path, "--data", data, "--sigma", str(SIGMA), "--calibration", "100",
                    "--compare", "20", "--output", output], check=True, capture_output=True)
    return output


def measure(name, surety, peers):
    """Prints the median rate of each contender, and the median of surety's ratio to each peer."""
    best = {peer: best_batch(classify) for peer, classify in peers.items()}
    contenders = {"surety": surety.rate} | {
        peer: functools.partial(rate, classify, best[peer]) for peer, classify in peers.items()}
    surety.rate(0.5)
    if arguments.slices:
        return measure_slices(name, contenders, best)
    rounds, busy = [], 0
    while len(rounds) < arguments.rounds and busy < 2 * arguments.rounds:
        # Each twice, the second time in reverse order: where the two differ, the machine had other work in this round.
        first = {contender: measured(arguments.seconds / 2) for contender, measured in contenders.items()}
        second = {contender: contenders[contender](arguments.seconds / 2) for contender in reversed(contenders)}
        if all(abs(first[c] - second[c]) <= 0.2 * min(first[c], second[c]) for c in contenders):
            rounds.append({c: (first[c] + second[c]) / 2 for c in contenders})
        else:
            busy += 1
    if len(rounds) < arguments.rounds:
        print(f"{name}: no ratios: in {busy} of {busy + len(rounds)} rounds this machine had other work", flush=True)
        return
    print(f"{name}: surety {statistics.median(r['surety'] for r in rounds):,.0f}/s{f', {busy} rounds left out' if busy else ''}")
    for peer in peers:
        print(f"  {statistics.median(r['surety'] / r[peer] for r in rounds):6.2f} times {peer:22}"
              f" {statistics.median(r[peer] for r in rounds):12,.0f}/s in batches of {best[peer]}", flush=True)


def measure_slices(name, contenders, best):
    """Prints each contender's median rate over short turns, and the ratios of surety's to the peers', with their intervals."""
    turns = []
    for turn in range(arguments.slices):
        names = list(contenders) if turn % 2 == 0 else list(reversed(contenders))
        rates = {name: contenders[name](0.5) for name in names}
        turns.append([rates[name] for name in contenders])
    turns, random = numpy.array(turns), numpy.random.default_rng(0)
    # Neighbouring turns are alike, so they are drawn together.
    starts = random.integers(0, len(turns) - 3, (1000, -(-len(turns) // 4)))
    resampled = (starts[..., None] + numpy.arange(4)).reshape(1000, -1)[:, :len(turns)]
    medians, spread = numpy.median(turns, axis=0), numpy.median(turns[resampled], axis=1)
    print(f"{name}: surety {medians[0]:,.0f}/s")
    for place, peer in enumerate(best, start=1):
        low, high = numpy.quantile(spread[:, 0] / spread[:, place], (0.025, 0.975))
        print(f"  {medians[0] / medians[place]:6.2f} times {peer:22} ({low:.2f} to {high:.2f}) {medians[place]:12,.0f}/s"
              f" in batches of {best[peer]}", flush=True)


def compare(name, folder):
    model, shape = build(name)
    image = (torch.rand(shape) * 255).round() / 255
    path = folder / f"{name}.onnx"
    torch.onnx.export(model, (torch.zeros(1, *shape),), path, dynamo=False, opset_version=13, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})
    surety = Surety(path, folder, image)
    with torch.inference_mode():
        truth = model(image[None]).numpy()
    surety.require(truth)
    script = torch_contender(model, image)
    if arguments.precision != "integers":
        peers = {"PyTorch": script, "ONNX Runtime": onnx_contender(path, image)}
        if openvino:
            peers |= {"OpenVINO": openvino_contender(path, image, "f32"), "OpenVINO in bfloat16": openvino_contender(path, image, "bf16")}
        measure(name, surety, peers)
    if arguments.precision != "float":
        path = quantised(path, folder, shape)
        surety, classify = Surety(path, folder, image), onnx_contender(path, image)
        assert (surety.logits() == classify(16)[0][:1]).all(), f"{name} in integers: logits are not ONNX Runtime's"
        peers = {"PyTorch in float": script, "ONNX Runtime": classify}
        if openvino:
            peers["OpenVINO"] = openvino_contender(path, image, "f32")
        measure(f"{name} in integers", surety, peers)


def compare_file(path, folder):
    entry = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0]
    image = (torch.rand(entry.shape[1:]) * 255).round() / 255
    surety, classify = Surety(path, folder, image), onnx_contender(path, image)
    surety.require(classify(1)[0])
    peers = {"ONNX Runtime": classify}
    if openvino:
        peers["OpenVINO"] = openvino_contender(path, image, "f32")
    measure(path.stem, surety, peers)


print(f"torch {torch.__version__}, onnxruntime {onnxruntime.__version__}, "
      f"{f'OpenVINO {openvino.__version__}' if openvino else 'no OpenVINO'}, {arguments.threads} threads, "
      f"median of {f'{arguments.slices} turns' if arguments.slices else f'{arguments.rounds} rounds'}")
for item in arguments.models or arguments.networks:
    with tempfile.TemporaryDirectory() as folder:
        (compare_file if arguments.models else compare)(item, pathlib.Path(folder))
