import type { BuiltReport } from '../run/host.js';
import { asTyped } from '../run/progress/as-typed.js';
import { plain } from '../run/progress/plain.js';
import type { Io, Register } from './io.js';
import { collected, TRUST } from './options.js';

/** Builds the report of an output folder. */
export async function buildReport(dir: string, trusted: readonly string[]): Promise<BuiltReport> {
  const reports = await import('../../reports/build.js');
  const { html, headline, damages } = await reports.buildReport(dir, trusted);
  return { path: html, headline, damages };
}

/** Says what a report says at its top of a folder that is not whole. @returns whether it is */
export function sayDamages(dir: string, damages: readonly string[], { stderr }: Io): boolean {
  for (const sentence of damages) stderr.write(`${asTyped(plain(`${dir}: ${sentence}`))}\n`);
  return damages.length === 0;
}

export const reportCommand: Register = (add, io) => {
  add('report')
    .argument('<dir>', 'the --out folder of a run')
    .description('make the report of a folder again, from what its runs have stored')
    .option('--trust <module>', TRUST, collected, [])
    .action(async (dir: string, { trust }: { trust: string[] }) => {
      const { path, damages } = await buildReport(dir, trust);
      if (!sayDamages(dir, damages, io)) io.exitWith(2);
      io.tell({ type: 'report', path, dir, ...(damages.length === 0 ? {} : { damages }) }, path);
    });
};
