import { writeFileSync } from 'node:fs';

/** Writes 130 pairs whose chosen completions say yes and whose rejected ones say no: a judge can learn it. */
export function writeYesAndNo(path: string): void {
  const rows = Array.from({ length: 130 }, (_, i) =>
    JSON.stringify({ prompt: `q${i}?`, chosen: ` yes${i % 3}`, rejected: ` no${i % 4}` }),
  );
  writeFileSync(path, rows.map((row) => `${row}\n`).join(''));
}
