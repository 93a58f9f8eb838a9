import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeTextAtomic } from '../../harness/store/atomic.js';
import { figures } from '../figures/figures.js';
import { standaloneSvg } from '../figures/standalone.js';
import type { Report } from '../report/model.js';
import { png } from './png.js';

/**
 * Every figure of a report into a folder: `<id>.svg` and `<id>.png`, its data as `<id>.csv`, and its
 * Vega-Lite specification as `<id>.vl.json`, from which another program draws it in its own way.
 */
export async function writeFigures(report: Report, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const figure of (await figures(report)).values()) {
    const svg = standaloneSvg(figure);
    writeTextAtomic(join(folder, `${figure.id}.svg`), svg);
    writeTextAtomic(join(folder, `${figure.id}.png`), await png(svg));
    writeTextAtomic(join(folder, `${figure.id}.csv`), figure.csv);
    writeTextAtomic(join(folder, `${figure.id}.vl.json`), figure.spec);
  }
}
