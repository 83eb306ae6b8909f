#!/usr/bin/env python3
"""What certifying by columns, or one radius, saves beside a fixed number of samples, in samples and in time, on this machine, taking
turns.

    Benchmarks/run.sh --only columns                      # a bundled model, every 500th test image of MNIST
    Benchmarks/run.sh --only columns --skip 1000 --rounds 5
    Benchmarks/run.sh --only columns --model cifar10-gaussian-0.5 --skip 2500 --radii 0,0.25,0.5,0.75,1,1.25,1.5 --integers

Each run is one of `surety certify` as a whole process: n = 100 000 for each image, the columns of docs/results, and a single radius.
The last is over so soon that it is given fifty times as many images (or all; --skip should be a multiple of 50), and counted for each
image. With --integers all three are also run with the integer network made from the model. What counts is the median of the rounds'
ratios; time should fall by nearly as much as samples do. The answers are checked: samples and certificates are the same in each
round, and nothing certified lies far above the radius at the fixed n.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

root = pathlib.Path(__file__).resolve().parent.parent
parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--model", default="mnist-gaussian-0.5", help="the name of one in examples/models")
parser.add_argument("--radii", default="0,0.25,0.5,0.75,1,1.5")
parser.add_argument("--radius", default="0.5", help="the single one")
parser.add_argument("--skip", type=int, default=500)
parser.add_argument("--n", type=int, default=100_000)
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--integers", action="store_true", help="with the integer network as well")
parser.add_argument("--surety", type=pathlib.Path, default=root / ".build/release/surety")
arguments = parser.parse_args()
if arguments.integers and not (root / f"examples/models/{arguments.model}-int8.onnx").exists():
    parser.error(f"examples/models has no integer network made from {arguments.model}")
sigma = json.loads((root / f"Certificates/{arguments.model}/run.json").read_text())["settings"]["noise"]["sigma"]
fixed, columns, single = f"n = {arguments.n:,}", "by columns", "one radius"
skips = {fixed: arguments.skip, columns: arguments.skip, single: max(1, arguments.skip // 50)}
options = {fixed: [], columns: ["--radii", arguments.radii], single: ["--radii", arguments.radius]}
networks = {"": arguments.model} | ({"in integers, ": arguments.model + "-int8"} if arguments.integers else {})


def certify(model, way):
    """Seconds for an image, samples for an image, and the radius of each."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        command = subprocess.run(
            [arguments.surety, "certify", root / f"examples/models/{model}.onnx", "--data", arguments.model.split("-")[0],
             "--sigma", str(sigma), "--n", str(arguments.n), "--skip", str(skips[way]), "--threads", str(arguments.threads), "--yes",
             "--output", folder, *options[way]],
            capture_output=True, text=True)
        seconds = time.perf_counter() - start
        if command.returncode != 0:
            sys.exit(command.stderr)
        lines = [json.loads(line) for line in (pathlib.Path(folder) / "certificates.jsonl").read_text().splitlines()]
    samples = sum(sum(line["selectionCounts"]) + sum(line["counts"]) for line in lines)
    return seconds / len(lines), samples / len(lines), {line["image"]: line.get("radius") or 0 for line in lines}


rounds = []
for number in range(arguments.rounds):
    rounds.append({(kind, way): certify(model, way) for kind, model in networks.items() for way in options})
    for kind, way in rounds[0]:
        found, reference = rounds[-1][kind, way], rounds[0][kind, fixed][2]
        assert found[1:] == rounds[0][kind, way][1:], "the same run gave other certificates"
        for image in found[2].keys() & reference.keys():
            assert found[2][image] <= reference[image] + 0.5 * sigma, \
                f"image {image}: {found[2][image]} {kind}{way}, {reference[image]} at n"
    times = ", ".join(f"{kind}{way}: {found[0] * 1000:.1f}" for (kind, way), found in rounds[-1].items())
    print(f"round {number + 1}: milliseconds an image, {times}", flush=True)
print(f"{arguments.model}, {len(rounds[0]['', fixed][2])} images, beside {fixed}:")
for (kind, way), (_, samples, _) in rounds[0].items():
    if (kind, way) == ("", fixed):
        continue
    fewer = rounds[0]["", fixed][1] / samples
    less = statistics.median(turn["", fixed][0] / turn[kind, way][0] for turn in rounds)
    own = statistics.median(turn[kind, fixed][0] / turn[kind, way][0] for turn in rounds) / fewer
    follows = "" if way == fixed else f" (by the same network, {own:.2f} of the samples' ratio)"
    print(f"  {kind}{way}: {fewer:.1f} times fewer samples an image, {less:.1f} times less time{follows}")
