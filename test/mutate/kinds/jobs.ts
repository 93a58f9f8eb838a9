import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Rng } from '../../../harness/rng.js';
import { changeTree, type Json, several, textOf } from '../changes.js';
import type { Kind } from './kind.js';
import { onTable } from './table.js';

/** Seconds' worth of every kind of run: on a table, and on texts of one's own. */
const EXPERIMENTS = [
  onTable('table', 1, { more: 'budget: { maxSteps: 10, maxSeconds: 5 }\n' }),
  `name: texts
seeds: [3]
dataset:
  name: jsonl
  params: { file: pairs.jsonl, heldoutShare: 0.3, maxPromptTokens: 16, maxCompletionTokens: 16 }
policy: { width: 8, layers: 1, heads: 2 }
collect: { pairs: 16, heldoutPairs: 4 }
stages:
  sft: { algorithm: sft, params: { epochs: 1, batchSize: 4 } }
  dpo: { algorithm: dpo, start: sft, params: { epochs: 1, batchSize: 4, learningRate: 0.001 } }
  reward: { algorithm: bt-reward, start: sft, params: { epochs: 1, batchSize: 4, normalisationSamples: 4 } }
  best-of-n: { algorithm: best-of-n, start: sft, reward: reward, params: { n: 2 } }
evaluation: { every: 2, prompts: 4, testPrompts: 4, proxy: reward }
engine: { threads: 1 }
checkpointEvery: 2
`,
];
const pairs = Array.from({ length: 40 }, (_, i) =>
  JSON.stringify({ prompt: `question ${i}`, chosen: ` yes ${i}`, rejected: ' no' }),
).join('\n');

/** An experiment file with one to four changes, most of which are still read. @returns what they are */
function changed(path: string, rng: Rng): string {
  const tree = parse(rng.pick(EXPERIMENTS)) as Json;
  const said: string[] = [];
  for (let n = several(rng); n > 0; n--) said.push(changeTree(tree, rng));
  writeFileSync(path, textOf(tree, { nan: '.nan', inf: '.inf' }));
  return said.join(', ');
}

function kind(argvOf: (path: string, out: string) => readonly string[]): Kind {
  return {
    startsRuns: true,
    prepare() {},
    make(dir, rng) {
      writeFileSync(join(dir, 'pairs.jsonl'), pairs);
      const path = join(dir, 'own.yaml');
      const what = changed(path, rng);
      return { what, argv: argvOf(path, join(dir, 'out')) };
    },
  };
}

/** Experiment files that are run. */
export const runs = kind((path, out) => ['run', path, '--out', out]);

const FEW = ['--configurations', '1', '--strengths', '1', '--rates', '2', '--further', '1'];

/** Experiment files whose grids are looked for. */
export const tunes = kind((path, out) => ['tune', path, '--folder', out, ...FEW]);
