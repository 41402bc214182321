from __future__ import annotations

import hashlib
from pathlib import Path

from infra.images.image_context import image_context
from infra.images.image_version import read_recipe
from sre_cli.specs.paths import cache_dir

LIST = """folder = "share/nets"
[files.net]
name = "net.onnx"
sha256 = "{sha256}"
npm = {{ package = "faces", version = "1.2.3", member = "package/net.onnx" }}
"""


def test_the_context_holds_what_the_recipe_needs_and_nothing_else(tmp_path: Path) -> None:
    content = b"weights"
    sha256 = hashlib.sha256(content).hexdigest()
    kept = cache_dir() / "weights" / sha256[:12] / "net.onnx"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(content)
    tool = tmp_path / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_text("run")
    tool.chmod(0o755)
    services = tmp_path / "project" / "services"
    services.mkdir(parents=True)
    (services / "Dockerfile").write_text("# needs-weights: services/nets.toml\n# needs-tools: tool\nFROM x\n")
    (services / "nets.toml").write_text(LIST.format(sha256=sha256))
    recipe = read_recipe(tmp_path / "project", "services")
    with image_context(tmp_path / "project", recipe, lambda names: dict.fromkeys(names, tool)) as context:
        found = {path.relative_to(context).as_posix() for path in context.rglob("*") if path.is_file()}
        assert found == {"services/Dockerfile", "services/nets.toml", "tools/tool", "weights/net.onnx"}
        assert (context / "weights/net.onnx").read_bytes() == content
    assert not context.exists()
