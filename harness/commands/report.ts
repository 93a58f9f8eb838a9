import type { Register } from './io.js';

/** Builds the report of an output folder; returns the path to show. */
export async function buildReport(dir: string): Promise<string> {
  const reports = await import('../../reports/build.js');
  return (await reports.buildReport(dir)).html;
}

export const reportCommand: Register = (add, io) => {
  add('report')
    .argument('<dir>', 'the --out folder of a run')
    .description('rebuild the report from the stored rows')
    .action(async (dir: string) => {
      const path = await buildReport(dir);
      io.tell({ type: 'report', path, dir }, path);
    });
};
