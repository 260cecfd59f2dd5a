// Runs axe over a page; what it finds is given as one line per element.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export async function violations(page) {
  await page.evaluate(source);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
      // Experimental: takes a number beside a name for a part of the name.
      rules: { "label-content-name-mismatch": { enabled: false } },
    }),
  );
  // CodeMirror's scroller holds its text, which takes the keyboard.
  const own = ({ target }) => !String(target).includes(".cm-scroller");
  return found.violations.flatMap((rule) =>
    rule.nodes.filter(own).map((node) => `${rule.id} (${rule.impact}): ${node.target.join(" ")}: ${node.failureSummary ?? rule.help}`),
  );
}
