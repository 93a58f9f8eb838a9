import { resolve } from 'node:path';
import { readExperiment } from '../store/read.js';
import { writeTextAtomic } from '../store/atomic.js';

export interface CompareFlags {
  readonly failOnRegression?: boolean;
  /** A Markdown file to write. */
  readonly out?: string;
}

/** Compares two result folders. @returns exit code: 1 for a regression where that was asked for */
export async function compareCommand(a: string, b: string, flags: CompareFlags, json: boolean, print: (text: string) => void): Promise<0 | 1> {
  const { compare } = await import('../../reports/compare/compare.js');
  const { toComparisonMarkdown, toText } = await import('../../reports/compare/text.js');
  const comparison = compare(readExperiment(resolve(a)), readExperiment(resolve(b)));
  if (flags.out !== undefined) writeTextAtomic(resolve(flags.out), toComparisonMarkdown(comparison));
  print(json ? `${JSON.stringify({ type: 'comparison', ...comparison })}\n` : toText(comparison));
  return flags.failOnRegression === true && comparison.regression ? 1 : 0;
}
