"""Two images as batches of CIFAR in Python's form, for PickleTests. Writes into pickles/ beside this file."""
import os, pickle, struct
import numpy as np

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pickles"))
data = (np.arange(6144) * 7 % 251).astype(np.uint8).reshape(2, 3072)
batch = {b"batch_label": b"testing batch 1 of 1", b"labels": [3, 8], b"data": data, b"filenames": [b"a.png", b"b.png"]}
for protocol in (2, 3, 4, 5):
    with open(f"protocol{protocol}", "wb") as file:
        pickle.dump(batch, file, protocol=protocol)
with open("cifar100", "wb") as file:
    pickle.dump({b"coarse_labels": [10, 19], b"fine_labels": [49, 99], b"data": data, b"filenames": [b"a", b"b"]}, file, protocol=2)


# As cPickle of Python 2 wrote it, by hand: its strings are bytes, and its arrays are built from them.
def text(value):
    return b"U" + bytes([len(value)]) + value


python2 = b"\x80\x02}q\x01(" + text(b"batch_label") + b"q\x02" + text(b"testing batch 1 of 1") + b"q\x03"
python2 += text(b"labels") + b"q\x04]q\x05(K\x03K\x08e"
python2 += text(b"data") + b"q\x06cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85q\x09" + text(b"b") + b"q\x0a\x87q\x0bRq\x0c"
python2 += b"(K\x01K\x02M\x00\x0c\x86q\x0dcnumpy\ndtype\nq\x0e" + text(b"u1") + b"q\x0fK\x00K\x01\x87q\x10Rq\x11"
python2 += b"(K\x03" + text(b"|") + b"q\x12NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x13b\x89"
python2 += b"T" + struct.pack("<i", data.size) + data.tobytes() + b"q\x14tq\x15b"
python2 += text(b"filenames") + b"q\x16]q\x17(" + text(b"a.png") + text(b"b.png") + b"eu."
assert (pickle.loads(python2, encoding="bytes")[b"data"] == data).all()
open("python2", "wb").write(python2)


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/surety-was-here",)


with open("hostile", "wb") as file:
    pickle.dump({b"labels": [1], b"data": Hostile()}, file, protocol=2)
