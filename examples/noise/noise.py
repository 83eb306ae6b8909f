#!/usr/bin/env python3
"""The noise of Surety's certificates once more, from its definition, sharing no code with it. Needs numpy and mpmath.

    noise.py RUN...        derives the key of each run's noise from its run.json, and compares it with the one stated
    noise.py < REQUESTS    for each line "sigma steps key sample image stream value" the integer Z that is added there

Sources/Tensors/GridNoise.swift and Sources/Smoothing/NoiseKey.swift state the definition.
"""
import functools, hashlib, json, struct, sys
import mpmath, numpy as np

WORD = np.uint64(0xFFFFFFFF)


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011): four words for each counter of four words."""
    c = [np.asarray(word, np.uint64) for word in np.broadcast_arrays(*counter)]
    k = [key & 0xFFFFFFFF, key >> 32]
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c[0], np.uint64(0xCD9E8D57) * c[2]
        c = [(b >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), b & WORD, (a >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), a & WORD]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


@functools.cache
def threshold(sigma, steps, k):
    """S_k = 2^64 P[Gaussian > (k - 1/2)/steps], rounded, with 60 digits; sigma is the double that it is."""
    with mpmath.workdps(60):
        tail = mpmath.erfc((2 * k - 1) / (2 * steps * mpmath.mpf(sigma)) / mpmath.sqrt(2)) / 2
        return int(mpmath.floor(2**64 * tail + 0.5))


def magnitude(sigma, steps, v):
    """How many k have V < S_k: thresholds fall, so the last of them is found by bisection."""
    low, high = 0, int(9.3 * sigma * steps) + 2
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if v < threshold(sigma, steps, middle) else (low, middle - 1)
    return low


def bits(key, sample, image, stream, values):
    """The 64 random bits of some values of a sample; of several samples, where they are a column."""
    values = np.asarray(values)
    block = values // 128 * 16 + values % 32 // 2
    words = np.choose(values % 128 // 32, philox([block, sample, image, stream], key))
    first = words >> (np.uint64(16) * (values % 2).astype(np.uint64)) & np.uint64(0xFFFF)
    second = philox([values + 2**31, sample, image, stream], key)
    return first << np.uint64(48) | second[0] << np.uint64(16) | second[1] >> np.uint64(16)


def integers(sigma, steps, key, sample, image, stream, values):
    """Z of some values of an image."""
    drawn = [int(u) for u in bits(key, sample, image, stream, values)]
    z = [magnitude(sigma, steps, u & (2**63 - 1)) for u in drawn]
    return [-m if u >> 63 else m for m, u in zip(z, drawn)]


def key(run):
    """The key that a run's seed, model, normalisation, data, noise and procedure give."""
    def bits(number):
        return struct.pack(">d", number).hex()

    model, noise = run["model"], dict(run["settings"]["noise"])
    name = noise.pop("name")
    lines = [
        "surety noise key 2", f"seed {run['settings']['seed']}", f"model {model['sha256']}",
        *(f"{part} " + (" ".join(map(bits, model[part])) if model.get(part) else "-") for part in ("mean", "std")),
        f"data {run['data']['sha256']}",
        f"noise {name}" + "".join(f" {parameter}={bits(noise[parameter])}" for parameter in sorted(noise)),
        f"procedure {run['method']}",
    ]
    return int(hashlib.sha256("".join(line + "\n" for line in lines).encode()).hexdigest()[:16], 16)


if __name__ == "__main__":
    for directory in sys.argv[1:]:
        with open(f"{directory}/run.json") as file:
            run = json.load(file)
        print(key(run), "is stated" if key(run) == run["random"]["key"] else f"BUT {run['random']['key']} IS STATED")
    if not sys.argv[1:]:
        for line in sys.stdin:
            sigma, *rest = line.split()
            steps, seed, sample, image, stream, value = map(int, rest)
            print(*integers(float(sigma), steps, seed, sample, image, stream, [value]))
