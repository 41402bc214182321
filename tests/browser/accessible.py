"""What a screen owes to everybody: text that stands out, controls with names, one heading, a language."""

from __future__ import annotations

from tests.browser.tab import Tab

NAMED = {"button", "link", "image", "checkbox", "textbox", "progressbar", "Video", "region"}
FAINT = """(() => {
  const channels = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => channels(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (one) => {
    for (; one; one = one.parentElement) {
      const colour = getComputedStyle(one).backgroundColor;
      if ((channels(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const isFaint = (one) => {
    const { color, fontSize, fontWeight } = getComputedStyle(one);
    const isLarge = parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
    const [low, high] = [light(color), light(behind(one))].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05) < (isLarge ? 3 : 4.5);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const one = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() && one.checkVisibility() && !one.closest(":disabled, noscript")) {
      if (isFaint(one)) found.push(texts.currentNode.data);
    }
  }
  return found;
})()"""
"""Texts whose contrast is below level AA of WCAG 2.2."""


def keep(tab: Tab, name: str) -> None:
    """Take a picture of the screen for the report, and look whether it is for everybody."""
    tab.picture(name)
    assert tab.run(FAINT) == []
    assert tab.run("document.documentElement.lang") == "en"
    assert tab.run("document.querySelectorAll('h1').length") == 1
    assert _nameless(tab) == []
    sideways = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert tab.run(sideways) == 0


def _nameless(tab: Tab) -> list[str]:
    """Roles of the controls that a reader of screens could not name."""
    nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
    shown = [node for node in nodes if not node.get("ignored") and node["role"]["value"] in NAMED]
    return [node["role"]["value"] for node in shown if not node.get("name", {}).get("value")]
