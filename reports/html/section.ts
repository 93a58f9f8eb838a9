/** A section, or nothing where it has no content but hints. */
export function section(id: string, title: string, ...content: readonly string[]): string {
  const isBare = (part: string): boolean => part.replace(/^<p class="hint">.*?<\/p>/s, '') === '';
  if (content.every(isBare)) return '';
  return `<section id="${id}"><h2>${title}</h2>\n${content.filter(Boolean).join('\n')}\n</section>\n`;
}

/** A section that is closed until somebody wants it: its heading opens it, and so does a link to it. */
export const closed = (whole: string): string =>
  whole.replace(
    /^<section id="([^"]*)"><h2>(.*?)<\/h2>([\s\S]*)<\/section>\n$/,
    '<details class="fold"><summary><h2>$2</h2></summary><section id="$1">$3</section></details>\n',
  );

/** How to read what follows. */
export const hint = (html: string): string => `<p class="hint">${html}</p>`;

export const list = (items: readonly string[]): string =>
  `<ul>${items.map((item) => `<li>${item}</li>`).join('')}</ul>`;

export const details = (summary: string, content: string): string =>
  `<details><summary>${summary}</summary>${content}</details>`;

/** A list whose first entries are open and whose rest is folded. */
export function folded(items: readonly string[], open: number, most: number): string {
  const verdicts = (part: readonly string[]): string =>
    `<ul class="verdicts">${part.map((item) => `<li>${item}</li>`).join('')}</ul>`;
  if (items.length <= open) return items.length === 0 ? '' : verdicts(items);
  const cut = items.length > most ? hint(`${items.length - most} more are in report.json.`) : '';
  const shown = open > 0 ? verdicts(items.slice(0, open)) : '';
  return `${shown}${details(`${items.length - open} more`, `${verdicts(items.slice(open, most))}${cut}`)}`;
}
