"""The page of `iclgd report` in headless Chromium, 360 and 1280 pixels wide,
light and dark: nothing is wider than the screen, no text of a figure is cut,
overlaps another or is too small, and all can be told from the background.

    ICLGD_PROGRAM=iclgd python3 check_browser.py
"""
import html
import itertools
import json
import os
import re
import shutil
import subprocess
import sys

from pages import make_files

from program import expect, main, must

CHROMIUM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)
WIDTHS = (360, 1280)
SCHEMES = ("dark", "light")

# The page in a frame of a given width, and what is measured in it.
FRAME = """<!DOCTYPE html><meta charset="utf-8"><body><iframe id="frame"
style="border:0;width:%dpx;height:40000px" srcdoc="%s"></iframe>
<pre id="result"></pre><script>
frame.onload = () => {
  const page = frame.contentDocument, view = frame.contentWindow;
  const box = e => {
    const b = e.getBoundingClientRect();
    return [b.left, b.top, b.right, b.bottom].map(x => Math.round(10 * x) / 10);
  };
  const size = e => parseFloat(view.getComputedStyle(e).fontSize);
  const seen = e => view.getComputedStyle(e);
  const plots = [...page.querySelectorAll("svg.plot")].map(plot => ({
    box: box(plot),
    texts: [...plot.querySelectorAll("text")].map(t => ({
      text: t.textContent, box: box(t),
      size: size(t) * plot.getBoundingClientRect().width
            / plot.viewBox.baseVal.width})),
    strokes: [...plot.querySelectorAll("path.l")].map(p => seen(p).stroke)}));
  const all = [...page.querySelectorAll("body *")].filter(e =>
    !e.closest(".scroll") && !e.closest("pre") && !e.closest("svg svg"));
  result.textContent = "RESULT" + JSON.stringify({
    width: page.scrollingElement.clientWidth,
    scroll: page.scrollingElement.scrollWidth,
    right: Math.max(...all.map(e => e.getBoundingClientRect().right)),
    open: page.querySelectorAll("details[open]").length,
    background: seen(page.body).backgroundColor,
    colours: [...page.querySelectorAll("h1,p,td,a,caption,figcaption,summary")]
      .map(e => seen(e).color), plots}) + "END";
};
</script></body>"""


def browse(document, scheme):
    """The DOM after it was rendered; None when there is no browser to run."""
    with open("frame.html", "w", encoding="utf-8") as file:
        file.write(document)
    dark = 0 if scheme == "dark" else 1
    done = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--user-data-dir={os.getcwd()}/profile",
         f"--blink-settings=preferredColorScheme={dark}",
         "--virtual-time-budget=2000", "--dump-dom",
         f"file://{os.getcwd()}/frame.html"],
        capture_output=True, text=True, timeout=120)
    return done.stdout if done.returncode == 0 and done.stdout else None


def measure(page, width, scheme):
    dom = browse(FRAME % (width, html.escape(page)), scheme)
    found = re.search(r"RESULT(\{.*\})END", dom or "", re.S)
    return json.loads(html.unescape(found[1])) if found else None


def luminance(colour):
    """Relative luminance, WCAG 2.1."""
    parts = [float(x) / 255 for x in re.findall(r"[\d.]+", colour)[:3]]
    linear = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
              for x in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def overlap(a, b):
    """By more than a pixel in both directions: boxes of text have margins."""
    return min(a[2], b[2]) - max(a[0], b[0]) > 1 \
        and min(a[3], b[3]) - max(a[1], b[1]) > 3


def check_plot(what, plot, width, background):
    texts = plot["texts"]
    for text in texts:
        left, top, right, bottom = text["box"]
        expect(left >= 0 and right <= width
               and top >= plot["box"][1] - 2
               and bottom <= plot["box"][3] + 2,
               f"{what}: '{text['text']}' is cut: {text['box']}")
        expect(text["size"] >= 11,
               f"{what}: '{text['text']}' has {text['size']:.1f} pixels")
    for a, b in itertools.combinations(texts, 2):
        expect(not overlap(a["box"], b["box"]),
               f"{what}: '{a['text']}' and '{b['text']}' overlap")
    for stroke in plot["strokes"]:  # sky blue on white has 2.3
        expect(contrast(stroke, background) > 2.1,
               f"{what}: a line {stroke} on {background}")


def check_page(name, page, width, scheme):
    what = f"{name}, {width} pixels, {scheme}"
    seen = measure(page, width, scheme)
    if seen is None:
        expect(False, f"{what}: nothing was rendered")
        return
    expect(seen["width"] == width, f"{what}: {seen['width']} pixels wide")
    expect(seen["scroll"] <= width and seen["right"] <= width + 0.5,
           f"{what}: reaches to {seen['scroll']}, {seen['right']}")
    expect((luminance(seen["background"]) < 0.1) == (scheme == "dark"),
           f"{what}: background {seen['background']}")
    for colour in set(seen["colours"]):  # WCAG 2.1 AA of text
        expect(contrast(colour, seen["background"]) >= 4.5,
               f"{what}: text {colour} on {seen['background']}")
    for i, plot in enumerate(seen["plots"]):
        check_plot(f"{what}, figure {i + 1}", plot, width,
                   seen["background"])


def check_all():
    for name in make_files():
        page = must("report", f"{name}.h5", "-o", "-").stdout
        page = page.replace("<details>", '<details open="">')
        for width, scheme in itertools.product(WIDTHS, SCHEMES):
            if name == "looped" or (width, scheme) == (360, "light"):
                check_page(name, page, width, scheme)


def check_quickstart():
    """The sizes that people see, all figures full."""
    must("run", "quickstart", "-q")
    page = must("report", "quickstart.h5", "-o", "-").stdout
    for width, scheme in itertools.product(WIDTHS, SCHEMES):
        check_page("quickstart", page, width, scheme)


def check_browser():
    """The browser starts at all, and the measure measures."""
    seen = measure('<!DOCTYPE html><body style="margin:0"><div style="width:'
                   '500px">wide</div></body>', 360, "light")
    if seen is None:
        print("skipped: Chromium does not start")
        sys.exit(77)
    expect(seen["scroll"] == 500, f"a page of 500 pixels: {seen['scroll']}")


if __name__ == "__main__":
    if not CHROMIUM:
        print("skipped: no Chromium (apt-get install chromium)")
        sys.exit(77)
    sys.exit(main(check_browser, check_all, check_quickstart))
