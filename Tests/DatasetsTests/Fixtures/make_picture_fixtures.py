"""Pictures of every kind and what Pillow (11.3) makes of them, for ImageFolderTests. Writes into pictures/ beside this file."""
import io, json, os
import numpy as np
import PIL
from PIL import Image

assert int(PIL.__version__.split(".")[0]) < 13, "Pillow 13 takes the passes of a resize in another order"
os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pictures"))
generator = np.random.default_rng(0)
colour = Image.fromarray(generator.integers(0, 256, (6, 5, 3), dtype=np.uint8))
colour = colour.resize((20, 17)).resize((13, 11))
expected = []


def save(name, picture, **options):
    picture.save(name, **options)
    read = Image.open(name).convert("RGB")
    expected.append(dict(file=name, height=read.height, width=read.width, rgb=[int(v) for v in np.asarray(read).reshape(-1)]))


alpha = colour.convert("RGBA")
alpha.putalpha(Image.fromarray(generator.integers(0, 256, (11, 13), dtype=np.uint8)))
save("rgb.png", colour)
save("grey.png", colour.convert("L"))
save("rgba.png", alpha)
save("palette.png", colour.quantize(7))
save("bits.png", colour.convert("1"))
save("colour.jpg", colour, quality=90)
save("progressive.jpg", colour, quality=60, progressive=True, subsampling=0)
save("grey.jpg", colour.convert("L"), quality=80)
save("lossless.webp", colour, lossless=True)
save("lossy.webp", colour, quality=70)
save("alpha.webp", alpha, lossless=True)
save("large.png", Image.fromarray(generator.integers(0, 256, (9, 7, 3), dtype=np.uint8)))
json.dump(expected, open("expected.json", "w"), separators=(",", ":"))

cases = []
for seed in range(1000):
    width, height, to_width, to_height = (int(2 ** generator.uniform(0, 7.5)) for _ in range(4))
    channels, filter = int(generator.choice([1, 3])), int(generator.integers(2))
    state, pixels = seed, np.zeros(width * height * channels, np.uint8)
    for place in range(len(pixels)):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        pixels[place] = state >> 56
    picture = Image.fromarray(pixels.reshape((height, width, 3) if channels == 3 else (height, width)))
    resized = np.asarray(picture.resize((to_width, to_height), [Image.BILINEAR, Image.BICUBIC][filter])).reshape(-1)
    total = 14695981039346656037
    for level in resized.tolist():
        total = (total ^ level) * 1099511628211 % 2**64
    cases.append(dict(seed=seed, width=width, height=height, channels=channels, toWidth=to_width, toHeight=to_height, filter=filter, sum=total))
json.dump(cases, open("resized.json", "w"), separators=(",", ":"))
