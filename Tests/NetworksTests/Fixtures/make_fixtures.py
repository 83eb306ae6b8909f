"""Makes the ONNX files beside this script: small networks with random weights that together use every operator, in
every form that differs between operator set versions, that Surety reads.

Each file carries its own truth as metadata: "imageShape", "input" (images of a batch) and "output" (what ONNX Runtime
computes for them), the numbers as base64 of little-endian float32.

    pip install onnx onnxruntime torch && python make_fixtures.py
"""
import base64
import io
import pathlib
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).parent
warnings.filterwarnings("ignore")


def rng(name):
    return np.random.default_rng(list(name.encode()))


def floats(name, *shape, scale=0.5):
    return (rng(name).normal(size=shape) * scale).astype(np.float32)


def save(name, model, image_shape, fixed_batch=False, rearrange=lambda x: x):
    """Stores the model with three images and ONNX Runtime's answers; `rearrange` makes the declared input of N×C×H×W."""
    model.ir_version = min(model.ir_version, 10)
    onnx.checker.check_model(model)
    images = rng(name + "images").random((3, *image_shape), dtype=np.float32)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(model.SerializeToString(), options)
    fed = rearrange(images).astype({"tensor(float)": np.float32, "tensor(double)": np.float64,
                                    "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}[session.get_inputs()[0].type])
    batches = [fed[i:i + 1] for i in range(3)] if fixed_batch else [fed]
    key = session.get_inputs()[0].name
    output = np.concatenate([session.run(None, {key: batch})[0] for batch in batches]).astype(np.float32).reshape(3, -1)
    assert np.isfinite(output).all() and output.std() > 0, name
    del model.metadata_props[:]
    helper.set_model_props(model, {
        "imageShape": ",".join(map(str, image_shape)),
        "input": base64.b64encode(images.astype("<f4").tobytes()).decode(),
        "output": base64.b64encode(output.astype("<f4").tobytes()).decode()})
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def graph(name, nodes, image_shape, weights={}, opset=13, batch="N", declared=None, element=TensorProto.FLOAT,
          rearrange=lambda x: x, raw=True, output_rank=2, output=None):
    """A model from nodes given as (operator, inputs, outputs, attributes); "x" goes in and "y" comes out."""
    made = [helper.make_node(op, i.split(), o.split(), name=f"{op.lower()}{k}", **a) if isinstance(i, str) else
            helper.make_node(op, i, o, name=f"{op.lower()}{k}", **a) for k, (op, i, o, a) in enumerate(nodes)]
    tensors = []
    for key, value in weights.items():
        value = value if isinstance(value, onnx.TensorProto) else np.asarray(value)
        if isinstance(value, onnx.TensorProto):
            value.name = key
            tensors.append(value)
        elif raw:
            tensors.append(numpy_helper.from_array(value, key))
        else:
            kind = helper.np_dtype_to_tensor_dtype(value.dtype)
            tensors.append(helper.make_tensor(key, kind, value.shape, value.flatten().tolist()))
    shape = list(declared or image_shape)
    made_graph = helper.make_graph(
        made, name, [helper.make_tensor_value_info("x", element, [batch] + shape)],
        [helper.make_tensor_value_info("y", output or element, ["N"] + [None] * (output_rank - 1))], tensors)
    imports = [helper.make_opsetid("", opset)]
    if any(node.domain for node in made):
        imports.append(helper.make_opsetid("ai.onnx.ml", 3))
    model = helper.make_model(made_graph, opset_imports=imports, producer_name="make_fixtures")
    save(name, model, image_shape, fixed_batch=batch == 1, rearrange=rearrange)


FLAT = ("Flatten", "z", "y", {})
IMAGE = (2, 7, 6)


def windows():
    w = {"w": floats("w", 4, 2, 3, 2), "b": floats("b", 4)}
    forms = {"explicit": dict(pads=[1, 0, 2, 1], strides=[2, 1], dilations=[2, 1], kernel_shape=[3, 2]),
             "same_upper": dict(auto_pad="SAME_UPPER", strides=[2, 2]), "valid": dict(auto_pad="VALID"),
             "same_lower": dict(auto_pad="SAME_LOWER", strides=[2, 3])}
    for form, attributes in forms.items():
        graph(f"conv_{form}", [("Conv", "x w b", "z", attributes), FLAT], IMAGE, w)
    graph("conv_groups", [("Conv", "x w", "z", dict(group=2, pads=[1, 1, 1, 1]))] + [FLAT], IMAGE,
          {"w": floats("gw", 6, 1, 3, 3)}, opset=9)
    bn = {"s": floats("s", 2), "o": floats("o", 2), "m": floats("m", 2), "v": np.abs(floats("v", 2)) + .1}
    for opset in (9, 14, 15):
        graph(f"batch_normalisation_{opset}", [("BatchNormalization", "x s o m v", "z", dict(epsilon=1e-3)), FLAT],
              IMAGE, bn, opset=opset)
    graph("batch_normalisation_after_conv", [
        ("Conv", "x w b", "a", {}), ("BatchNormalization", "a s o m v", "c", {}), ("Relu", "c", "z", {}), FLAT], IMAGE,
        {**w, "s": floats("s4", 4), "o": floats("o4", 4), "m": floats("m4", 4), "v": np.abs(floats("v4", 4)) + .1})
    graph("batch_normalisation_after_dense", [
        ("Flatten", "x", "f", {}), ("BatchNormalization", "f s o m v", "y", {})], (2, 2, 1),
        {"s": floats("s4", 4), "o": floats("o4", 4), "m": floats("m4", 4), "v": np.abs(floats("v4", 4)) + .1})
    pools = {"plain": dict(strides=[2, 2]), "pads": dict(pads=[1, 1, 0, 1], strides=[2, 1]),
             "same": dict(auto_pad="SAME_UPPER", strides=[2, 2])}
    for kind in ("Max", "Average"):
        for form, attributes in pools.items():
            graph(f"{kind.lower()}_pool_{form}", [(f"{kind}Pool", "x", "z", dict(kernel_shape=[3, 2], **attributes)), FLAT],
                  IMAGE, opset=9)
        graph(f"{kind.lower()}_pool_ceil", [
            (f"{kind}Pool", "x", "z", dict(kernel_shape=[3, 3], strides=[3, 2], pads=[0, 1, 0, 1], ceil_mode=1)), FLAT],
            IMAGE, opset=11)
        graph(f"{kind.lower()}_pool_ceil_skips", [
            (f"{kind}Pool", "x", "z", dict(kernel_shape=[2, 2], strides=[3, 3], pads=[0, 0, 1, 1], ceil_mode=1)), FLAT],
            (2, 6, 6), opset=11)
    graph("max_pool_dilated", [("MaxPool", "x", "z", dict(kernel_shape=[3, 2], dilations=[2, 3])), FLAT], IMAGE, opset=19)
    graph("average_pool_counts_padding", [
        ("AveragePool", "x", "z", dict(kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[2, 2], count_include_pad=1)), FLAT],
        IMAGE)
    graph("global_average_pool", [("GlobalAveragePool", "x", "z", {}), FLAT], IMAGE)
    graph("fully_convolutional", [("Conv", "x w", "a", {}), ("GlobalAveragePool", "a", "y", {})], IMAGE,
          {"w": floats("w", 4, 2, 3, 2)}, output_rank=4)


def products():
    a = {"m": floats("m", 84, 5), "t": floats("t", 5, 84), "b": floats("b", 5)}
    flat = ("Flatten", "x", "f", {})
    graph("gemm", [flat, ("Gemm", "f m b", "y", {})], IMAGE, a, opset=9)
    graph("gemm_transposed_scaled", [flat, ("Gemm", "f t b", "y", dict(transB=1, alpha=.5, beta=2.0))], IMAGE, a)
    graph("gemm_without_bias", [flat, ("Gemm", "f t", "y", dict(transB=1))], IMAGE, a, opset=11)
    graph("gemm_scalar_bias", [flat, ("Gemm", "f t c", "y", dict(transB=1, beta=3.0))], IMAGE,
          {**a, "c": np.float32(.7)})
    graph("gemm_row_bias", [flat, ("Gemm", "f t c", "y", dict(transB=1))], IMAGE, {**a, "c": floats("c", 1, 5)})
    graph("matmul_add", [flat, ("MatMul", "f m", "h", {}), ("Add", "h b", "y", {})], IMAGE, a)
    graph("matmul_last_axis", [("MatMul", "x m", "z", {}), FLAT], IMAGE, {"m": floats("m3", 6, 4)})
    graph("matmul_leading_axes", [("MatMul", "x m", "z", {}), FLAT], IMAGE, {"m": floats("m3", 1, 1, 6, 4)})
    graph("matmul_vector", [flat, ("MatMul", "f v", "a", {}), ("Unsqueeze", "a", "b", dict(axes=[1])),
                            ("Concat", "b b", "y", dict(axis=1))], IMAGE,
          {"v": floats("v", 84)}, opset=11)
    graph("matmul_constant_first", [("Reshape", "x s", "c", {}), ("MatMul", "m c", "z", {}), FLAT], IMAGE,
          {"m": floats("m5", 5, 84), "s": np.array([0, 84, 1])})
    graph("weights_shared", [flat, ("Gemm", "f s b", "g", dict(transB=1)), ("MatMul", "g q", "h", {}),
                             ("Gemm", "h q b", "y", dict(transB=1))], IMAGE,
          {"s": floats("t", 5, 84), "q": floats("q", 5, 5), "b": floats("b", 5)})


def elements():
    c = {"c": floats("c", 2, 1, 1), "d": np.abs(floats("d", 1, 2, 7, 6)) + .5, "e": np.float32(.3), "r": floats("r", 6)}
    graph("arithmetic", [("Add", "x c", "p", {}), ("Sub", "e p", "q", {}), ("Mul", "q d", "r1", {}), ("Div", "r1 d", "s", {}),
                         ("Sub", "s r", "t", {}), ("Mul", "t x", "u", {}), ("Add", "u x", "v", {}), ("Div", "c d", "k", {}),
                         ("Mul", "v k", "z", {}), FLAT], IMAGE, c)
    graph("divide_constant_by_value", [("Add", "x o", "p", {}), ("Div", "c p", "z", {}), FLAT], IMAGE, {**c, "o": np.float32(1)})
    graph("arithmetic_of_values", [("GlobalAveragePool", "x", "g", {}), ("Sub", "x g", "p", {}), ("Add", "g o", "h", {}),
                                   ("Div", "p h", "z", {}), FLAT], IMAGE, {"o": np.float32(1)})
    centred = ("Sub", "x e", "p", {})
    for op, attributes in {"Relu": {}, "LeakyRelu": dict(alpha=.2), "Sigmoid": {}, "Tanh": {}}.items():
        graph(op.lower(), [centred, (op, "p", "z", attributes), FLAT], IMAGE, c, opset=9)
    graph("leakyrelu_default", [centred, ("LeakyRelu", "p", "z", {}), FLAT], IMAGE, c, opset=16)
    graph("clip_attributes", [centred, ("Clip", "p", "z", dict(min=-.1, max=.2)), FLAT], IMAGE, c, opset=9)
    graph("clip_inputs", [centred, ("Clip", "p l h", "z", {}), FLAT], IMAGE, {**c, "l": np.float32(-.1), "h": np.float32(.2)}, opset=11)
    graph("clip_one_sided", [centred, ("Clip", ["p", "", "h"], ["z"], {}), FLAT], IMAGE, {**c, "h": np.float32(.2)})
    for op in ("Softmax", "LogSoftmax"):
        for form, opset, attributes in (("9", 9, {}), ("9_axis", 11, dict(axis=2)), ("13", 13, {}), ("13_axis", 13, dict(axis=1))):
            graph(f"{op.lower()}_{form}", [(op, "x", "z", attributes), FLAT], IMAGE, opset=opset)
    # Differences beyond 88, where the exponential of a float32 overflows.
    graph("logsoftmax_far_apart", [("Mul", "x f", "p", {}), ("LogSoftmax", "p", "z", dict(axis=1)), FLAT], IMAGE, {"f": np.float32(500)}, opset=21)
    graph("reduce_mean_attribute", [("ReduceMean", "x", "z", dict(axes=[2, -1], keepdims=1)), FLAT], IMAGE, opset=13)
    graph("reduce_mean_input", [("ReduceMean", "x a", "y", dict(keepdims=0))], IMAGE, {"a": np.array([-1, 2])}, opset=18)


def shapes():
    i = lambda *v: np.array(v, dtype=np.int64)
    graph("reshape_zero", [("Reshape", "x s", "y", {})], IMAGE, {"s": i(0, -1)}, opset=9)
    graph("reshape_infers_batch", [("Reshape", "x s", "y", {})], IMAGE, {"s": i(-1, 84)})
    graph("reshape_fixed_batch", [("Reshape", "x s", "y", {})], IMAGE, {"s": i(1, -1)}, batch=1)
    graph("reshape_allowzero", [("Reshape", "x s", "y", dict(allowzero=1))], IMAGE, {"s": i(-1, 84)}, opset=14)
    graph("flatten_last", [("Flatten", "x", "y", dict(axis=1))], (84, 1, 1), batch=1)
    graph("flatten_zero", [("Flatten", "x", "y", dict(axis=0))], IMAGE, batch=1)
    graph("flatten_negative", [("GlobalAveragePool", "x", "g", {}), ("Flatten", "g", "y", dict(axis=-3))], IMAGE)
    graph("transpose", [("Transpose", "x", "z", dict(perm=[0, 3, 1, 2])), FLAT], IMAGE)
    graph("squeeze_attribute", [("GlobalAveragePool", "x", "g", {}), ("Squeeze", "g", "y", dict(axes=[2, 3]))], IMAGE, opset=11)
    graph("squeeze_input", [("GlobalAveragePool", "x", "g", {}), ("Squeeze", "g a", "y", {})], IMAGE, {"a": i(-1, 2)})
    graph("squeeze_all", [("GlobalAveragePool", "x", "g", {}), ("Squeeze", "g", "y", {})], IMAGE)
    graph("unsqueeze_attribute", [("Unsqueeze", "x", "u", dict(axes=[1, 5])), ("Mul", "u c", "z", {}), FLAT], IMAGE,
          {"c": floats("c", 3, 2, 7, 1, 6)}, opset=11)
    graph("unsqueeze_input", [("Unsqueeze", "x a", "u", {}), ("Mul", "u c", "z", {}), FLAT], IMAGE,
          {"c": floats("c", 3, 2, 7, 1, 6), "a": i(-2, 1)})
    graph("concat", [("Relu", "x", "a", {}), ("Tanh", "x", "b", {}), ("Concat", "a x b", "z", dict(axis=1)), FLAT], IMAGE)
    graph("concat_last", [("Tanh", "x", "b", {}), ("Concat", "x b", "z", dict(axis=-1)), FLAT], IMAGE)
    graph("slice_attributes", [("Slice", "x", "z", dict(starts=[1, -4], ends=[9, -1], axes=[2, 3])), FLAT], IMAGE, opset=9)
    graph("slice_inputs", [("Slice", "x s e a t", "z", {}), FLAT], IMAGE,
          {"s": i(0, -6, 0), "e": i(2 ** 31 - 1, 2 ** 63 - 1, 5), "a": i(0, -1, 2), "t": i(1, 2, 3)}, opset=10)
    graph("slice_all_axes", [("Slice", "x s e", "z", {}), FLAT], IMAGE, {"s": i(0, 1, 0, 2), "e": i(2 ** 40, 2, 5, -1)})
    graph("gather_one", [("Gather", "x k", "z", dict(axis=2)), FLAT], IMAGE, {"k": np.array(-2)})
    graph("pad_attributes", [("Pad", "x", "z", dict(pads=[0, 0, 1, 2, 0, 1, 0, 3], value=.5)), FLAT], IMAGE, opset=10)
    graph("pad_inputs", [("Pad", "x p v", "z", {}), FLAT], IMAGE, {"p": i(0, 0, 1, 2, 0, 1, 0, 3), "v": np.float32(-1e30)}, opset=11)
    graph("pad_axes", [("Pad", ["x", "p", "", "a"], ["z"], {}), FLAT], IMAGE, {"p": i(1, 2, 0, 3), "a": i(-1, 1)}, opset=18)
    graph("identity_dropout_9", [("Identity", "x", "a", {}), ("Dropout", "a", "z", dict(ratio=.4)), FLAT], IMAGE, opset=9)
    graph("dropout_inputs", [("Dropout", "x r t", "z", {}), FLAT], IMAGE, {"r": np.float32(.4), "t": np.array(False)}, opset=12)
    graph("constants", [
        ("Constant", "", "a", dict(value=numpy_helper.from_array(floats("k", 6)))), ("Constant", "", "b", dict(value_float=.5)),
        ("Constant", "", "c", dict(value_floats=[.1, .2, .3, .4, .5, .6])), ("Constant", "", "s", dict(value_ints=[0, -1])),
        ("Mul", "x a", "d", {}), ("Sub", "d b", "e", {}), ("Mul", "e c", "f", {}), ("Reshape", "f s", "y", {})], IMAGE)
    graph("cast", [("Cast", "x", "d", dict(to=TensorProto.DOUBLE)), ("Cast", "c", "e", dict(to=TensorProto.DOUBLE)),
                   ("Mul", "d e", "g", {}), ("Cast", "g", "z", dict(to=TensorProto.FLOAT)), FLAT], IMAGE, {"c": floats("c", 6)})
    # The chain of x.view(x.size(0), x.size(1) * 7, -1), and of x.view(x.shape[0] * 1 // 1, -1).
    graph("shape_chain", [
        ("Shape", "x", "h", {}), ("Gather", "h zero", "n", dict(axis=0)), ("Gather", "h one", "c", dict(axis=0)),
        ("Mul", "c seven", "k", {}), ("Unsqueeze", "n", "n1", dict(axes=[0])), ("Unsqueeze", "k", "k1", dict(axes=[0])),
        ("Concat", "n1 k1 minus", "s", dict(axis=0)), ("Reshape", "x s", "z", {}), FLAT], IMAGE,
        {"zero": np.array(0), "one": np.array(1), "seven": np.array(7), "minus": i(-1)}, opset=11)
    graph("shape_chain_arithmetic", [
        ("Shape", "x", "h", dict(start=0, end=-3)), ("Cast", "h", "q", dict(to=TensorProto.INT32)),
        ("Cast", "q", "q1", dict(to=TensorProto.INT64)), ("Mul", "q1 six", "m", {}), ("Div", "m six", "n", {}), ("Shape", "x", "all", {}),
        ("Slice", "all a b", "r", {}), ("Squeeze", "r", "r1", {}), ("Add", "r1 six", "r2", {}), ("Sub", "r2 six", "r3", {}),
        ("Unsqueeze", "r3 first", "r4", {}), ("Concat", "n r4 minus", "s", dict(axis=0)), ("Reshape", "x s", "z", {}), FLAT], IMAGE,
        {"six": np.array(6), "a": i(1), "b": i(2), "first": i(0), "minus": i(-1)}, opset=15)
    graph("constant_of_shape", [
        ("ConstantOfShape", "n", "zeros", dict(value=numpy_helper.from_array(np.array([0])))), ("Concat", "k zeros", "p", dict(axis=0)),
        ("Reshape", "p two", "q", {}), ("Slice", "q s e a t", "r", {}), ("Transpose", "r", "u", dict(perm=[1, 0])),
        ("Reshape", "u minus", "v", {}), ("Cast", "v", "w", dict(to=TensorProto.INT64)), ("Pad", "x w", "z", {}), FLAT], IMAGE,
        {"n": i(4), "k": i(1, 2, 3, 0), "two": i(-1, 2), "s": i(-1), "e": i(-2 ** 63 + 1), "a": i(0), "t": i(-1), "minus": i(-1)})


def inputs_and_types():
    w = {"w": floats("w", 5, 12), "b": floats("b", 5)}
    dense = ("Gemm", "f w b", "y", dict(transB=1))
    image = (1, 3, 4)
    graph("input_channels_last", [("Transpose", "x", "t", dict(perm=[0, 3, 1, 2])), ("Conv", "t k", "z", {}), FLAT], (2, 5, 4),
          {"k": floats("k", 3, 2, 2, 2)}, declared=(5, 4, 2), rearrange=lambda x: x.transpose(0, 2, 3, 1))
    graph("input_flattened", [("Gemm", "x w b", "y", dict(transB=1))], image, w, declared=(12,), rearrange=lambda x: x.reshape(-1, 12))
    graph("input_column", [("Flatten", "x", "f", {}), dense], image, w, batch=1, declared=(12, 1), rearrange=lambda x: x.reshape(-1, 12, 1))
    graph("input_colour_flattened", [("Gemm", "x w b", "y", dict(transB=1))], (3, 2, 2), w, declared=(12,), rearrange=lambda x: x.reshape(-1, 12))
    graph("input_without_channel", [("Flatten", "x", "f", {}), dense], image, w, declared=(3, 4), rearrange=lambda x: x.reshape(-1, 3, 4))
    flat = ("Flatten", "x", "f", {})
    graph("typed_data", [flat, dense], image, w, raw=False)
    half = {k: v.astype(np.float16) for k, v in w.items()}
    for form, raw in (("raw", True), ("typed", False)):
        graph(f"float16_{form}", [("Cast", "w", "w1", dict(to=1)), ("Cast", "b", "b1", dict(to=1)), flat,
                                  ("Gemm", "f w1 b1", "y", dict(transB=1))], image, half, raw=raw)
        graph(f"float64_{form}", [flat, dense], image, {k: v.astype(np.float64) for k, v in w.items()},
              element=TensorProto.DOUBLE, raw=raw)
    brain = helper.make_tensor("w", TensorProto.BFLOAT16, (5, 12), w["w"].flatten())
    graph("bfloat16", [("Cast", "w", "w1", dict(to=1)), flat, ("Gemm", "f w1 b", "y", dict(transB=1))], image, {**w, "w": brain})


class Viewed(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.dense = nn.Conv2d(1, 3, 3, padding=1), nn.Linear(48, 4)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv(F.pad(x, (1, 0, 1, 0)))), 2)
        return F.log_softmax(self.dense(x.view(x.size(0), -1)), dim=1)


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.norm = nn.Conv2d(1, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4)
        self.conv, self.norm2 = nn.Conv2d(4, 4, 3, 1, 1, groups=2), nn.BatchNorm2d(4)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(), nn.Linear(4, 3), nn.Softmax(dim=-1))

    def forward(self, x):
        x = F.hardtanh(self.norm(self.stem(x)), 0, 6)
        n, c, h, w = x.shape
        y = x.view(n, 2, c // 2, h, w).transpose(1, 2).contiguous().view(n, c, h, w)
        return self.head(F.leaky_relu(x + self.norm2(self.conv(y)), 0.1))


def exports():
    for make in (Viewed, Residual):
        for opset in (9, 11, 13, 15, 17, 18, 20):
            for dynamic in (True, False):
                torch.manual_seed(opset)
                model = make()
                for module in model.modules():
                    if isinstance(module, nn.BatchNorm2d):
                        module.running_mean.normal_(0, 0.1)
                        module.running_var.uniform_(0.5, 1.5)
                file = io.BytesIO()
                torch.onnx.export(
                    model.eval(), (torch.zeros(1, 1, 8, 8),), file, dynamo=False, opset_version=opset, input_names=["input"],
                    output_names=["logits"], do_constant_folding=dynamic,
                    dynamic_axes={"input": {0: "batch"}, "logits": {0: "batch"}} if dynamic else None)
                save(f"torch_{make.__name__.lower()}_{opset}_{'dynamic' if dynamic else 'fixed'}",
                     onnx.load_from_string(file.getvalue()), (1, 8, 8), fixed_batch=not dynamic)


if __name__ == "__main__":
    for part in (windows, products, elements, shapes, inputs_and_types, exports):
        part()
    print(len(list(FOLDER.glob("*.onnx"))), "files,", sum(f.stat().st_size for f in FOLDER.glob("*.onnx")), "bytes")
