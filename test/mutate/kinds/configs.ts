import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { packageRoot } from '../../../harness/environment.js';
import type { Kind } from './kind.js';
import { changeBytes, changeTree, type Json, several, textOf } from '../changes.js';

/** What YAML has that no experiment needs, and what breaks readers of it. */
const PIECES = [
  '&a ',
  '*a',
  '<<: *a',
  '&a [*a]',
  '!!js/function ',
  '!!binary ',
  '!!set {a, b}',
  '? ',
  '- ',
  ': ',
  '\t',
  '\n',
  '\r',
  '---\n',
  '...\n',
  '%YAML 1.1\n',
  '|\n',
  '>-\n',
  '{',
  ']',
  '"',
  "'",
  '#',
  '\0',
  '\xff',
  '\xef\xbb\xbf',
  '\xff\xfe',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
  '['.repeat(600),
  `x: ${'{a: '.repeat(80)}`,
  ' a: &a [1,1,1,1,1]\n b: &b [*a,*a,*a,*a]\n c: &c [*b,*b,*b,*b]\n d: [*c,*c,*c,*c,*c]\n',
  'k'.repeat(100_000),
  '- 1\n'.repeat(5000),
  Array.from({ length: 5000 }, (_, i) => `k${i}: 1\n`).join(''),
  '__proto__: { polluted: true }\n',
  '0x7fffffffffffffff',
  '.inf',
  '.nan',
  '2026-01-01',
  '1_000',
  '~',
];

const OVERRIDES = [
  '__proto__.x=1',
  'constructor.prototype.x=1',
  'stages.toString.algorithm=sft',
  'seeds=1e12',
  'seeds=[0,0]',
  '=',
  'a',
  '.=1',
  'stages..x=1',
  'stages=null',
  'dataset.name=&a *a',
  'name={a: [',
  'seeds=.nan',
  'engine.device=gpu',
  'dataset=[]',
  'stages.dpo.sweep.beta=[]',
];

let texts: readonly string[] = [];

/** Pairs and a tokenizer-free loader, so that files of the user's are among what a config names. */
const OWN = `name: own
seeds: 2
dataset: { name: jsonl, params: { file: pairs.jsonl, heldoutShare: 0.3, unusable: drop } }
policy: { width: 16, layers: 1, heads: 2 }
collect: { pairs: 20, heldoutPairs: 8 }
stages:
  sft: { algorithm: sft, params: { epochs: 1, learningRate: 0.00002 } }
  dpo: { algorithm: dpo, start: sft, sweep: { beta: [0.1, 0.3] }, control: true }
  judge: { algorithm: bt-reward, pairs: heldout }
  reward: { algorithm: bt-reward, start: sft }
  relabelled: { algorithm: dpo, start: sft, relabel: { by: reward, how: soft } }
  ppo: { algorithm: ppo-rlhf, start: sft, reward: reward, sweep: [{ klCoefficient: 0.05 }] }
evaluation: { judge: judge, every: 5 }
ladder: { offline: dpo, relabelled: relabelled, rl: ppo }
comparison: { budgets: [0.5, 1, 2], margin: 0.05 }
budget: { maxSteps: 10, maxSeconds: 5 }
`;
const pairs = Array.from({ length: 60 }, (_, i) =>
  JSON.stringify({ prompt: `question ${i}`, chosen: ` yes ${i}`, rejected: ' no' }),
).join('\n');

/** Experiment files, read by `check` and `inspect`. */
export const configs: Kind = {
  prepare() {
    const folder = join(packageRoot(), 'datasets', 'experiments');
    texts = [OWN, OWN, ...readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))];
  },
  make(dir, rng) {
    writeFileSync(join(dir, 'pairs.jsonl'), pairs);
    const text = rng.pick(texts);
    const said: string[] = [];
    let bytes = Buffer.from(text);
    if (rng.int(5) < 3) {
      const tree = parse(text) as Json;
      for (let n = several(rng); n > 0; n--) said.push(changeTree(tree, rng));
      bytes = Buffer.from(textOf(tree, { nan: '.nan', inf: '.inf' }));
    }
    if (said.length === 0 || rng.int(5) === 0) {
      for (let n = several(rng); n > 0; n--) bytes = Buffer.from(changeBytes(bytes, PIECES, rng));
      said.push('bytes');
    }
    const path = join(dir, rng.int(2) === 0 ? 'own.yaml' : 'own.json');
    writeFileSync(path, bytes);
    const set = rng.int(8) === 0 ? ['--set', rng.pick(OVERRIDES)] : [];
    const command = rng.int(8) === 0 ? ['inspect', path, '--rows', '1'] : ['check', path];
    const json = rng.int(8) === 0 ? ['--json'] : [];
    return { what: [...said, ...set].join(', '), argv: [...command, ...set, ...json] };
  },
};
