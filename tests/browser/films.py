"""Films of one picture for the browser's fake camera, which opens its file anew whenever it starts."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

SIZE_PX = (1440, 1080)
GREY = (150, 152, 155)
HEADER = f"YUV4MPEG2 W{SIZE_PX[0]} H{SIZE_PX[1]} F5:1 Ip C420\n"


def show(picture: Image.Image, camera: Path) -> None:
    """From the camera's next start on it shows the picture, as large as fits."""
    frame = Image.new("RGB", SIZE_PX, GREY)
    scale = min(SIZE_PX[0] * 0.86 / picture.width, SIZE_PX[1] * 0.86 / picture.height)
    fitting = picture.convert("RGB").resize((round(picture.width * scale), round(picture.height * scale)))
    frame.paste(fitting, ((SIZE_PX[0] - fitting.width) // 2, (SIZE_PX[1] - fitting.height) // 2))
    light, *colours = frame.convert("YCbCr").split()
    small = [plane.resize((SIZE_PX[0] // 2, SIZE_PX[1] // 2)) for plane in colours]
    once = b"FRAME\n" + b"".join(plane.tobytes() for plane in (light, *small))
    scratch = camera.with_suffix(".new")
    scratch.write_bytes(HEADER.encode() + once * 2)
    scratch.rename(camera)
