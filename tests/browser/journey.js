// The way of a new user, in a real browser against the real program: sign in,
// new sensor, its code, the sensor registers and hears, a heard range is ticked,
// assets appear, one is questioned down to its evidence; a rule pack is refused, and
// another is put in force.
//   node journey.js PROGRAM PROGRAM-OF-IMAGE-BUILD [FOLDER FOR SCREENSHOTS]
import { spawn, execFileSync } from "node:child_process";
import { copyFile, mkdtemp, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { launch, complaints } from "./browser.js";

const [program, packer, folder] = process.argv.slice(2);
if (!packer) throw new Error("usage: node journey.js PROGRAM PROGRAM-OF-IMAGE-BUILD [FOLDER]");
if (folder) await mkdir(folder, { recursive: true });
const place = await mkdtemp(join(tmpdir(), "stillwatch-journey-"));
const children = [];

// Starts the program; `until` is waited for on its output and given back.
function start(args, until) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let text = "";
  return new Promise((resolve, reject) => {
    const seen = (part) => {
      text += part;
      const found = text.match(until);
      if (found) resolve({ child, text, found });
    };
    child.stdout.on("data", seen);
    child.stderr.on("data", seen);
    child.on("exit", (code) => reject(new Error(`stillwatch ${args[0]} ended with ${code}:\n${text}`)));
    setTimeout(() => reject(new Error(`stillwatch ${args[0]} did not say ${until}:\n${text}`)), 60_000).unref();
  });
}

let current;
let steps = 0;
function step(words) {
  steps += 1;
  console.log(`ok ${steps} ${words}`);
}

async function shot(page, name) {
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`) });
}

// A rule pack of one table, signed by a new key; gives its path and that of the public key.
async function pack(name, version) {
  const keys = join(place, `${name}-keys`);
  const file = join(place, `${name}.update`);
  const run = (...args) => execFileSync(packer, args, { stdio: "pipe" });
  run("keys", "--out", keys);
  const named = (end, names) => join(keys, names.find((one) => one.endsWith(end)));
  const names = await readdir(keys);
  run("rules", "--version", version, "--out", file, "names.tsv");
  run("sign", "--key", named(".key", names), "--expires", "2099-01-01", file);
  return { file, key: named(".pub", names) };
}

async function journey() {
  await start(["demo", "--keep", join(place, "demo.pcap")], /assets:/).catch((error) => {
    // It ends by itself; what counts is that the capture is there.
    if (!String(error).includes("ended with 0")) throw error;
  });
  const platform = await start(
    ["platform", "--data", join(place, "platform"), "--listen", "127.0.0.1:0", "--sensor-listen", "127.0.0.1:0", "--plain-http"],
    /platform: +(\S+)\s+Sensors: +(\S+)[\s\S]*password\s+(\S+)/,
  );
  const [, address, sensors, password] = platform.found;
  const base = address.replace(/\/$/, "");
  const port = sensors.split(":").pop();
  step(`the platform is at ${base} and printed a password once`);

  const browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, timezoneId: "UTC" });
  const page = await context.newPage();
  current = page;
  const found = complaints(page);
  const press = (words) => page.getByRole("button", { name: words, exact: true }).click();

  await page.goto(`${base}/inventory`);
  await page.locator("#name").fill("admin");
  await page.locator("#password").fill("not the password");
  await press("Sign in");
  await page.getByText("wrong name or password").waitFor();
  found.length = 0; // the browser complains of the 401 that was meant
  await page.locator("#password").fill(password);
  await press("Sign in");
  await page.locator("#old").fill(password);
  await page.locator("#new").fill("four plain words here");
  await page.locator("#again").fill("four plain words here");
  await press("Change password");
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  step("signed in; a wrong password is refused, the first one had to be changed");

  await page.goto(`${base}/`);
  await shot(page, "first-run");
  await page.goto(`${base}/sensors/new`);
  await page.locator("#name").fill("hq-core-1");
  await press("Make sensor and code");
  const code = (await page.locator("#code").innerText()).trim();
  if (!/^\d{4}-\d{4}-\d{4}-\d{4}$/.test(code)) throw new Error(`this is no code: ${code}`);
  await shot(page, "code");
  step("a sensor was made; its code is shown");

  const state = ["--state", join(place, "sensor")];
  const way = ["--platform", `127.0.0.1:${port}`, ...state];
  const wrong = code.slice(0, -4) + (code.endsWith("0000") ? "0001" : "0000");
  await start(["register", wrong, ...way], /a digit is wrong|16 digits/);
  await start(["register", code, ...way], /Registered as hq-core-1/);
  await start(["register", code, "--anew", ...way], /E13/);
  step("a typing error is found on the box, the code registers it, and is dead afterwards (E13)");

  await start(["run", "--replay", join(place, "demo.pcap"), "--speed", "4", "--rounds", "0", ...state], /platform: connected/);
  await page.goto(`${base}/sensors`);
  await page.getByRole("link", { name: "hq-core-1" }).first().click();
  const sensor = page.url();
  const until = Date.now() + 60_000;
  while (!(await page.getByText("10.20.0.0/24").count())) {
    if (Date.now() > until) throw new Error("the sensor's page names no heard range");
    await page.waitForTimeout(500);
    await page.goto(sensor);
  }
  await shot(page, "sensor-holding");
  await page.goto(`${base}/inventory`);
  if (await page.locator("tbody a[href^='/assets/']").count()) throw new Error("there are assets before a range is configured");
  step("the sensor is alive and tells ranges, and no asset before one is configured");

  await page.goto(`${base}/configuration`);
  for (const range of ["10.20.0.0/24", "10.30.0.0/24"]) await page.locator(`input[name=range][value='${range}']`).first().check();
  await shot(page, "heard-ranges");
  const ticked = Date.now();
  await press("Inventory these");
  while (!(await page.locator("tbody a[href^='/assets/']").count())) {
    if (Date.now() > ticked + 60_000) throw new Error("no asset within a minute of the tick");
    await page.goto(`${base}/inventory`);
  }
  step(`heard ranges were ticked; the first asset stood in the inventory ${((Date.now() - ticked) / 1000).toFixed(1)} s later`);

  const plc = `${base}/inventory?q=${encodeURIComponent("type:plc")}`;
  while (!(await page.locator("tbody a[href^='/assets/']").count()) || !page.url().includes("plc")) {
    if (Date.now() > ticked + 90_000) throw new Error("no PLC within a minute and a half");
    await page.goto(plc);
    await page.waitForTimeout(300);
  }
  await page.goto(`${base}/inventory`);
  await shot(page, "inventory");
  await page.goto(plc);
  await page.locator("tbody a[href^='/assets/']").first().click();
  await page.getByRole("link", { name: "Evidence" }).first().click();
  const model = page.locator("details").filter({ hasText: "Model" }).first();
  if (!(await model.locator(".sentence").first().isVisible())) await model.locator("summary").first().click();
  await model.locator(".sentence").first().waitFor();
  await shot(page, "evidence");
  const evidence = await page.locator("main").innerText();
  if (!/@\d/.test(evidence)) throw new Error("the evidence names no rule");
  step("a PLC was found by query and questioned down to rule and observation");

  const proof = page.url();
  const [ours, foreign] = [await pack("ours", "2026.11.1"), await pack("foreign", "2026.11.2")];
  await copyFile(ours.key, join(place, "platform", "keys", "ours.pub"));
  const text = join(place, "notes.txt");
  await writeFile(text, "no pack\n");
  await page.goto(`${base}/updates`);
  for (const [file, words] of [
    [text, "this is no update bundle"],
    [foreign.file, "signed with a key that is not among keys/*.pub"],
  ]) {
    await page.locator("#rules-file").setInputFiles(file);
    await press("Upload the rule pack");
    const problem = page.locator("#rules-file-problem", { hasText: words });
    await problem.waitFor();
    const { y } = await problem.boundingBox();
    if (y < 0 || y > 860) throw new Error(`why the pack is refused is out of sight, at ${y}`);
  }
  await shot(page, "rules-refused");
  found.splice(0, found.length, ...found.filter((words) => !words.includes("422")));
  await page.locator("#rules-file").setInputFiles(ours.file);
  await press("Upload the rule pack");
  await page.getByRole("button", { name: "Take 2026.11.1 back" }).waitFor();
  await shot(page, "rules-in-force");
  const installed = Date.now();
  do {
    if (Date.now() > installed + 20_000) throw new Error("no evidence was made with the rule pack");
    await page.goto(proof);
  } while (!(await page.locator("main").innerText()).includes("2026.11.1"));
  step("a file that is no rule pack and one of a foreign key are refused beside the field; ours is in force, evidence says so");

  await page.goto(`${base}/inventory?q=${encodeURIComponent("type:(")}`);
  if (!(await page.locator("main").innerText()).match(/expected|want|here/i)) throw new Error("a wrong query is not explained");
  found.splice(0, found.length, ...found.filter((words) => !words.includes("400")));
  await page.goto(`${base}/`);
  await shot(page, "home");
  step("a wrong query is explained");
  if (found.length) throw new Error(`the browser complained:\n${found.join("\n")}`);
  step("the browser complained of nothing");
  await browser.close();
}

let failed = 0;
try {
  await journey();
} catch (error) {
  failed = 1;
  console.error(error);
  if (current && folder) await current.screenshot({ path: join(folder, "failed.png") }).catch(() => {});
  if (current) console.error(current.url(), (await current.locator("body").innerText().catch(() => "")).slice(0, 1_500));
}
for (const child of children) if (child.exitCode === null) child.kill("SIGINT");
await new Promise((resolve) => setTimeout(resolve, 1_500));
for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
await rm(place, { recursive: true, force: true });
console.log(`${steps} passed, ${failed} failed`);
process.exit(failed);
