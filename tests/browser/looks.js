// Looks at every page of the sample server: nothing is complained of, nothing is
// wider than the window, axe finds no fault of WCAG 2.2 A or AA; in light and
// dark, at 1280, 390 and 360 pixels. With a second argument screenshots go there.
//   cargo run -p stillwatch-web --example sample -- 8099
//   node looks.js http://127.0.0.1:8099 looks [page …]
import { mkdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { launch, complaints } from "./browser.js";

const [base = "http://127.0.0.1:8099", folder, ...only] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
const sizes = [[1280, 900], [390, 844], [360, 740]];
// Pixels of a long page that a screenshot shows.
const tallest = 1900;

const all = (await (await fetch(`${base}/`)).text()).split("\n");
const names = all.filter((name) => only.length === 0 || only.includes(name));
if (names.length === 0) throw new Error("no page to look at");
if (folder) await mkdir(folder, { recursive: true });

const browser = await launch();
let faults = 0;
for (const theme of ["light", "dark"]) {
  for (const [width, height] of sizes) {
    const context = await browser.newContext({ viewport: { width, height }, timezoneId: "UTC" });
    const page = await context.newPage();
    const found = complaints(page);
    for (const name of names) {
      const say = (words) => { faults += 1; console.log(`${name} ${theme} ${width}: ${words}`); };
      await page.goto(`${base}/${name}?theme=${theme}`, { waitUntil: "load" });
      const [wide, inline] = await page.evaluate(() => [
        document.documentElement.scrollWidth - document.documentElement.clientWidth,
        document.querySelectorAll("[style], style, script:not([src])").length,
      ]);
      if (wide > 0) say(`is ${wide} pixels too wide`);
      if (inline > 0) say(`has ${inline} in-line styles or scripts`);
      found.splice(0).forEach(say);
      if (folder && width !== 360) {
        const tall = await page.evaluate(() => document.documentElement.scrollHeight);
        const clip = { x: 0, y: 0, width, height: Math.min(tall, tallest) };
        await page.screenshot({ path: `${folder}/${name}-${theme}-${width}.png`, fullPage: true, clip });
      }
      if (width === 360 || (width === 390 && theme === "dark")) continue;
      // The debugger puts axe in; the page's policy does not hold it.
      await page.evaluate(axe);
      const result = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: "tag", values } }), values);
      for (const { id, help, nodes } of result.violations) {
        const why = (node) => [...node.any, ...node.all, ...node.none][0]?.message ?? "";
        say(`${id}: ${help}: ${nodes.slice(0, 3).map((node) => `${node.target.join(" ")} [${why(node)}]`).join("; ")}`);
      }
    }
    await context.close();
  }
}
await browser.close();
console.log(`${names.length} pages, ${sizes.length} widths, 2 themes: ${faults === 0 ? "no fault" : `${faults} faults`}`);
process.exit(faults === 0 ? 0 : 1);
