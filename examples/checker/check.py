#!/usr/bin/env python3
"""Certificates of an integer network once more, sharing no code with Surety. Needs numpy and mpmath.

    check.py RUN --model MODEL-int8.onnx --data IMAGES.npz [--images 3]

Reads a directory of `surety certify` and the model's file, derives the key of the noise, draws it, runs the network in whole numbers, and
counts the votes again; then computes bounds and radius, or for a run by columns what each look decides, with 40 digits. IMAGES.npz is what
`surety data export` writes. --images checks so many certificates, the first of the run. The exit code is 1 if anything is not as stated.

docs/integers.md defines the arithmetic, examples/noise the noise, docs/statistics.md and docs/sequential.md the bounds.
"""
import argparse, copy, hashlib, json, math, pathlib, struct, sys
import mpmath as mp, numpy as np

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "noise"))
import noise

F = np.float32
mp.mp.dps = 40

# ---- The file: as much of protocol buffers and ONNX as an integer network needs.


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def signed(value):
    return value - 2**64 if value >= 2**63 else value


def fields(data):
    """A message as lists by field number: whole numbers, four or eight bytes, or the bytes of what is longer."""
    found, at = {}, 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = varint(data, at)
        else:
            size, at = varint(data, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
            value, at = data[at:at + size], at + size
        found.setdefault(tag >> 3, []).append(value)
    return found


def integers(values):
    """Repeated whole numbers, packed or not."""
    result = []
    for value in values:
        if isinstance(value, int):
            result.append(signed(value))
            continue
        at = 0
        while at < len(value):
            number, at = varint(value, at)
            result.append(signed(number))
    return result


TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8"}


def tensor(data):
    f = fields(data)
    kind, shape = TYPES[f[2][0]], integers(f.get(1, []))
    if 9 in f:
        values = np.frombuffer(f[9][0], kind)
    elif 4 in f:
        values = np.frombuffer(b"".join(f[4]), "<f4")
    else:
        values = np.array(integers(f.get(5, []) + f.get(7, [])), kind)
    return values.reshape(shape)


def attribute(data):
    f = fields(data)
    if 8 in f:
        value = integers(f[8])
    elif 3 in f:
        value = signed(f[3][0])
    elif 2 in f:
        value = struct.unpack("<f", f[2][0])[0]
    elif 5 in f:
        value = tensor(f[5][0])
    else:
        value = f.get(4, [b""])[0]
    return f[1][0].decode(), value


class Node:
    def __init__(self, data):
        f = fields(data)
        self.inputs, self.output = [name.decode() for name in f.get(1, [])], f[2][0].decode()
        self.kind, self.attributes = f[4][0].decode(), dict(attribute(a) for a in f.get(5, []))


# ---- The network: values are arrays in single precision, or one of these, which are whole numbers kept in double precision, where
# ---- sums and products below 2^53 are exact in any order.


class Numbers:
    """Codes q that stand for scale (q - zero), and a function of that number, in double precision, which is still to be applied."""

    def __init__(self, codes, scale, zero, function=None):
        self.codes, self.scale, self.zero, self.function = codes, F(scale), int(zero), function

    def table(self):
        """The number of each code."""
        numbers = (np.arange(256) - self.zero).astype(F) * self.scale
        return self.function(numbers.astype(np.float64)).astype(F) if self.function else numbers

    def floats(self):
        return self.table()[self.codes.astype(int)]

    def then(self, function):
        """A function of what it stands for."""
        before = self.function or (lambda x: x)
        return Numbers(self.codes, self.scale, self.zero, lambda x: function(before(x)))

    def combined(self, operation, other):
        """Combined with another function of the same codes, or with one number."""
        if not isinstance(other, Numbers):
            return self.then(lambda x: operation(x, float(other)))
        if other.codes is not self.codes:
            raise ValueError("codes of different values are combined in floating point")
        one, two = self.then(lambda x: x).function, other.then(lambda x: x).function
        return Numbers(self.codes, self.scale, self.zero, lambda x: operation(one(x), two(x)))

    def moved(self, move):
        return Numbers(move(self.codes), self.scale, self.zero, self.function)


class Weights:
    """Whole numbers with a scale for each index of the first axis."""

    def __init__(self, whole, scales):
        self.whole, self.scales = whole.astype(np.float64), np.broadcast_to(np.asarray(scales, F), whole.shape[:1])


class Product:
    """Sums of codes times weights, with the bias; each output's stand for unit times themselves."""

    def __init__(self, sums, unit, rectified=False):
        if np.abs(sums).max() >= 2**24:
            raise ValueError("a sum reaches 2^24, and single precision need not hold it")
        self.sums, self.unit, self.rectified = sums, unit, rectified

    def spread(self, scales):
        return scales.reshape((1, -1) + (1,) * (self.sums.ndim - 2))

    def floats(self):
        numbers = self.sums.astype(F) * self.spread(self.unit)
        return np.maximum(numbers, F(0)) if self.rectified else numbers


class Sum:
    def __init__(self, left, right, rectified=False):
        self.parts, self.rectified = (left, right), rectified


def limited(steps, zero):
    """Codes of numbers in steps: the nearest whole number, of two the even one, limited to 0...255."""
    return np.rint(np.clip(steps, F(-zero), F(255 - zero))).astype(np.float64) + zero


def quantised(x, scale, zero):
    scale, zero = F(scale), int(zero)
    if isinstance(x, Numbers):
        if x.function is None and (x.scale, x.zero) == (scale, zero):
            return x.codes
        return limited(x.table() / scale, zero)[x.codes.astype(int)]
    if isinstance(x, Product):
        codes = limited(x.sums.astype(F) * x.spread((x.unit / scale).astype(F)), zero)
    elif isinstance(x, Sum):
        ratios = [part.scale / scale for part in x.parts]
        if any(np.frexp(ratio)[0] != 0.5 or not 2.0**-8 <= ratio <= 2.0**8 for ratio in ratios):
            raise ValueError("the scales of a sum are not in powers of two")
        codes = limited(sum((part.codes - part.zero) * float(ratio) for part, ratio in zip(x.parts, ratios)), zero)
    else:
        return limited(x / scale, zero)
    return np.maximum(codes, zero) if x.rectified else codes


def windows(x, kernel, attributes, fill=0):
    """[N, C, H', W', h, w]: what each place of the kernel sees."""
    top, left, bottom, right = attributes.get("pads", [0] * 4)
    (sh, sw), (dh, dw) = attributes.get("strides", [1, 1]), attributes.get("dilations", [1, 1])
    x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), constant_values=fill)
    reach = ((kernel[0] - 1) * dh + 1, (kernel[1] - 1) * dw + 1)
    return np.lib.stride_tricks.sliding_window_view(x, reach, (2, 3))[:, :, ::sh, ::sw, ::dh, ::dw]


def convolved(x, w, attributes):
    groups = attributes.get("group", 1)
    seen, inputs, outputs = windows(x, w.shape[2:], attributes), x.shape[1] // groups, len(w) // groups
    parts = [
        np.tensordot(seen[:, g * inputs:(g + 1) * inputs], w[g * outputs:(g + 1) * outputs], ([1, 4, 5], [1, 2, 3]))
        for g in range(groups)
    ]
    return np.moveaxis(np.concatenate(parts, 3), 3, 1)


def linear(x, w, bias, node):
    spread = bias.reshape((1, -1) + (1,) * (x.ndim - 2)) if node.kind == "Conv" else bias
    if node.kind == "Conv":
        return convolved(x, w, node.attributes) + spread
    if node.attributes.get("alpha", 1) != 1 or node.attributes.get("beta", 1) != 1:
        raise ValueError("a Gemm with factors")
    return x @ (w.T if node.attributes.get("transB", 0) else w) + spread


def product(node, x, w, bias=None):
    if isinstance(x, Numbers):
        bias = np.zeros(len(w.whole)) if bias is None else bias.whole
        return Product(linear(x.codes - x.zero, w.whole, bias, node), x.scale * w.scales)
    # The first layer: whole multiples of a power of two, with sums that single precision holds.
    bias = np.zeros(len(w)) if bias is None else bias.astype(np.float64)
    fractions, exponents = np.frexp(np.concatenate([w.ravel().astype(np.float64), bias]))
    whole = (fractions * 2**24).astype(np.int64)
    lowest = (whole & -whole)[whole != 0]
    unit = 2.0 ** int((exponents[whole != 0] - 24 + np.log2(lowest).astype(int)).min())
    sums = linear(x.astype(np.float64), w / unit, bias / unit, node)
    if np.abs(sums).max() >= 2**53 or (np.rint(x) != x).any():
        raise ValueError("the first layer is not one of whole numbers")
    floats = (sums * unit).astype(F)
    if (floats != sums * unit).any():
        raise ValueError("a sum of the first layer has more than 24 digits")
    return floats


def reshaped(shape):
    def move(x):
        return x.reshape([x.shape[i] if size == 0 else size for i, size in enumerate(shape)])
    return move


def sliced(starts, ends, axes=None, steps=None):
    def move(x):
        cut = [slice(None)] * x.ndim
        for i, axis in enumerate(range(len(starts)) if axes is None else axes):
            cut[int(axis)] = slice(int(starts[i]), int(ends[i]), 1 if steps is None else int(steps[i]))
        return x[tuple(cut)]
    return move


class Network:
    def __init__(self, data):
        graph = fields(fields(data)[7][0])
        self.nodes = [Node(node) for node in graph[1]]
        self.parameters = {fields(t)[8][0].decode(): tensor(t) for t in graph.get(5, [])}
        inputs = [fields(value)[1][0].decode() for value in graph[11]]
        (self.input,) = [name for name in inputs if name not in self.parameters]
        self.output = fields(graph[12][0])[1][0].decode()

    def classes(self, images):
        """The class of each image, ties going to the lower one."""
        values = {**self.parameters, self.input: images}
        for node in self.nodes:
            values[node.output] = self.value(node, [values[name] if name else None for name in node.inputs])
        logits = values[self.output]
        return np.argmax(logits if isinstance(logits, np.ndarray) else logits.floats(), 1)

    def value(self, node, inputs):
        kind, a, x = node.kind, node.attributes, inputs[0]
        if kind == "QuantizeLinear":
            return quantised(*inputs)
        if kind == "DequantizeLinear":
            is_parameter = node.inputs[0] in self.parameters
            return Weights(x, inputs[1]) if is_parameter else Numbers(x, inputs[1], inputs[2])
        if kind in ("Conv", "Gemm"):
            return product(node, *inputs)
        if kind == "Add" and isinstance(x, Numbers) and isinstance(inputs[1], Numbers) and not (x.function or inputs[1].function):
            return Sum(*inputs)
        # What the operator set lacks: GELU and the like, made of several functions of the same codes.
        if kind in ("Add", "Mul") and isinstance(x, Numbers):
            return x.combined(np.add if kind == "Add" else np.multiply, inputs[1])
        move = {
            "MaxPool": lambda: lambda x: windows(x, a["kernel_shape"], a, 0 if isinstance(inputs[0], Numbers) else -np.inf).max((4, 5)),
            "Reshape": lambda: reshaped(inputs[1]),
            "Flatten": lambda: lambda x: x.reshape(len(x), -1),
            "Transpose": lambda: lambda x: x.transpose(a["perm"]),
            "Slice": lambda: sliced(*inputs[1:]),
            "Identity": lambda: lambda x: x,
        }.get(kind)
        if move and not a.get("ceil_mode", 0):
            if isinstance(x, Numbers):
                return x.moved(move())
            return move()(x if isinstance(x, np.ndarray) else x.floats())
        if kind == "Concat" and all(isinstance(part, Numbers) and (part.scale, part.zero) == (x.scale, x.zero) for part in inputs):
            return Numbers(np.concatenate([part.codes for part in inputs], a["axis"]), x.scale, x.zero)
        function = {
            "Relu": lambda x: np.maximum(x, F(0)),
            "LeakyRelu": lambda x: np.where(x >= 0, x, F(a.get("alpha", 0.01)) * x),
            "Clip": lambda x: np.minimum(np.maximum(x, inputs[1]), inputs[2]),
            "HardSigmoid": lambda x: np.clip(a.get("alpha", 0.2) * x + a.get("beta", 0.5), 0, 1),
            "Elu": lambda x: np.where(x > 0, x, a.get("alpha", 1) * np.expm1(x)),
            "Sigmoid": lambda x: 1 / (1 + np.exp(-x)),
            "Softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-abs(x))),
            "Tanh": np.tanh,
            "Erf": np.vectorize(math.erf),
            "Round": np.rint,
            "Mul": lambda x: x * inputs[1],
        }.get(kind)
        if kind == "Relu" and isinstance(x, (Product, Sum)):
            x = copy.copy(x)
            x.rectified = True
            return x
        if function and isinstance(x, Numbers):
            return x.then(function)
        if function and isinstance(x, np.ndarray):
            return function(x)
        raise ValueError(f"{kind} is nothing that an integer network has here")


# ---- The noise, and the votes.


class Law:
    """The thresholds of a Gaussian rounded to multiples of 1/steps, and how far the law with them is from it."""

    def __init__(self, sigma, steps):
        exact, S = [], []
        while not S or S[-1]:
            k = len(S) + 1
            S.append(noise.threshold(sigma, steps, k))
            exact.append(mp.mpf(2)**64 * mp.erfc((2 * k - 1) / (2 * steps * mp.mpf(sigma)) / mp.sqrt(2)) / 2)
        # What is drawn beyond the last threshold is nothing, and what the Gaussian has there at most 2^-65.
        drawn = [2**64 - 2 * S[0]] + [2 * (a - b) for a, b in zip(S, S[1:])]
        true = [2**64 - 2 * exact[0]] + [2 * (a - b) for a, b in zip(exact, exact[1:])]
        rest = 2 * exact[-1]
        self.variation = (sum(abs(p - q) for p, q in zip(drawn, true)) + rest) / 2 / mp.mpf(2)**64
        self.rising = np.array(S[-2::-1], np.uint64)

    def integers(self, key, samples, image, stream, count):
        u = noise.bits(key, samples[:, None], image, stream, np.arange(count))
        v = u & np.uint64(2**63 - 1)
        z = len(self.rising) - np.searchsorted(self.rising, v, "right")
        return np.where(u >> np.uint64(63), -z, z)


def votes(network, law, key, image, index, stream, samples, classes, steps):
    counts = np.zeros(classes, int)
    for start in range(samples.start, samples.stop, 200):
        chunk = np.arange(start, min(start + 200, samples.stop))
        points = image.ravel().astype(np.int64) * (steps // 255) + law.integers(key, chunk, index, stream, image.size)
        copies = (points.astype(F) / F(steps)).reshape((-1,) + image.shape)
        counts += np.bincount(network.classes(copies), minlength=classes)
    return counts


# ---- The statistics.


def beta(x, a, b):
    """I_x(a, b), the regularised incomplete beta function, by its continued fraction (Lentz's method)."""
    if x > (a + 1) / (a + b + 2):
        return 1 - beta(1 - x, b, a)
    if x <= 0:
        return mp.mpf(0)
    c, d = mp.mpf(1), 1 / (1 - (a + b) * x / (a + 1))
    h = d
    for m in range(1, 10**6):
        for term in (m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))):
            d, c = 1 / (1 + term * d), 1 + term / c
            h *= d * c
        if abs(d * c - 1) < mp.mpf(10)**-38:
            break
    return h * mp.exp(a * mp.log(x) + b * mp.log(1 - x) - log_beta(a, b)) / a


def log_beta(a, b):
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def lower_bound(k, n, alpha):
    """Clopper and Pearson's: the p with P[X >= k] = alpha."""
    if k == 0:
        return mp.mpf(0)
    if k == n:
        return mp.mpf(alpha)**(mp.mpf(1) / n)
    low, high = mp.mpf(0), mp.mpf(k) / n
    spread = mp.sqrt(high * (1 - high) / n)
    for width in (2, 4, 6, 9, 14):
        if high - width * spread > 0 and beta(high - width * spread, mp.mpf(k), mp.mpf(n - k + 1)) < alpha:
            low = high - width * spread
            break
    else:
        low = high * mp.mpf(alpha) / 10**6 if k < 50 else high / 100
    excess = lambda p: mp.log(beta(p, mp.mpf(k), mp.mpf(n - k + 1))) - mp.log(alpha)
    return mp.findroot(excess, (low, high), solver="anderson", tol=mp.mpf(10)**-35, maxsteps=200)


def upper_bound(k, n, alpha):
    return 1 - lower_bound(n - k, n, alpha)


def quantile(p):
    if p <= 0 or p >= 1:
        return mp.inf if p >= 1 else -mp.inf
    return mp.sqrt(2) * mp.erfinv(2 * p - 1)


def bounds(own, others, n, alpha, settings):
    """pA and pB; pB is nil for one bound."""
    if settings["bound"] == "clopper-pearson":
        return lower_bound(own, n, alpha), None
    share = mp.mpf(settings.get("split", 0.5))
    pA, pB = lower_bound(own, n, share * alpha), upper_bound(max(others), n, (1 - share) * alpha)
    return pA, min(pB, 1 - pA) if "split" in settings else pB


def log_e_value(A, N, p0):
    """Against p <= p0: a mixture of larger p by Beta(1, 1/2)."""
    if A <= N * p0:
        return -mp.inf
    a, b = mp.mpf(A + 1), N - A + mp.mpf(1) / 2
    return (log_beta(a, b) + mp.log1p(-beta(p0, a, b)) - mp.log(2) - mp.log1p(-p0) / 2 - A * mp.log(p0) - (N - A) * mp.log1p(-p0))


def log_two_class(A, B, N, D):
    """Against every lead of at most D over another class with B votes; its supremum is on the boundary."""
    C = N - A - B
    if A == 0 or B and A < N and quantile(mp.mpf(A) / N) - quantile(mp.mpf(B) / N) <= D:
        return -mp.inf
    half = mp.mpf(1) / 2
    mixture = mp.loggamma(A + half) + mp.loggamma(B + half) + mp.loggamma(C + half) - mp.loggamma(N + 3 * half) - mp.log(2 * mp.pi)
    density = lambda z: mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)
    cumulative = lambda z: mp.erfc(-z / mp.sqrt(2)) / 2
    rest = lambda u: cumulative(-u - D) - cumulative(u)

    def slope(u):
        value = A * density(u + D) / cumulative(u + D) + B * density(u) / cumulative(u)
        return value - C * (density(u + D) + density(u)) / rest(u)

    low, high = -D / 2 - 40, -D / 2
    if C:
        # At a maximum an error of 10^-17 in u is one of 10^-30 or so in what it is for.
        for _ in range(64):
            middle = (low + high) / 2
            low, high = (middle, high) if rest(middle) > 0 and slope(middle) > 0 else (low, middle)
        u = low
    else:
        u = high
    return mixture - (A * mp.log(cumulative(u + D)) + (B * mp.log(cumulative(u)) if B else 0) + (C * mp.log(rest(u)) if C else 0))


def radius(pA, pB, scale):
    """nil where nothing is certified."""
    if pB is None:
        return scale * quantile(pA) if pA >= 0.5 else None
    return scale / 2 * (quantile(pA) - quantile(pB)) if pA > pB else None


# ---- What a certificate states.


class Check:
    def __init__(self, run, network, law, dimensions):
        self.run, self.settings, self.network, self.law = run, run["settings"], network, law
        self.sigma = mp.mpf(self.settings["noise"]["sigma"])
        self.scale = self.sigma / (mp.sqrt(dimensions) if self.settings["norm"] == "linf" else 1)
        self.variation = dimensions * law.variation
        self.steps = int(self.settings["noise"]["grid"])

    def objections(self, certificate, image):
        digest = hashlib.sha256(f"surety image 1 uint8 {' '.join(map(str, image.shape))}\n".encode() + image.tobytes()).hexdigest()
        if digest != certificate["imageSHA256"]:
            return ["the image is another one"]
        if "rounding" in certificate:
            return ["an image of whole grey levels is on the grid"]
        counts, looks = certificate["counts"], certificate.get("looks", [certificate["counts"]])
        if certificate.get("open") and not any(counts + certificate["selectionCounts"]):
            # The time did not suffice for it: nothing was counted, and nothing may be said.
            return [] if certificate["verdict"] == "undecided" and certificate["undecidedBeyond"] == 0 else ["a verdict without votes"]
        if not looks or looks[-1] != counts:
            return ["the counts are not those of the last look"]
        return self.votes(certificate, looks, image) + self.decision(certificate, looks)

    def votes(self, certificate, looks, image):
        arguments = (self.network, self.law, noise.key(self.run), image, certificate["image"])
        found, drawn, own = [], 0, np.zeros(len(certificate["counts"]), int)
        selection = votes(*arguments, 0, range(self.settings["n0"]), len(own), self.steps)
        if list(selection) != certificate["selectionCounts"]:
            found.append(f"selectionCounts are {certificate['selectionCounts']}, and the votes {list(selection)}")
        for look in looks:
            own = own + votes(*arguments, 1, range(drawn, sum(look)), len(own), self.steps)
            drawn = sum(look)
            if list(own) != look:
                return found + [f"the counts of {drawn} samples are {look}, and the votes {list(own)}"]
        return found

    def decision(self, certificate, looks):
        chosen = int(np.argmax(certificate["selectionCounts"]))
        if certificate["verdict"] == "certified" and certificate["class"] != chosen:
            return [f"class {certificate['class']} is not what the votes chose ({chosen})"]
        for name, decide in [("columns", self.columns), ("largestRadius", self.largest)]:
            if name in self.settings:
                return self.at_looks(certificate, looks, self.settings[name]) or decide(certificate, looks, chosen, self.settings[name])
        n, own = self.settings["n"], looks[0][chosen]
        if sum(looks[0]) != n:
            return [f"there are {sum(looks[0])} votes of {n}"]
        pA, pB = bounds(own, looks[0][:chosen] + looks[0][chosen + 1:], n, self.settings["alpha"], self.settings)
        pA, pB = pA - self.variation, None if pB is None else pB + self.variation
        found = near("pALower", certificate["pALower"], pA)
        if pB is not None:
            found += near("pBUpper", -certificate["pBUpper"], -pB)
        certified = radius(pA, pB, self.scale)
        if "radius" in certificate:
            return found + (near("radius", certificate["radius"], certified) if certified else ["a radius where there is none"])
        return found + (["nothing is certified, but there is a radius"] if certified and certified > 1e-9 else [])

    @property
    def caps(self):
        return self.settings.get("earlierCaps", []) + [self.settings["n"]]

    def at_looks(self, certificate, looks, c):
        """Looks are where they must be. When to stop is free."""
        schedule, look = set(self.caps), c["firstLook"]
        while look < self.caps[-1]:
            schedule, look = schedule | {look}, look + max(1, look // c["lookDivisor"])
        if [sum(look) for look in looks] != sorted(schedule)[:len(looks)]:
            return ["the looks are not at the samples that the settings name"]
        return []

    def columns(self, certificate, looks, chosen, c):
        """None of the radii certified is beyond what the looks reach, in their order."""
        reached = 0
        for look in looks:
            if reached == len(c["radii"]):
                return ["there are looks after the last radius was reached"]
            while reached < len(c["radii"]) and self.reaches(mp.mpf(c["radii"][reached]), look, chosen, c):
                reached += 1
        stated = c["radii"].index(certificate["radius"]) + 1 if "radius" in certificate else 0
        is_open = reached < len(c["radii"]) and sum(looks[-1]) < self.caps[-1]
        if stated != reached:
            return [f"{stated} radii are certified, and {reached} reached"]
        if is_open != ("undecidedBeyond" in certificate) or is_open and certificate["undecidedBeyond"] != certificate.get("radius", 0):
            return ["what is undecided is not what the looks leave open"]
        return []

    def largest(self, certificate, looks, chosen, c):
        """Some look reaches the radius, and none a hair more."""
        stated = mp.mpf(certificate.get("radius", 0))
        if stated and not any(self.reaches(stated * (1 - mp.mpf(10) ** -12), look, chosen, c) for look in looks):
            return [f"radius {certificate['radius']} is certified, and no look reaches it"]
        if any(self.reaches(stated * (1 + mp.mpf(10) ** -6) + mp.mpf(10) ** -6, look, chosen, c) for look in looks):
            return [f"radius {float(stated)} is certified, and a look reaches more"]
        is_open = sum(looks[-1]) < self.caps[-1]
        if is_open != ("undecidedBeyond" in certificate) or is_open and certificate["undecidedBeyond"] != certificate.get("radius", 0):
            return ["what is undecided is not what the looks leave open"]
        return []

    def reaches(self, r, look, chosen, c):
        own, others, N = look[chosen], look[:chosen] + look[chosen + 1:], sum(look)
        alpha = self.settings["alpha"] - self.settings["n"] * self.variation
        D = 2 * r / self.scale
        p0 = mp.ncdf(D / 2)
        needed = -mp.log((1 - c["reserve"]) * alpha)
        last = c["reserve"] / 2 ** (self.caps.index(N) + 1) * alpha if N in self.caps and c["reserve"] > 0 else None
        one = log_e_value(own, N, p0)
        if "weight" not in c:
            return one >= needed or last is not None and lower_bound(own, N, last) >= p0
        weight = mp.mpf(c["weight"])
        if one + mp.log(weight) >= needed:
            return True
        # Below 2 the e-value of the class alone might rise again with the radius: it is taken for 0 there. The other class that
        # speaks most against it decides, which is most often the one with the most votes.
        alone = (mp.exp(one) if one > mp.log(2) else 0) * weight
        if all(alone + mp.exp(log_two_class(own, other, N, D)) * (1 - weight) >= mp.exp(needed)
               for other in sorted(set(others), reverse=True)):
            return True
        if last is None:
            return False
        pA, pB = bounds(own, others, N, last, self.settings)
        return quantile(pA) - quantile(pB) >= D


def near(name, stated, true):
    """Never above the truth, and not far below."""
    if stated > true + abs(true) * mp.mpf(10)**-30 or true - stated > abs(true) * mp.mpf(10)**-6 + mp.mpf(10)**-12:
        return [f"{name} is {abs(stated)}, and by the counts {mp.nstr(abs(true), 17)}"]
    return []


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("run"), parser.add_argument("--model", required=True), parser.add_argument("--data", required=True)
    parser.add_argument("--images", type=int, help="how many certificates (default: all)")
    options = parser.parse_args()
    folder = pathlib.Path(options.run)
    run, model = json.loads((folder / "run.json").read_text()), pathlib.Path(options.model).read_bytes()
    certificates = [json.loads(line) for line in (folder / "certificates.jsonl").read_text().splitlines()]
    data = np.load(options.data)
    images, labels = np.ascontiguousarray(data["images"]), data["labels"].astype("<i8")
    shape = tuple(run["data"]["shape"])
    images = images.reshape((-1,) + shape)
    content = f"surety images 1 uint8 {len(images)} {' '.join(map(str, shape))}\n".encode() + labels.tobytes() + images.tobytes()
    settings, found = run["settings"], []
    for holds, words in [
        (run["method"] == "certify" and settings.get("noise", {}).get("name") == "gaussian", "it is no run of certificates under Gaussian noise"),
        (settings.get("noise", {}).get("grid") in (255, 65535) and images.dtype == np.uint8, "only images of 8-bit grey levels are checked here"),
        (not run["model"].get("mean"), "an integer network has its normalisation in its first layer"),
        (hashlib.sha256(model).hexdigest() == run["model"]["sha256"], "the model is another one"),
        (hashlib.sha256(content).hexdigest() == run["data"]["sha256"], "the data set is another one"),
        (noise.key(run) == run["random"]["key"], "the key of the noise is not the one stated"),
    ]:
        if not holds:
            sys.exit(f"{folder}: {words}")
    law = Law(settings["noise"]["sigma"], int(settings["noise"]["grid"]))
    check = Check(run, Network(model), law, int(np.prod(shape)))
    if mp.mpf(run["random"]["totalVariation"]) < law.variation:
        found.append("the total variation is larger than stated")
    chosen = certificates[:options.images]
    for certificate in chosen:
        objections = check.objections(certificate, images[certificate["image"]])
        if certificate["label"] != labels[certificate["image"]]:
            objections.append(f"the label is {labels[certificate['image']]}")
        found += [f"image {certificate['image']}: {objection}" for objection in objections]
    print("\n".join(found + [f"{len(chosen)} of {len(certificates)} certificates checked, {len(found)} objections"]))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
