"""Makes the ONNX files whose names begin with "op_" beside this script: a small network for each operator, and each of its
forms, that Surety composes of simpler layers; and networks in which the batch is not the first axis.

    pip install onnx onnxruntime torch && python make_operator_fixtures.py
"""
import numpy as np
from onnx import TensorProto, numpy_helper

from make_fixtures import FLAT, FOLDER, IMAGE, floats, graph, rng

i = lambda *v: np.array(v, dtype=np.int64)
number = lambda v: np.float32(v)
SHIFTED = ("Sub", "x shift", "p", {})


def one(name, op, attributes={}, weights={}, inputs="p", image=IMAGE, **more):
    """One operator on the image minus .4."""
    graph(f"op_{name}", [SHIFTED, (op, inputs, "z", attributes), FLAT], image, {"shift": number(.4), **weights}, **more)


def functions():
    for op in ("Abs", "Cos", "Erf", "Exp", "HardSwish", "Neg", "Reciprocal", "Sign", "Sin", "Softplus", "Softsign"):
        one(op.lower(), op, opset=14)
    one("mish", "Mish", opset=18)
    for op, attributes in {"Celu": dict(alpha=.7), "Elu": dict(alpha=1.3), "HardSigmoid": dict(alpha=.3, beta=.4),
                           "Selu": dict(alpha=1.2, gamma=.9), "ThresholdedRelu": dict(alpha=.2)}.items():
        one(op.lower(), op, attributes, opset=14)
        if op != "ThresholdedRelu":
            one(f"{op.lower()}_default", op, opset=14)
    one("gelu", "Gelu", opset=20)
    one("gelu_tanh", "Gelu", dict(approximate="tanh"), opset=20)
    for op in ("Log", "Sqrt"):
        graph(f"op_{op.lower()}", [("Add", "x c", "p", {}), (op, "p", "z", {}), FLAT], IMAGE, {"c": number(.1)})
    for exponent in (2.0, 3.0, .5, -1.0, 1.7):
        graph(f"op_pow_{exponent}", [("Add", "x c", "p", {}), ("Pow", "p e", "z", {}), FLAT], IMAGE,
              {"c": number(.1), "e": number(exponent)})
    one("pow_of_integer", "Pow", {}, {"e": np.int64(2)}, "p e", opset=15)
    one("prelu", "PRelu", {}, {"s": floats("s", 2, 1, 1)}, "p s", opset=16)
    one("prelu_scalar", "PRelu", {}, {"s": np.array([.2], dtype=np.float32)}, "p s", opset=16)
    graph("op_functions_of_constants", [
        ("Sqrt", "c", "a", {}), ("Exp", "a", "b", {}), ("ReduceSum", "b axes", "d", dict(keepdims=1)), ("Div", "b d", "e", {}),
        ("Mul", "x e", "z", {}), FLAT], IMAGE, {"c": np.abs(floats("c", 7, 6)) + .1, "axes": i(-1)})


def comparisons():
    w = {"shift": number(.4), "c": floats("c", 7, 6, scale=.2), "one": number(1), "zero": number(0)}
    for op in ("Greater", "Less", "GreaterOrEqual", "LessOrEqual"):
        graph(f"op_{op.lower()}", [SHIFTED, (op, "p c", "t", {}), ("Cast", "t", "f", dict(to=1)), ("Mul", "f x", "z", {}), FLAT],
              IMAGE, w, opset=16)
    graph("op_where_of_values", [SHIFTED, ("Greater", "p c", "t", {}), ("Where", "t x p", "z", {}), FLAT], IMAGE, w, opset=16)
    graph("op_where_not", [SHIFTED, ("Less", "p c", "t", {}), ("Not", "t", "n", {}), ("Where", "n x zero", "z", {}), FLAT], IMAGE, w,
          opset=16)
    graph("op_where_of_constant", [SHIFTED, ("Where", "m x p", "z", {}), FLAT], IMAGE,
          {**w, "m": rng("m").random((2, 1, 6)) > .5}, opset=16)
    graph("op_where_of_constants", [
        ("Equal", "k minus", "t", {}), ("Where", "t ones k", "s", {}), ("Expand", "c s", "e", {}), ("Mul", "x e", "z", {}), FLAT], IMAGE,
        {"k": i(-1, 2, -1, 6), "minus": np.int64(-1), "ones": i(1, 1, 1, 1), "c": floats("c1", 1, 1, 6)}, opset=16)
    for op in ("Max", "Min", "Sum", "Mean"):
        graph(f"op_{op.lower()}", [SHIFTED, ("Tanh", "x", "q", {}), ("Abs", "p", "r", {}), (op, "p q r", "z", {}), FLAT], IMAGE, w)
    graph("op_max_of_number", [SHIFTED, ("Max", "p zero", "q", {}), ("Min", "one q", "z", {}), FLAT], IMAGE, w)


def normalisations():
    for axis, shape in ((-1, (6,)), (1, (2, 7, 6)), (2, (7, 6))):
        one(f"layernormalization_{axis}", "LayerNormalization", dict(axis=axis, epsilon=1e-3),
            {"s": floats("s", *shape), "b": floats("b", *shape)}, "p s b", opset=17)
    one("layernormalization_without_bias", "LayerNormalization", {}, {"s": floats("s", 6)}, "p s", opset=17)
    one("instancenormalization", "InstanceNormalization", dict(epsilon=1e-3), {"s": floats("s", 2), "b": floats("b", 2)}, "p s b")
    image, eight = (4, 5, 6), {"s": floats("s", 4), "b": floats("b", 4)}
    one("groupnormalization_21", "GroupNormalization", dict(num_groups=2), eight, "p s b", image, opset=21)
    one("lrn", "LRN", dict(size=3, alpha=.5, beta=.6, bias=1.5), image=(5, 3, 4))
    one("rmsnormalization", "RMSNormalization", dict(epsilon=1e-3), {"s": floats("s", 6)}, "p s", opset=23)


def reductions():
    for op in ("ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare", "ReduceSum"):
        if op != "ReduceSum":
            one(f"{op.lower()}_attribute", op, dict(axes=[2, -1], keepdims=1), opset=11)
            one(f"{op.lower()}_channels", op, dict(axes=[1]), opset=13)
        one(f"{op.lower()}_input", op, dict(keepdims=0), {"a": i(1, -1)}, "p a", opset=18)
    one("reducesum_attribute", "ReduceSum", dict(axes=[-2]), opset=11)
    one("globalmaxpool", "GlobalMaxPool")
    one("lppool", "LpPool", dict(kernel_shape=[2, 3], strides=[2, 1], pads=[0, 1, 1, 1]), opset=18)
    one("lppool_1", "LpPool", dict(kernel_shape=[2, 2], p=1), opset=18)
    for form, attributes in {"": {}, "_reversed": dict(reverse=1), "_exclusive": dict(exclusive=1)}.items():
        one(f"cumsum{form}", "CumSum", attributes, {"a": np.int64(2)}, "p a", opset=14)


def repetition():
    graph("op_expand", [("ReduceMean", "x", "m", dict(axes=[2, 3], keepdims=1)), ("Expand", "m s", "e", {}), ("Sub", "x e", "z", {}), FLAT],
          IMAGE, {"s": i(1, 2, 7, 6)})
    one("tile", "Tile", {}, {"r": i(1, 2, 1, 3)}, "p r")
    for opset, attributes, inputs, weights in ((11, dict(axis=2, split=[2, 5]), "x", {}), (13, dict(axis=-2), "x k", {"k": i(3, 4)}),
                                               (18, dict(axis=2, num_outputs=2), "x", {})):
        graph(f"op_split_{opset}", [("Split", inputs, "a b", attributes), ("Relu", "b", "c", {}), ("Concat", "c a", "z", dict(axis=2)), FLAT],
              IMAGE, weights, opset=opset)
    for mode in ("DCR", "CRD"):
        one(f"depthtospace_{mode}", "DepthToSpace", dict(blocksize=2, mode=mode), image=(8, 2, 3), opset=13)
    one("spacetodepth", "SpaceToDepth", dict(blocksize=2), image=(2, 4, 6))
    graph("op_gather_several", [("Gather", "x k", "z", dict(axis=3)), FLAT], IMAGE, {"k": i(4, 0, -1, 0)})
    graph("op_gather_table", [("Gather", "x k", "z", dict(axis=2)), FLAT], IMAGE, {"k": np.array([[1, 2, 3], [6, 5, 4]])})
    graph("op_gather_range", [("Range", "a b c", "k", {}), ("Gather", "x k", "z", dict(axis=2)), FLAT], IMAGE,
          {"a": np.int64(5), "b": np.int64(-1), "c": np.int64(-2)})
    graph("op_slice_backward", [("Slice", "x s e a t", "z", {}), FLAT], IMAGE,
          {"s": i(-1, 5), "e": i(-2 ** 60, 0), "a": i(3, 2), "t": i(-1, -2)})
    for mode in ("reflect", "edge", "wrap"):
        one(f"pad_{mode}", "Pad", dict(mode=mode), {"q": i(0, 0, 2, 1, 0, 0, 3, 2)}, "p q", opset=19)
    one("pad_crops", "Pad", {}, {"q": i(0, 0, -2, 1, 0, 0, 1, -3)}, "p q")
    one("pad_edge_crops", "Pad", dict(mode="edge"), {"q": i(0, 0, -2, 1, 0, 0, 1, -3)}, "p q")
    # Cohen's normalising layer: means repeated over the batch.
    graph("op_repeated_over_batch", [
        ("Shape", "x", "h", {}), ("Gather", "h zero", "n", dict(axis=0)), ("Concat", "n r", "s", dict(axis=0)), ("Expand", "m ones", "m4", {}),
        ("Tile", "m4 s", "t", {}), ("Transpose", "t", "u", dict(perm=[0, 3, 1, 2])), ("Sub", "x u", "z", {}), FLAT], IMAGE,
        {"zero": i(0), "r": i(7, 6, 1), "ones": i(1, 1, 1, 1), "m": floats("m", 2)})
    graph("op_expanded_over_batch", [
        ("Shape", "x", "h", {}), ("Slice", "h zero one", "n", {}), ("Concat", "n r", "s", dict(axis=0)), ("Expand", "m s", "t", {}),
        ("ConstantOfShape", "s", "c", dict(value=numpy_helper.from_array(np.array([2], dtype=np.float32)))), ("Mul", "t c", "u", {}),
        ("Mul", "x u", "z", {}), FLAT], IMAGE, {"zero": i(0), "one": i(1), "r": i(2, 1, 6), "m": floats("m", 1, 2, 1, 6)})


def resizing():
    for coordinates in ("half_pixel", "pytorch_half_pixel", "asymmetric", "align_corners"):
        for mode in ("nearest", "linear"):
            graph(f"op_resize_{mode}_{coordinates}", [
                ("Resize", ["x", "", "k"], ["z"], dict(mode=mode, coordinate_transformation_mode=coordinates)), FLAT], IMAGE,
                {"k": np.array([1, 1, 1.5, .7], dtype=np.float32)}, opset=13)
    cubic = dict(mode="cubic")
    for name, attributes in {
            "cubic": cubic, "cubic_align_corners": dict(cubic, coordinate_transformation_mode="align_corners"),
            "cubic_asymmetric": dict(cubic, coordinate_transformation_mode="asymmetric", cubic_coeff_a=-.5),
            "cubic_inside": dict(cubic, exclude_outside=1), "cubic_antialias": dict(cubic, antialias=1),
            "cubic_antialias_inside": dict(cubic, antialias=1, cubic_coeff_a=-.5, exclude_outside=1),
            "linear_antialias": dict(mode="linear", antialias=1),
            "linear_antialias_inside": dict(mode="linear", antialias=1, exclude_outside=1),
            "linear_symmetric": dict(mode="linear", coordinate_transformation_mode="half_pixel_symmetric")}.items():
        graph(f"op_resize_{name}", [("Resize", ["x", "", "k"], ["z"], attributes), FLAT], IMAGE,
              {"k": np.array([1, 1, 1.6, .4], dtype=np.float32)}, opset=19)
    for rounding in ("floor", "ceil", "round_prefer_ceil"):
        graph(f"op_resize_{rounding}", [("Resize", ["x", "", "k"], ["z"], dict(nearest_mode=rounding)), FLAT], IMAGE,
              {"k": np.array([1, 1, 2, 1.5], dtype=np.float32)}, opset=13)
    graph("op_resize_to_size", [
        ("Shape", "x", "h", {}), ("Slice", "h zero two", "n", {}), ("Concat", "n k", "s", dict(axis=0)),
        ("Resize", ["x", "", "", "s"], ["z"], dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel")), FLAT],
        IMAGE, {"zero": i(0), "two": i(2), "k": i(11, 9)}, opset=13)
    graph("op_upsample", [("Upsample", "x k", "z", dict(mode="nearest")), FLAT], IMAGE, {"k": np.array([1, 1, 2, 3], dtype=np.float32)},
          opset=9)


def windows():
    line = (3, 12)
    w = {"w": floats("w", 4, 3, 5), "b": floats("b", 4)}
    graph("op_conv_of_line", [("Conv", "x w b", "z", dict(strides=[2], pads=[1, 2], dilations=[2])), FLAT], line, w)
    graph("op_average_of_line", [("AveragePool", "x", "z", dict(kernel_shape=[3], strides=[2], pads=[1, 0])), FLAT], line)
    graph("op_maximum_of_line", [("MaxPool", "x", "z", dict(kernel_shape=[3], strides=[2])), FLAT], line)
    t = {"w": floats("t", 2, 3, 3, 2), "b": floats("b", 3)}
    for form, attributes in {"plain": {}, "strides": dict(strides=[2, 3]), "pads": dict(strides=[2, 1], pads=[1, 0, 2, 1]),
                             "output_padding": dict(strides=[3, 2], output_padding=[1, 1], pads=[1, 1, 1, 1]),
                             "dilations": dict(dilations=[2, 2], strides=[2, 2])}.items():
        graph(f"op_convtranspose_{form}", [("ConvTranspose", "x w b", "z", attributes), FLAT], (2, 4, 5), t)
    graph("op_convtranspose_groups", [("ConvTranspose", "x w", "z", dict(group=2, strides=[2, 2])), FLAT], (4, 3, 3), {"w": floats("g", 4, 3, 2, 2)})
    graph("op_convtranspose_of_line", [("ConvTranspose", "x w", "z", dict(strides=[2])), FLAT], (2, 6), {"w": floats("l", 2, 3, 4)})
    graph("op_average_over_channels", [
        ("Unsqueeze", "x one", "u", {}), ("AveragePool", "u", "a", dict(kernel_shape=[3, 1, 1], pads=[1, 0, 0, 1, 0, 0], strides=[1, 1, 1])),
        ("Squeeze", "a one", "z", {}), FLAT], (5, 3, 4), {"one": i(1)})
    graph("op_average_ceil_counts_padding", [
        ("AveragePool", "x", "z", dict(kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)), FLAT],
        (2, 8, 8), opset=19)


def products():
    graph("op_matmul_of_values", [
        ("Transpose", "x", "t", dict(perm=[0, 1, 3, 2])), ("MatMul", "x t", "a", {}), ("Softmax", "a", "s", dict(axis=-1)),
        ("MatMul", "s x", "z", {}), FLAT], IMAGE)
    graph("op_matmul_repeats", [
        ("ReduceMean", "x", "m", dict(axes=[1], keepdims=1)), ("Transpose", "m", "t", dict(perm=[0, 1, 3, 2])), ("MatMul", "x t", "z", {}), FLAT],
        IMAGE)
    graph("op_matmul_constant_first", [("MatMul", "m x", "z", {}), FLAT], IMAGE, {"m": floats("m", 5, 7)})
    for name, equation, shape in (("classes", "bchw,kchw->bk", (5, 2, 7, 6)), ("channels", "bchw,kc->bkhw", (5, 2)),
                                  ("right", "kw,bchw->bckh", (4, 6))):
        operands = "m x" if name == "right" else "x m"
        graph(f"op_einsum_{name}", [("Einsum", operands, "z", dict(equation=equation)), FLAT], IMAGE, {"m": floats("m", *shape)})
    graph("op_einsum_of_values", [
        ("Tanh", "x", "q", {}), ("Einsum", "x q", "a", dict(equation="bchw,bcvw->bchv")),
        ("Einsum", "a x", "z", dict(equation="bchv,bcvw->bhcw")), FLAT], IMAGE)


def attention(name, moves, batch="N"):
    """A class token, positions, and heads made as nn.MultiheadAttention makes them or, without `moves`, as timm does."""
    d, heads, tokens = 6, 2, 7
    w = {"qkv": floats("qkv", d, 3 * d), "bias": floats("bias", 3 * d), "token": floats("token", 1, 1, d), "pos": floats("pos", 1, tokens + 1, d),
         "proj": floats("proj", d, d), "k": number(.58), "i0": np.int64(0), "i1": np.int64(1), "i2": np.int64(2), "zero": i(0), "one": i(1),
         "three": i(3), "s": floats("s", d), "b": floats("b", d), "head": floats("head", d, 4), "hb": floats("hb", 4),
         "tokens": i(tokens + 1), "d": i(d), "heads": i(heads), "part": i(d // heads), "all": i(tokens + 1, -1, d),
         "minus": i(-1), "merged": i(tokens + 1, -1, d // heads), "by_head": i(-1, heads, tokens + 1, d // heads)}
    nodes = [("Squeeze", "x one", "rows", {}), ("Shape", "rows", "h", {}), ("Slice", "h zero one", "n", {}), ("Concat", "n one d", "ts", dict(axis=0)),
             ("Expand", "token ts", "cls", {}), ("Concat", "cls rows", "cat", dict(axis=1)), ("Add", "cat pos", "e", {}),
             ("LayerNormalization", "e s b", "ln", dict(axis=-1))]
    if moves:
        nodes += [("Transpose", "ln", "l", dict(perm=[1, 0, 2])), ("MatMul", "l qkv", "m0", {}), ("Add", "m0 bias", "m1", {}),
                  ("Concat", "tokens n three d", "five", dict(axis=0)), ("Reshape", "m1 five", "m2", {}), ("Unsqueeze", "m2 zero", "m3", {}),
                  ("Transpose", "m3", "m4", dict(perm=[3, 1, 2, 0, 4])), ("Squeeze", "m4 three", "m5", {}),
                  ("Mul", "n heads", "nh", {}), ("Concat", "tokens nh part", "rs", dict(axis=0)),
                  ("Concat", "n heads tokens part", "hs", dict(axis=0))]
        for letter, index in (("q", "i0"), ("k_", "i1"), ("v", "i2")):
            nodes += [("Gather", f"m5 {index}", f"{letter}0", dict(axis=0)), ("Reshape", f"{letter}0 rs", f"{letter}1", {}),
                      ("Transpose", f"{letter}1", f"{letter}2", dict(perm=[1, 0, 2])), ("Reshape", f"{letter}2 hs", f"{letter}3", {})]
        nodes += [("Transpose", "k_3", "kt", dict(perm=[0, 1, 3, 2])), ("MatMul", "q3 kt", "a0", {}), ("Mul", "a0 k", "a1", {}),
                  ("Softmax", "a1", "a2", dict(axis=-1)), ("MatMul", "a2 v3", "a3", {}), ("Transpose", "a3", "a4", dict(perm=[2, 0, 1, 3])),
                  ("Mul", "n tokens", "nt", {}), ("Concat", "nt d", "os", dict(axis=0)), ("Reshape", "a4 os", "a5", {}),
                  ("Gemm", "a5 proj s", "a6", {}), ("Concat", "tokens n d", "bs", dict(axis=0)), ("Reshape", "a6 bs", "a7", {}),
                  ("Transpose", "a7", "a8", dict(perm=[1, 0, 2]))]
    else:
        nodes += [("MatMul", "ln qkv", "m0", {}), ("Add", "m0 bias", "m1", {}), ("Concat", "n tokens three heads part", "five", dict(axis=0)),
                  ("Reshape", "m1 five", "m2", {}), ("Transpose", "m2", "m3", dict(perm=[2, 0, 3, 1, 4])),
                  ("Split", "m3", "q0 k0 v0", dict(axis=0)), ("Squeeze", "q0 zero", "q", {}), ("Squeeze", "k0 zero", "k_", {}),
                  ("Squeeze", "v0 zero", "v", {}), ("Transpose", "k_", "kt", dict(perm=[0, 1, 3, 2])), ("MatMul", "q kt", "a0", {}),
                  ("Mul", "a0 k", "a1", {}), ("Softmax", "a1", "a2", dict(axis=-1)), ("MatMul", "a2 v", "a3", {}),
                  ("Transpose", "a3", "a4", dict(perm=[0, 2, 1, 3])), ("Concat", "n tokens d", "os", dict(axis=0)), ("Reshape", "a4 os", "a5", {}),
                  ("MatMul", "a5 proj", "a8", {})]
    nodes += [("Add", "e a8", "r", {}), ("Gather", "r i0", "first", dict(axis=1)), ("Gemm", "first head hb", "y", {})]
    graph(name, nodes, (1, tokens, d), w, opset=17, batch=batch)


def moved_batch():
    for batch in ("N", 1):
        form = "dynamic" if batch == "N" else "fixed"
        attention(f"op_attention_{form}", False, batch)
        attention(f"op_attention_moves_batch_{form}", True, batch)
        # An ensemble: stacked before the batch, and averaged.
        graph(f"op_stack_{form}", [
            ("Tanh", "x", "a", {}), ("Unsqueeze", "a zero", "a1", {}), ("Relu", "x", "b", {}), ("Unsqueeze", "b zero", "b1", {}),
            ("Concat", "a1 b1", "c", dict(axis=0)), ("ReduceMean", "c", "z", dict(axes=[0], keepdims=0)), FLAT], IMAGE, {"zero": i(0)},
            batch=batch)
        graph(f"op_stack_largest_{form}", [
            ("Tanh", "x", "a", {}), ("Unsqueeze", "a zero", "a1", {}), ("Relu", "x", "b", {}), ("Unsqueeze", "b zero", "b1", {}),
            ("Concat", "a1 b1", "c", dict(axis=0)), ("Mul", "c k", "d", {}), ("ReduceMax", "d", "z", dict(axes=[0], keepdims=0)), FLAT], IMAGE,
            {"zero": i(0), "k": floats("k", 2, 1, 2, 1, 1)}, batch=batch)
    graph("op_batch_last", [
        ("Transpose", "x", "t", dict(perm=[1, 2, 3, 0])), ("Sigmoid", "t", "s", {}), ("Mul", "s k", "m", {}), ("Softmax", "m", "q", dict(axis=2)),
        ("Slice", "q a b c", "u", {}), ("Transpose", "u", "z", dict(perm=[3, 0, 1, 2])), FLAT], IMAGE,
        {"k": floats("k", 6, 1), "a": i(1), "b": i(6), "c": i(1)})


def inputs_and_outputs():
    w = {"w": floats("w", 5, 84), "b": floats("b", 5)}
    graph("op_input_bytes", [("Cast", "x", "f", dict(to=1)), ("Div", "f k", "g", {}), ("Flatten", "g", "h", {}),
                             ("Gemm", "h w b", "y", dict(transB=1))], IMAGE, {**w, "k": number(255)}, element=TensorProto.UINT8,
          rearrange=lambda x: np.round(x * 255), output=TensorProto.FLOAT)


def scikit_learn():
    learn = dict(domain="ai.onnx.ml")
    flat = ("Flatten", "x", "f", {})
    offset, scale = floats("offset", 84), np.abs(floats("scale", 84)) + .5
    coefficients, intercepts = floats("coefficients", 5, 84), floats("intercepts", 5)
    for name, transform in (("linear", "NONE"), ("softmax", "SOFTMAX"), ("logistic", "LOGISTIC")):
        graph(f"op_scikit_{name}", [
            flat, ("Scaler", "f", "s", dict(offset=offset.tolist(), scale=scale.tolist(), **learn)),
            ("LinearClassifier", "s", "label z", dict(coefficients=coefficients.flatten().tolist(), intercepts=intercepts.tolist(),
                                                      classlabels_ints=[0, 1, 2, 3, 4], post_transform=transform, **learn)),
            ("Normalizer", "z", "y", dict(norm="L1" if transform != "NONE" else "L2", **learn))], IMAGE)
    graph("op_scikit_scaler", [flat, ("Scaler", "f", "s", dict(offset=[.5], scale=[2.0], **learn)), ("Normalizer", "s", "y", dict(norm="MAX", **learn))],
          IMAGE)


if __name__ == "__main__":
    for old in FOLDER.glob("op_*.onnx"):
        old.unlink()
    for part in (functions, comparisons, normalisations, reductions, repetition, resizing, windows, products, moved_batch,
                 inputs_and_outputs, scikit_learn):
        part()
    files = list(FOLDER.glob("op_*.onnx"))
    print(len(files), "files,", sum(f.stat().st_size for f in files), "bytes")
