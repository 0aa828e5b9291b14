// Opens reports in a real browser: no errors, no requests, no overflow of the page, no weak contrast,
// in light and dark, wide and narrow; the slider shows at every place what `keyplan cost --scale`
// calculates, and moves by keys.
//
// node tests/browser/report.mjs PLAYWRIGHT_DIRECTORY KEYPLAN [SCREENSHOT_DIRECTORY]
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [packages, keyplan, shots] = process.argv.slice(2);
const { chromium } = createRequire(join(resolve(packages), "package.json"))("playwright-core");

const browserPath = ["chromium", "chromium-browser", "google-chrome"]
  .map((name) => {
    try {
      return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
    } catch {
      return "";
    }
  })
  .find(Boolean);
if (!browserPath) {
  console.log("SKIPPED: no Chromium on PATH");
  process.exit(0);
}

const problems = [];
const check = (isFine, what) => {
  if (!isFine) problems.push(what);
};

const folder = mkdtempSync(join(tmpdir(), "keyplan-report-"));
const browser = await chromium.launch({
  executablePath: browserPath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

const contrast = () => {
  // The contrast of every text with what is behind it.
  const parse = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  // The last box of a drawing that a text of it stands in.
  const under = (text) => {
    const place = text.getBoundingClientRect();
    const boxes = [...text.ownerSVGElement.querySelectorAll("rect")].filter((box) => {
      const around = box.getBoundingClientRect();
      return around.left <= place.left && around.right >= place.right && around.top <= place.top && around.bottom >= place.bottom;
    });
    return boxes.length ? parse(getComputedStyle(boxes.at(-1)).fill) : null;
  };
  const weak = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, style, [hidden]")) continue;
    const drawn = element.closest("svg text");
    if (element.closest("svg") && !drawn) continue;
    const style = getComputedStyle(drawn || element);
    const [a, b] = [light(parse(drawn ? style.fill : style.color)), light((drawn && under(drawn)) || behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) weak.add(`${element.tagName}.${element.className} ${ratio.toFixed(2)}`);
  }
  return [...weak];
};

try {
  for (const file of readdirSync("fixtures").filter((name) => name.endsWith(".yaml")).sort()) {
    const model = join("fixtures", file);
    const name = basename(file, ".yaml");
    const page_file = join(folder, `${name}.html`);
    execFileSync(keyplan, ["report", model, "--today", "2026-11-22", "-o", page_file]);
    for (const [device, width, height] of [["desktop", 1280, 900], ["phone", 390, 844]]) {
      for (const colorScheme of ["light", "dark"]) {
        const where = `${name} ${device} ${colorScheme}`;
        const context = await browser.newContext({ viewport: { width, height }, colorScheme });
        const page = await context.newPage();
        page.on("console", (message) => check(message.type() !== "error", `${where}: ${message.text()}`));
        page.on("pageerror", (error) => check(false, `${where}: ${error}`));
        const url = pathToFileURL(page_file).href;
        page.on("request", (request) => check(request.url() === url, `${where}: asks for ${request.url()}`));
        await page.goto(url);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        check(wide <= 0, `${where}: the page is ${wide} pixels too wide`);
        const weak = await page.evaluate(contrast);
        check(weak.length === 0, `${where}: weak contrast: ${weak.join(", ")}`);
        if (shots) await page.screenshot({ path: join(shots, `${name}-${device}-${colorScheme}.png`), fullPage: true });
        await context.close();
      }
    }
    const page = await browser.newPage();
    await page.goto(pathToFileURL(page_file).href);
    const factors = await page.evaluate(() => JSON.parse(document.getElementById("figures").textContent).factors);
    check(factors.length > 10, `${name}: the slider has few places`);
    for (const scale of factors) {
      await page.evaluate((scale) => {
        const figures = JSON.parse(document.getElementById("figures").textContent);
        const traffic = document.getElementById("traffic");
        traffic.value = figures.factors.indexOf(scale);
        traffic.dispatchEvent(new Event("input"));
      }, scale);
      const shown = await page.textContent(".tile.wide dd");
      const answer = execFileSync(keyplan, ["cost", model, "--scale", `${scale}x`], { encoding: "utf8" });
      const wanted = /: (cost not known|(?:at least )?[\d.,]+|< 0.0001)/.exec(answer)[1].replace("cost not known", "not known");
      check(shown.replace(" USD", "").trim() === wanted, `${name} at ${scale}x: ${shown} is not ${wanted}`);
    }
    // The slider moves by keys, and says where it is.
    await page.focus("#traffic");
    await page.keyboard.press("Home");
    const said = await page.getAttribute("#traffic", "aria-valuetext");
    check(said.startsWith(`${factors[0]} times`), `${name}: the slider says ${said}`);
    // The search leaves what it finds, and nothing else.
    await page.fill("#search", "no such words anywhere");
    check((await page.locator("[data-find]:visible").count()) === 0, `${name}: the search hides nothing`);
    await page.fill("#search", "");
    // A column sorts both ways.
    const heading = page.locator("#patterns th button").first();
    await heading.click();
    check((await page.getAttribute("#patterns thead th", "aria-sort")) === "ascending", `${name}: does not sort`);
    await page.close();
  }
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

if (problems.length) {
  console.error(problems.join("\n"));
  process.exit(1);
}
console.log("reports hold in the browser");
