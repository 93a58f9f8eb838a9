import type { Register } from './io.js';
import { collected, TRUST } from './options.js';

interface ExportFlags {
  readonly format: string;
  readonly out?: string;
  readonly standalone?: boolean;
  readonly force?: boolean;
  readonly trust: string[];
}

export const exportCommand: Register = (add, io) => {
  add('export')
    .argument('<dir>', 'the --out folder of a run')
    .description(
      'write the results as LaTeX tables, TensorBoard event files, one CSV row for every logged number, or ' +
        'the figures as SVG and PNG, with their data',
    )
    .requiredOption('--format <name>', 'latex, tensorboard, csv or figures')
    .option('--out <path>', 'where to (default: in <dir>/export)')
    .option('--standalone', 'LaTeX: a whole document')
    .option('--force', 'write over what is there')
    .option('--trust <module>', TRUST, collected, [])
    .action(async (dir: string, { format, ...flags }: ExportFlags) => {
      const { exportResults } = await import('../../reports/export/export.js');
      const path = await exportResults(dir, format, flags);
      io.tell({ type: 'export', format, path }, path);
    });
};
