import { resolve } from 'node:path';
import { writeTextAtomic } from '../store/atomic.js';
import type { Register } from './io.js';
import { collected, TRUST } from './options.js';

interface CompareFlags {
  readonly failOnRegression?: boolean;
  /** A Markdown file to write. */
  readonly out?: string;
  readonly trust: string[];
}

export const compareCommand: Register = (add, io) => {
  add('compare')
    .argument('<a>', 'the --out folder of a run')
    .argument('<b>', 'another')
    .description('tell what changed from one result folder to another, by how much')
    .option(
      '--fail-on-regression',
      'exit 1 where an algorithm that finished now fails, or its reward by the data or a judge fell',
    )
    .option('--out <file>', 'also write it as Markdown')
    .option('--trust <module>', TRUST, collected, [])
    .action(async (a: string, b: string, { failOnRegression = false, out, trust }: CompareFlags) => {
      const { compareFolders, regressed, toRecords } = await import('../../reports/compare/folders.js');
      const { toComparisonMarkdown, toText } = await import('../../reports/compare/text.js');
      const compared = await compareFolders(resolve(a), resolve(b), trust);
      if (out !== undefined) writeTextAtomic(resolve(out), toComparisonMarkdown(compared));
      io.print(io.json ? toRecords(compared) : toText(compared));
      if (failOnRegression && regressed(compared)) io.exitWith(1);
    });
};
