import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { root } from '../../support.js';

type Draft = Record<string, unknown> & { stages: Record<string, unknown> };

const text = readFileSync(join(root, 'datasets', 'experiments', 'smoke.yaml'), 'utf8');
let files = 0;

/** The smallest experiment with a change, in a file of its own. */
export function changedSmoke(dir: string, change: (draft: Draft) => void): string {
  const draft = parse(text) as Draft;
  change(draft);
  const path = join(dir, `experiment-${files++}.yaml`);
  writeFileSync(path, stringify(draft));
  return path;
}
