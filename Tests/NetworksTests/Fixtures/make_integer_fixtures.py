"""Integer networks with what ONNX Runtime computes for them: integer_*.onnx beside this file.

    pip install torch onnx onnxruntime && python make_integer_fixtures.py SURETY [NAME…]

NAMEs are those of the networks to make, all without. SURETY is the command: `surety quantise` makes the networks' integers, on
synthetic digits, except for two, which ONNX Runtime's own quantiser makes. The metadata of each file holds eight noisy images and
ONNX Runtime's logits, as make_fixtures.py has them.
"""
import base64
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime import quantization
from torch import nn

HERE = pathlib.Path(__file__).parent
SHAPE = (1, 28, 28)
rng = np.random.default_rng(0)
torch.manual_seed(0)


class Residual(nn.Module):
    """Batch normalisation, residual sums with and without a convolution beside, a mean at the end."""

    def __init__(self):
        super().__init__()
        def unit(i, o, s):
            return nn.Sequential(nn.Conv2d(i, o, 3, s, 1, bias=False), nn.BatchNorm2d(o))
        self.first = unit(1, 8, 2)
        self.a, self.b = unit(8, 8, 1), unit(8, 8, 1)
        self.c, self.d, self.beside = unit(8, 16, 2), unit(16, 16, 1), nn.Conv2d(8, 16, 1, 2)
        self.last = nn.Linear(16, 10)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(x + self.b(torch.relu(self.a(x))))
        x = torch.relu(self.beside(x) + self.d(torch.relu(self.c(x))))
        return self.last(x.mean((2, 3)))


class Mixed(nn.Module):
    """Leaky and clipped rectifiers, groups, dilation, concatenation, average pools, a convolution without a rectifier."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 8, 3, 2, 1)
        self.grouped = nn.Conv2d(8, 8, 3, 1, 2, dilation=2, groups=2)
        self.beside = nn.Conv2d(8, 8, 1)
        self.last = nn.Conv2d(16, 10, 7)

    def forward(self, x):
        x = nn.functional.leaky_relu(self.first(x), 0.1)
        x = torch.cat([torch.clamp(self.grouped(x), 0, 1.5), torch.relu(self.beside(x))], 1)
        return self.last(nn.functional.avg_pool2d(x, 2)).flatten(1)


LENET = nn.Sequential(
    nn.Conv2d(1, 8, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(8, 16, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(256, 32), nn.ReLU(), nn.Linear(32, 10))


SMOOTH = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=2), nn.Sigmoid(), nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.Tanh(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(144, 32), nn.Tanh(), nn.Linear(32, 10))


# Functions that are least somewhere, whose codes have another zero point than the middle.
UNITS = nn.Sequential(
    nn.Conv2d(1, 8, 5, stride=2), nn.GELU(), nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.SiLU(), nn.MaxPool2d(2), nn.Flatten(),
    nn.Linear(144, 32), nn.Hardswish(), nn.Linear(32, 32), nn.GELU("tanh"), nn.Linear(32, 32), nn.Softplus(), nn.Linear(32, 32),
    nn.ELU(), nn.Linear(32, 10))
for layer in UNITS:
    if isinstance(layer, (nn.Conv2d, nn.Linear)):  # so large that classes differ after so many layers
        nn.init.normal_(layer.weight, std=2 / layer.weight[0].numel() ** 0.5)


def noisy(count):
    """Images in whole numbers of 1/255, with noise."""
    image = np.kron(rng.integers(0, 256, (count, 1, 7, 7)), np.ones((4, 4)))
    return ((image + np.rint(64 * rng.standard_normal(image.shape))) / 255).astype(np.float32)


def export(module, path):
    torch.manual_seed(1)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            for tensor, low, high in ((layer.weight, .8, 1.2), (layer.bias, -.1, .1), (layer.running_mean, -.1, .1),
                                      (layer.running_var, .5, 1.5)):
                nn.init.uniform_(tensor, low, high)
    torch.onnx.export(module.eval(), (torch.zeros(1, *SHAPE),), path, dynamo=False, opset_version=13, input_names=["input"],
                      output_names=["logits"], dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}})


def finish(path, name):
    """Adds images and ONNX Runtime's logits."""
    images = noisy(8)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    logits = session.run(None, {session.get_inputs()[0].name: images})[0]
    model = onnx.load(path)
    del model.metadata_props[:]
    encode = lambda array: base64.b64encode(array.astype("<f4").tobytes()).decode()
    for key, value in (("imageShape", "1,28,28"), ("input", encode(images)), ("output", encode(logits))):
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, HERE / f"integer_{name}.onnx")


class Calibration(quantization.CalibrationDataReader):
    def __init__(self):
        self.batches = iter([{"input": noisy(50)}])

    def get_next(self):
        return next(self.batches, None)


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    modules = {"lenet": LENET, "residual": Residual(), "mixed": Mixed(), "smooth": SMOOTH, "units": UNITS}
    wanted = sys.argv[2:] or [*modules, "foreign", "foreign_wide"]
    for name in wanted:
        if name not in modules:
            continue
        export(modules[name], folder / "float.onnx")
        subprocess.run([sys.argv[1], "quantise", folder / "float.onnx", "--data", "synthetic", "--split", "train", "--sigma", "0.25",
                        "--output", folder / "int8.onnx"], check=True)
        finish(folder / "int8.onnx", name)
    export(LENET, folder / "float.onnx")
    for name, reduced in (("foreign", True), ("foreign_wide", False)):
        if name not in wanted:
            continue
        quantization.quantize_static(
            folder / "float.onnx", folder / "int8.onnx", Calibration(), quant_format=quantization.QuantFormat.QDQ,
            per_channel=True, reduce_range=reduced, activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8)
        finish(folder / "int8.onnx", name)
