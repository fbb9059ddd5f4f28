// Uses the pages of FOLDER in a browser, as scripts/browser.sh has made them, and says what each check found.
//
//   node page.mjs FOLDER TOOLS        TOOLS holds node_modules/puppeteer-core and node_modules/axe-core
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [folder, tools] = process.argv.slice(2);
const installed = createRequire(pathToFileURL(path.resolve(tools) + "/"));
const puppeteer = installed("puppeteer-core");
const axe = fs.readFileSync(installed.resolve("axe-core/axe.min.js"), "utf8");
const images = process.env.IMAGES;
/** A click is answered, and a page is there, within so many ms. */
const QUICK = 200;

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-color-profile=srgb"],
});
let checks = 0;

/** Opens a page, hands it to `use`, and fails if it complained, fetched, or ran a name. */
async function open(name, { hash = "", width = 1280, height = 900, scheme = "light", script = true, phone = false, scale = 1 } = {}, use) {
  const tab = await browser.newPage();
  const complaints = [];
  tab.on("console", (message) => ["error", "warn"].includes(message.type()) && complaints.push(message.text()));
  tab.on("pageerror", (error) => complaints.push(String(error)));
  tab.on("dialog", (dialog) => complaints.push(`dialog ${dialog.message()}`));
  tab.on("request", (request) => /^(file|data):/.test(request.url()) || complaints.push(`request of ${request.url()}`));
  await tab.evaluateOnNewDocument(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  await tab.setJavaScriptEnabled(script);
  await tab.setViewport({ width, height, deviceScaleFactor: phone ? 2 : scale, isMobile: phone, hasTouch: phone });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  await tab.goto(pathToFileURL(path.resolve(folder, `${name}.html`)).href + hash, { waitUntil: "load" });
  await drawn(tab, script);
  await use(tab);
  if (script) assert.equal(await tab.evaluate(() => window.pwned), undefined, `${name}: a name ran`);
  assert.deepEqual(complaints, [], `${name}: complaints`);
  await tab.close();
}

/** Waits for what is drawn once it is seen. */
async function drawn(tab, script = true) {
  if (script) await tab.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))));
}

/** Goes to a section, as a reader would, and waits for it. */
async function goTo(tab, section) {
  await tab.$eval(section, (block) => block.scrollIntoView());
  await drawn(tab);
}

async function check(what, run) {
  const told = await run();
  checks++;
  console.log(`ok: ${what}${told ? `: ${told}` : ""}`);
}

const texts = (tab, selector) => tab.$$eval(selector, (all) => all.map((one) => one.textContent.trim()));
const hash = (tab) => tab.evaluate(() => decodeURIComponent(location.hash));

await check("without a script the tables are there, and the drawings are not", () =>
  open("stat_storm", { script: false }, async (tab) => {
    for (const id of ["try", "sites", "tails", "pool", "what-if", "basis"]) assert.ok(await tab.$(`#${id}`), id);
    assert.equal(await tab.$eval("#flames", (section) => getComputedStyle(section).display), "none");
    assert.ok((await tab.$$("#sites-rows tr")).length >= 1);
  }));

await check("rows say the same when the script draws them anew", async () => {
  let [written, rows] = ["", ""];
  const read = (tab) => tab.$$eval("#sites-rows tr", (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent).join("|")).join("\n"));
  for (const name of ["hundred", "stat_storm", "hostile", "merged"]) {
    await open(name, { script: false }, async (tab) => { written = await read(tab); });
    await open(name, {}, async (tab) => {
      await tab.select("#sites-bars", "share");
      // The drawn bars have titles, which count as text.
      await tab.$$eval("#sites-rows title", (titles) => titles.forEach((title) => title.remove()));
      rows = await read(tab);
    });
    assert.equal(rows, written, name);
  }
});

await check("a head sorts, the other way when clicked again", () =>
  open("thousand", {}, async (tab) => {
    const labels = () => texts(tab, "#sites-rows th");
    const before = await labels();
    await tab.click("th[data-sort=label] button");
    const up = await labels();
    assert.deepEqual(up, [...up].sort((a, b) => (a < b ? -1 : 1)));
    assert.notDeepEqual(up, before);
    await tab.click("th[data-sort=label] button");
    const down = await labels();
    assert.deepEqual(down, [...down].sort((a, b) => (a < b ? 1 : -1)));
    assert.equal(await tab.$eval("th[data-sort=label]", (head) => head.ariaSort), "descending");
    // With the keyboard.
    await tab.focus("th[data-sort=hops] button");
    await tab.keyboard.press("Enter");
    assert.equal(await tab.$eval("th[data-sort=hops]", (head) => head.ariaSort), "descending");
  }));

await check("a filter leaves what has all of its words, more are shown on demand", () =>
  open("thousand", {}, async (tab) => {
    assert.equal((await tab.$$("#sites-rows tr")).length, 25);
    await tab.click("#sites-more");
    assert.equal((await tab.$$("#sites-rows tr")).length, 125);
    await tab.type("#sites-filter", "HASH.rs job");
    const found = await texts(tab, "#sites-rows th");
    assert.equal(found.length, 125);
    assert.ok(found.every((label) => label.startsWith("hash.rs:")));
    assert.equal((await texts(tab, "#sites-shown"))[0], "200 of 1,000 sites");
    await tab.type("#sites-filter", " nothing of the kind");
    assert.equal((await tab.$$("#sites-rows tr")).length, 0);
  }));

await check("a site unfolds and has an address of its own", async () => {
  await open("thousand", {}, async (tab) => {
    const [label] = await texts(tab, "#sites-rows th");
    await tab.click("#sites-rows th a");
    assert.equal(await hash(tab), `#site=${label}`);
    assert.equal((await tab.$$("#sites-rows tr.inside")).length, 1);
    assert.equal((await texts(tab, "tr.inside tbody th")).join(), "naive,snapshot,native");
    await tab.click("tr.inside button");
    assert.equal(await tab.$eval("#tails-site", (select) => select.selectedOptions[0].textContent), label);
    await tab.click("#sites-rows th a");
    assert.equal((await tab.$$("#sites-rows tr.inside")).length, 0);
  });
  // Far beyond those that are shown at first.
  let last = "";
  await open("thousand", {}, async (tab) => {
    last = await tab.evaluate(() => JSON.parse(document.getElementById("sites-data").textContent).sites.at(-1).label);
  });
  await open("thousand", { hash: `#site=${encodeURIComponent(last)}` }, async (tab) => {
    assert.equal((await texts(tab, "tr[data-open] > th")).join(), last);
    assert.ok(await tab.$eval("tr[data-open]", (row) => row.getBoundingClientRect().top < innerHeight));
  });
  await open("thousand", { hash: "#site=no%20such&flame=%E0%A4%A" }, async (tab) => {
    assert.equal((await tab.$$("tr.inside")).length, 0);
  });
});

const frames = (tab) => tab.$$eval("#flames-drawing g", (all) => all.map((g) => ({ told: g.getAttribute("aria-label"), width: g.querySelector("rect").width.baseVal.value, found: g.classList.contains("found") })));
const clickFrame = (tab, start) => tab.$$eval("#flames-drawing g", (all, start) => all.find((g) => g.getAttribute("aria-label").startsWith(start)).dispatchEvent(new MouseEvent("click", { bubbles: true })), start);

await check("flamegraphs zoom by click and by keys, and keep time order", () =>
  open("hundred", { hash: "#flame=hop-naive" }, async (tab) => {
    const all = await frames(tab);
    const widest = Math.max(...all.map((frame) => frame.width));
    assert.ok(all[0].told.startsWith("naive: "), all[0].told);
    assert.equal(all[0].width, widest);
    // A site, then its phases.
    const site = all[1].told.split(": ")[0];
    await clickFrame(tab, `${all[1].told}`);
    const zoomed = await frames(tab);
    assert.equal(zoomed.find((frame) => frame.told === all[1].told).width, widest);
    assert.match(await hash(tab), /^#flame=hop-naive&zoom=/);
    const order = zoomed.map((frame) => frame.told.split(": ")[0]).filter((name) => ["submit", "start", "run", "publish", "resume", "transfer"].includes(name));
    assert.deepEqual(order, ["submit", "start", "run", "publish", "resume", "transfer"], site);
    await tab.$eval("#flames-drawing g[tabindex='0']", (frame) => frame.focus());
    for (const key of ["ArrowDown", "ArrowRight", "Enter"]) await tab.keyboard.press(key);
    assert.match(await hash(tab), /;start$/);
    await tab.keyboard.press("Escape");
    await tab.keyboard.press("Escape");
    assert.equal(await hash(tab), "#flame=hop-naive");
    await tab.click("#flames-phases input[value=backlog]");
    assert.ok((await frames(tab)).length >= all.length);
  }));

await check("a search marks frames and tells their share, and is in the address", async () => {
  let address = "";
  await open("stat_storm", { hash: "#flame=hop-naive" }, async (tab) => {
    await tab.type("#flames-search", "start");
    assert.ok((await frames(tab)).some((frame) => frame.found));
    assert.match((await texts(tab, "#flames-found"))[0], /^\d+ frames?, <?\d+(\.\d+)? % of all$/);
    address = await tab.evaluate(() => location.hash);
    await tab.click("#flames-reset");
    assert.ok((await frames(tab)).every((frame) => !frame.found));
  });
  await open("stat_storm", { hash: address }, async (tab) => {
    assert.ok((await frames(tab)).some((frame) => frame.found));
  });
});

await check("the transfer has exact counts, the difference both sides", async () => {
  await open("stat_storm", { hash: "#flame=transfer" }, async (tab) => {
    const told = (await frames(tab)).map((frame) => frame.told);
    assert.ok(told.some((text) => text.startsWith("naive: 5,000 per 1,000 transfers")), told.join("\n"));
    assert.ok(told.some((text) => text.startsWith("snapshot: 1,000 per 1,000 transfers")));
  });
  await open("stat_storm", { hash: "#flame=diff" }, async (tab) => {
    const told = (await frames(tab)).map((frame) => frame.told);
    assert.ok(told.includes("lock done: snapshot 0, naive 1,000 per 1,000 transfers"), told.join("\n"));
    assert.ok((await tab.$$("#flames-drawing .d-saved-3")).length >= 4);
    assert.match((await texts(tab, "#flames-legend"))[0], /blue: what the snapshot saves/);
  });
});

await check("time and tails are drawn and tell what is pointed at", () =>
  open("stat_storm", {}, async (tab) => {
    await goTo(tab, "#time");
    assert.equal((await tab.$$("#time-strips .strip")).length, 4);
    await tab.hover("#time-strips .strip svg");
    assert.match((await texts(tab, "#time-strips h3"))[0], /^Hops a second [\d,.]+ at /);
    await goTo(tab, "#tails");
    assert.ok((await tab.$$("#tails-drawing path.bars")).length >= 5);
  }));

await check("hostile names are text", () =>
  open("hostile", {}, async (tab) => {
    await tab.click("#sites-rows th a");
    for (const address of ["#flame=hop-naive", "#flame=diff&search=%3Cscript%3E", "#site=%3Cimg%20src=x%20onerror=alert(1)%3E"]) {
      await tab.evaluate((address) => { location.hash = address; }, address);
      await new Promise((done) => setTimeout(done, 50));
    }
    await goTo(tab, "#tails");
    await tab.hover("#flames-drawing g");
    for (const select of ["tails-site", "flames-picture"]) {
      for (const value of await tab.$$eval(`#${select} option`, (all) => all.map((option) => option.value))) await tab.select(`#${select}`, value);
    }
    assert.equal((await tab.$$("img, iframe, object, [onload], [onerror], [onmouseover]")).length, 0);
    const seen = await tab.$eval("main", (main) => main.textContent);
    assert.ok(seen.includes("<script>window.pwned = 1</script>"));
    assert.ok(!/[\u0000-\u0008\u001b\u202a-\u202e\u2066-\u2069]/.test(seen), "control or bidi characters");
  }));

await check("the policy stops a script that got in all the same", async () => {
  const tab = await browser.newPage();
  await tab.goto(pathToFileURL(path.resolve(folder, "hundred.html")).href);
  const ran = await tab.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.pwned = 1";
    document.body.append(script);
    document.body.insertAdjacentHTML("beforeend", "<b style='color: red' id=styled>x</b>");
    return [window.pwned ?? null, document.getElementById("styled").style.color];
  });
  assert.deepEqual(ran, [null, ""]);
  await tab.close();
});

await check("nothing is wider than a phone; an empty report, a log and a merged one say what they are", async () => {
  for (const name of ["stat_storm", "thousand", "hostile", "merged", "empty", "log", "lock_convoy"]) {
    await open(name, { width: 390, height: 844, phone: true }, async (tab) => {
      for (const section of ["#time", "#tails", "#flames"]) if (await tab.$(section)) await goTo(tab, section);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 390, `${name}: ${wide} px`);
      const banners = (await texts(tab, ".banner")).join(" ");
      const expected = { empty: /no hop ended/, log: /FROM A LOG/, merged: /3 processes added up/ }[name];
      if (expected) assert.match(banners, expected);
    });
  }
});

await check("text has contrast in light and dark", async () => {
  for (const scheme of ["light", "dark"]) {
    await open("stat_storm", { scheme }, async (tab) => {
      for (const section of ["#time", "#tails", "#flames"]) await goTo(tab, section);
      const poor = await tab.evaluate(() => {
        const rgb = (text) => text.match(/[\d.]+/g).slice(0, 3).map(Number);
        const light = (colour) => {
          const [r, g, b] = rgb(colour).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
        const paper = (node) => {
          for (let at = node; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if (!colour.includes("rgba(0, 0, 0, 0)")) return colour;
          }
          return "rgb(255, 255, 255)";
        };
        const html = [...document.querySelectorAll("h1, h2, h3, p, td, th, li, a, button, label, caption, dd, dt, output, span")]
          .filter((node) => node.textContent.trim() && node.getClientRects().length)
          .map((node) => [node.textContent.slice(0, 40), ratio(getComputedStyle(node).color, paper(node))]);
        const frames = [...document.querySelectorAll("#flames-drawing g:not(.above) text")]
          .map((text) => [text.textContent, ratio(getComputedStyle(text).fill, getComputedStyle(text.parentElement.previousElementSibling).fill)]);
        return [...html, ...frames].filter(([, ratio]) => ratio < 4.5);
      });
      assert.deepEqual(poor, [], scheme);
    });
  }
});

await check("axe-core finds nothing that hinders, at any width, light, dark, and unfolded", async () => {
  let rules = 0;
  for (const name of ["stat_storm", "hundred", "hostile", "merged", "empty", "log", "lock_convoy", "in_flight"]) {
    const others = ["stat_storm", "in_flight"].includes(name) ? [{ scheme: "dark" }, { width: 390, height: 844, phone: true }] : [];
    for (const options of [{}, ...others]) {
      await open(name, options, async (tab) => {
        for (const section of ["#time", "#tails", "#flames"]) if (await tab.$(section)) await goTo(tab, section);
        await tab.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
        if (await tab.$("#sites-rows th a")) await tab.$eval("#sites-rows th a", (link) => link.click());
        await tab.evaluate(axe);
        const { violations, passes } = await tab.evaluate(() => axe.run({ resultTypes: ["violations"] }));
        rules = Math.max(rules, violations.length + passes.length);
        const told = violations.filter(({ impact }) => impact !== "minor").map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0].html.slice(0, 200)}`);
        assert.deepEqual(told, [], `${name} ${JSON.stringify(options)}`);
      });
    }
  }
  return `${rules} rules`;
});

await check("what is cut at the side shows that there is more", async () => {
  let cut = 0;
  for (const name of ["stat_storm", "thousand", "hostile", "merged", "in_flight", "lock_convoy"]) {
    for (const width of [390, 800, 1100]) {
      await open(name, { width, phone: width === 390 }, async (tab) => {
        await tab.$$eval("details", (all) => all.forEach((one) => { one.open = true; }));
        if (await tab.$("#sites-rows th a")) await tab.$eval("#sites-rows th a", (link) => link.click());
        const wide = await tab.evaluate(() => [...document.querySelectorAll("main *")]
          .filter((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0 && ["auto", "scroll", "hidden"].includes(getComputedStyle(node).overflowX))
          .map((node) => [node.outerHTML.slice(0, 80), getComputedStyle(node).backgroundAttachment, node.tabIndex]));
        for (const [node, shade, tabIndex] of wide) {
          assert.ok(shade.includes("local") && shade.includes("scroll"), `${name} at ${width} px: ${node} has no shade`);
          assert.equal(tabIndex, 0, `${name} at ${width} px: no key scrolls ${node}`);
        }
        cut += wide.length;
      });
    }
  }
  assert.ok(cut > 0, "nothing was cut, so nothing was checked");
  return `${cut} tables and pieces of code`;
});

await check(`1,000 sites open and answer a click within ${QUICK} ms each`, async () => {
  const told = [];
  for (const name of ["hundred", "thousand"]) {
    const times = { open: [], sort: [], filter: [], flames: [], zoom: [], tails: [] };
    for (let i = 0; i < 5; i++) {
      await open(name, {}, async (tab) => {
        const click = (act) => tab.evaluate(async (act) => {
          const began = performance.now();
          const byId = (id) => document.getElementById(id);
          ({
            sort: () => document.querySelector("th[data-sort=run] button").click(),
            filter: () => {
              byId("sites-filter").value = "hash";
              byId("sites-filter").dispatchEvent(new Event("input"));
            },
            flames: () => byId("flames").scrollIntoView(),
            zoom: () => document.querySelectorAll("#flames-drawing g")[1].dispatchEvent(new MouseEvent("click", { bubbles: true })),
            tails: () => {
              byId("tails-site").selectedIndex = 50;
              byId("tails-site").dispatchEvent(new Event("change"));
            },
          })[act]();
          // Answered is what is on the screen: what is drawn once it is seen takes a second frame.
          for (let i = 0; i < 2; i++) await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
          return performance.now() - began;
        }, act);
        times.open.push(await tab.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd));
        for (const act of ["sort", "filter", "tails", "flames", "zoom"]) times[act].push(await click(act));
      });
    }
    // The quickest: neighbours only add to it.
    const quickest = Object.entries(times).map(([act, all]) => [act, Math.min(...all)]);
    const size = fs.statSync(path.join(folder, `${name}.html`)).size;
    told.push(`${name} (${(size / 1e6).toFixed(2)} MB) ${quickest.map(([act, ms]) => `${act} ${ms.toFixed(0)} ms`).join(", ")}`);
    for (const [act, ms] of quickest) assert.ok(ms < QUICK, `${name}: ${act} took ${ms.toFixed(0)} ms`);
  }
  return told.join("; ");
});

await check("on paper all of it is there, without what can only be clicked", () =>
  open("stat_storm", {}, async (tab) => {
    const pdf = await tab.pdf({ format: "A4", printBackground: true, margin: { top: "14mm", bottom: "14mm", left: "14mm", right: "14mm" } });
    fs.writeFileSync(path.join(folder, "page.pdf"), pdf);
    await tab.emulateMediaType("print");
    assert.equal(await tab.$eval("#sites-tools", (tools) => getComputedStyle(tools).display), "none");
    return `${(pdf.length / 1e3).toFixed(0)} KB`;
  }));

await check("paper says how many of how many sites it holds", async () => {
  const printed = (tab) => tab.$$eval(".on-paper, .plain", (all) => all.filter((one) => getComputedStyle(one).display !== "none").map((one) => one.textContent).join(" "));
  await open("thousand", {}, async (tab) => {
    assert.equal(await printed(tab), "");
    await goTo(tab, "#tails");
    await tab.emulateMediaType("print");
    assert.match(await printed(tab), /^975 of 1,000 sites are not printed; .* one of 1,000 sites/);
    await tab.emulateMediaType("screen");
    await tab.click("#sites-more");
    await tab.emulateMediaType("print");
    assert.match(await printed(tab), /^875 of 1,000 sites are not printed/);
  });
  await open("thousand", { script: false }, async (tab) => {
    await tab.emulateMediaType("print");
    assert.match(await printed(tab), /^975 of 1,?000 sites are not printed/);
  });
  await open("stat_storm", {}, async (tab) => {
    await tab.emulateMediaType("print");
    assert.equal((await printed(tab)).trim(), "");
  });
});

if (images) {
  /** Takes a picture of what is seen, or of a section with some room around it. */
  const shoot = (name, file, options = {}, section) => open(name, options, async (tab) => {
    for (const part of ["#time", "#tails", "#flames"]) await goTo(tab, part);
    if (options.media) await tab.emulateMediaType(options.media);
    await tab.evaluate(() => scrollTo(0, 0));
    let clip;
    if (section) {
      const box = await tab.$eval(section, (block) => {
        const { x, y, width, height } = block.getBoundingClientRect();
        return { x, y, width, height };
      });
      clip = { x: box.x - 24, y: box.y + 8, width: box.width + 48, height: Math.min(box.height + 16, options.most ?? Infinity) };
    }
    await tab.screenshot({ path: path.join(images, file), clip, captureBeyondViewport: Boolean(section) });
  });
  await shoot("stat_storm", "page-light.png", { height: 1400, scale: 0.75 });
  await shoot("stat_storm", "page-dark.png", { height: 1400, scale: 0.75, scheme: "dark" });
  await shoot("stat_storm", "page-phone.png", { width: 390, height: 844, phone: true });
  await shoot("stat_storm", "page-print.png", { width: 794, height: 1123, media: "print" });
  await shoot("hundred", "page-sites.png", { most: 640 }, "#sites");
  await shoot("stat_storm", "page-flames.png", { hash: "#flame=hop-naive" }, "#flames");
  await shoot("stat_storm", "page-diff.png", { hash: "#flame=diff" }, "#flames");
  for (const section of ["time", "tails", "what-if", "basis"]) await shoot("stat_storm", `page-${section}.png`, {}, `#${section}`);
}

await browser.close();
console.log(`browser: ${checks} checks passed`);
