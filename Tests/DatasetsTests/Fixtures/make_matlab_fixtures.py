"""Makes the MATLAB files of `MATFileTests`, with SciPy: python3 make_matlab_fixtures.py

Pixel (row, column, channel) of image i is (7 row + 3 column + 50 channel + 11 i) mod 256.
"""
import pathlib

import numpy
from scipy.io import savemat

folder = pathlib.Path(__file__).parent / "matlab"


def images(height, width, channels, count):
    row, column, channel, image = numpy.ogrid[:height, :width, :channels, :count]
    return ((7 * row + 3 * column + 50 * channel + 11 * image) % 256).astype(numpy.uint8)


def write(name, compressed, **arrays):
    savemat(folder / name, arrays, do_compression=compressed)


labels = numpy.array([[1], [10], [3]], numpy.uint8)
write("svhn.mat", True, X=images(32, 32, 3, 3), y=labels)
write("doubles.mat", False, images=images(4, 5, 1, 3)[:, :, 0] / 255, labels=numpy.array([[0.0, 2.0, 1.0]]))
write("whole.mat", False, X=images(4, 5, 1, 3)[:, :, 0].astype(float), y=numpy.array([[0], [2], [1]], numpy.int16))
write("first-axis.mat", True, x_test=images(4, 5, 3, 6).transpose(3, 0, 1, 2), y_test=numpy.eye(6, dtype=numpy.float32)[[0, 2, 1, 3, 5, 4]])
write("levels.mat", False, X=images(4, 5, 3, 2).astype(numpy.int32), y=numpy.array([1, 0]))
write("one.mat", False, X=images(4, 5, 3, 1)[..., 0], y=numpy.array([[2]]))
write("others.mat", False, X=numpy.array(["a", 1], dtype=object), y={"a": 1}, t="text", z=numpy.array([1j, 2]))
