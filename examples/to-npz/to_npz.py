"""Makes the .npz file that `surety --data` reads of images as people keep them.

    to_npz.py SOURCE set.npz [--split test] [--resize 256] [--crop 224] [--bicubic] [--max 1000] [--classes names.txt]

SOURCE is one of
  a folder of class folders (imagenet/val/n01440764/*.JPEG), perhaps below a folder named as the split;
  a folder with images and a labels.csv of lines "file,label";
  a folder with CIFAR's Python batches (test_batch, or test of CIFAR-100);
  images.npy beside labels.npy;
  a .parquet file, or a folder of such, with the columns image and label, as Hugging Face keeps sets.

Class names are numbered in the order of --classes (a name in each line), else in their own; what was done is printed.
Needs numpy and, for images, Pillow; pyarrow for .parquet.
"""
import argparse
import csv
import io
import pathlib
import pickle
import sys

import numpy as np

IMAGES = {".png", ".jpg", ".jpeg", ".webp", ".bmp"}


class Arrays(pickle.Unpickler):
    """Reads the pickles of CIFAR: nothing but NumPy's arrays is made, and nothing is executed."""

    def find_class(self, module, name):
        if name == "_reconstruct" and module.startswith("numpy") or (module, name) in {("numpy", "ndarray"), ("numpy", "dtype")}:
            return super().find_class(module, name)
        if (module, name) == ("_codecs", "encode"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"the pickle asks for {module}.{name}, which no CIFAR batch needs")


class Reader:
    def __init__(self, options):
        self.options = options

    def picture(self, source):
        """An image as Pillow gives it, made smaller as models were trained: the shorter side, then the middle."""
        from PIL import Image
        image = Image.open(source).convert("RGB" if self.options.colour else "L")
        if self.options.resize:
            shorter, size = min(image.size), self.options.resize
            extents = [max(size, int(size * side / shorter)) for side in image.size]
            image = image.resize(extents, Image.BICUBIC if self.options.bicubic else Image.BILINEAR)
        if self.options.crop:
            left, top = ((side - self.options.crop) // 2 for side in image.size)
            image = image.crop((left, top, left + self.options.crop, top + self.options.crop))
        pixels = np.asarray(image)
        return pixels.transpose(2, 0, 1) if pixels.ndim == 3 else pixels[None]

    def pictures(self, pairs):
        pairs = pairs[:: max(1, len(pairs) // self.options.max)][: self.options.max] if self.options.max else pairs
        images = [self.picture(source) for source, _ in pairs]
        shapes = {image.shape for image in images}
        if len(shapes) != 1:
            sys.exit(f"the images have different sizes, such as {sorted(shapes)[:3]}: give --resize and --crop")
        return np.stack(images), [label for _, label in pairs]

    def folder(self, root):
        below = root / self.options.split
        root = below if below.is_dir() else root
        batches = sorted(root.glob("data_batch_*")) if self.options.split == "train" else [root / "test_batch", root / "test"]
        batches = [batch for batch in batches if batch.is_file()]
        if batches:
            return self.batches(batches)
        if (root / "labels.csv").is_file():
            with open(root / "labels.csv", newline="") as file:
                rows = [row for row in csv.reader(file) if row]
            rows = rows[1:] if rows and not (root / rows[0][0]).exists() else rows
            return self.pictures([(root / row[0], row[1].strip()) for row in rows])
        files = sorted(file for file in root.glob("*/**/*") if file.suffix.lower() in IMAGES)
        if files:
            return self.pictures([(file, file.relative_to(root).parts[0]) for file in files])
        if tables := sorted(root.glob("**/*.parquet")):
            named = [table for table in tables if self.options.split in table.name]
            return self.parquet(named or tables)
        sys.exit(f"{root}: no class folders with images, no labels.csv, no batches and no .parquet files are in it")

    def batches(self, files):
        images, labels = [], []
        for file in files:
            with open(file, "rb") as stream:
                batch = Arrays(stream, encoding="bytes").load()
            images.append(np.asarray(batch[b"data"], dtype=np.uint8).reshape(-1, 3, 32, 32))
            labels += list(batch.get(b"labels", batch.get(b"fine_labels")))
        return np.concatenate(images), labels

    def parquet(self, files):
        import pyarrow.parquet
        pairs = []
        for file in files:
            table = pyarrow.parquet.read_table(file)
            picture = next(name for name in ("image", "img", "jpg", "png") if name in table.column_names)
            label = next(name for name in ("label", "labels", "fine_label", "cls") if name in table.column_names)
            for cell, number in zip(table[picture].to_pylist(), table[label].to_pylist()):
                pairs.append((io.BytesIO(cell["bytes"] if isinstance(cell, dict) else cell), number))
        return self.pictures(pairs)

    def read(self, source):
        if source.is_dir():
            return self.folder(source)
        if source.suffix == ".parquet":
            return self.parquet([source])
        if source.suffix == ".npy":
            labels = source.with_name(source.name.replace("images", "labels")) if "images" in source.name else source.with_name("labels.npy")
            if labels == source or not labels.exists():
                sys.exit(f"{labels}: the labels were not found: save them beside the images")
            return np.load(source, allow_pickle=False), np.load(labels, allow_pickle=False)
        sys.exit(f"{source} is neither a folder nor an .npy or .parquet file")


def numbered(labels, classes):
    """Numbers for labels, and the classes' names where they had such."""
    if all(isinstance(label, (int, np.integer)) or str(label).isdigit() for label in labels):
        return np.array([int(label) for label in labels]), None
    names = classes or sorted({str(label) for label in labels})
    if missing := {str(label) for label in labels} - set(names):
        sys.exit(f"--classes lacks {sorted(missing)[:5]}")
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[str(label)] for label in labels]), names


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("npz", type=pathlib.Path)
    parser.add_argument("--split", default="test")
    parser.add_argument("--resize", type=int, help="the shorter side")
    parser.add_argument("--crop", type=int, help="the square in the middle")
    parser.add_argument("--bicubic", action="store_true", help="instead of bilinear")
    parser.add_argument("--max", type=int, help="about as many images, spread over the set")
    parser.add_argument("--classes", type=pathlib.Path, help="the classes' names in the model's order, one in each line")
    parser.add_argument("--grey", dest="colour", action="store_false")
    options = parser.parse_args()
    images, labels = Reader(options).read(options.source)
    classes = options.classes.read_text().split("\n") if options.classes else None
    labels, names = numbered(list(labels), [name.split()[0] for name in classes if name.strip()] if classes else None)
    np.savez_compressed(options.npz, images=images, labels=labels.astype(np.int64))
    print(f"{options.npz}: {len(images)} images of {'×'.join(map(str, images.shape[1:]))}, {len(set(labels.tolist()))} classes")
    if names:
        print("classes:", ", ".join(f"{number} {name}" for number, name in enumerate(names[:10])) + (", …" if len(names) > 10 else ""))


main()
