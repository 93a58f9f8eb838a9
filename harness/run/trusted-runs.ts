import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { storePaths } from '../store/layout.js';
import { readExperiment } from '../store/read.js';
import { isFinal } from './final.js';
import type { ResumeOptions } from './kind.js';
import { readSuite } from './suite.js';
import { modulesOf, requireTrusted } from './trust.js';

/** @throws TiltyardError where a suite, or runs that have not ended, would run code that nobody named */
export function requireTrustedRuns(dir: string, { trust, retryFailed }: ResumeOptions): void {
  const suite = existsSync(storePaths(dir).suite) ? readSuite(dir) : null;
  if (suite !== null) requireTrusted(dir, [{ kind: 'suite', module: suite.module }], trust);
  for (const folder of suite === null ? [dir] : suite.members.map((member) => join(dir, member))) {
    const left = readExperiment(folder).runs.filter((run) => !isFinal(run, retryFailed));
    requireTrusted(dir, modulesOf(left.map(({ spec }) => spec)), trust);
  }
}
