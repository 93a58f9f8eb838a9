// Plugins of Tiltyard beside the same losses trained outside by TRL, from one start on the same pairs in the
// same order: losses step by step, log-ratios of the trained models, and what a comparison makes of them
// beside an A/A control, which is the same plugin with other randomness.
//
// Usage: npm run build && TILTYARD_PYTHON=python3 node test/peers/trl_external.mjs [options]
//   --seeds N        default 5
//   --rate X         learning rate; default 3e-4, that of the plugins
//   --out DIR        keeps the results folder; default a temporary one
//   --from DIR       reads a folder that an earlier --out has kept, and runs nothing
//   --report FILE    the page: reports/reference/external.md
// Exits with 1 where a loss differs by 1e-3 or a log-ratio by 1e-2 or more; without TRL it exits with 0.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { stringify } from 'yaml';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist', 'harness', 'cli.js');
const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '5' },
    rate: { type: 'string', default: '3e-4' },
    out: { type: 'string' },
    from: { type: 'string' },
    report: { type: 'string' },
  },
});
const LOSS = 1e-3;
const RATIO = 1e-2;
/** The bar is one of this loss; what rounding comes to in others is shown. */
const HELD = 'dpo';
const EARLY = 20;
const python = process.env.TILTYARD_PYTHON ?? 'python3';
if (values.from === undefined && spawnSync(python, ['-c', 'import trl']).status !== 0) {
  console.log(`skipped: ${python} cannot import trl (set TILTYARD_PYTHON)`);
  process.exit(0);
}

/** 200 steps of 16 pairs: 1,600 pairs, twice. */
const params = { batchSize: 16, epochs: 2, learningRate: Number(values.rate) };
const PAIRS = [
  ['dpo', 'trl-dpo', 'rewards/margins'],
  ['ipo', 'trl-ipo', 'rewards/margins'],
];
const experiment = {
  name: 'outside',
  seeds: Number(values.seeds),
  dataset: { name: 'reviews', params: { trainPrompts: 512, validationPrompts: 64, testPrompts: 128 } },
  policy: { kind: 'transformer', width: 64, layers: 2, heads: 2 },
  collect: { from: 'base', pairs: 1600, heldoutPairs: 256 },
  stages: {
    base: { algorithm: 'sft', completions: 'corpus', params: { epochs: 2 } },
    dpo: { algorithm: 'dpo', start: 'base', params: { ...params, beta: 0.1 }, control: true },
    'trl-dpo': { algorithm: 'trl-dpo', start: 'base', params: { ...params, beta: 0.1 } },
    ipo: { algorithm: 'ipo', start: 'base', params: { ...params, beta: 0.2, logps: 'mean' } },
    'trl-ipo': { algorithm: 'trl-ipo', start: 'base', params: { ...params, beta: 0.2 } },
  },
  evaluation: { every: 0, prompts: 64, testPrompts: 128, samplesPerPrompt: 2 },
  tuning: { equal: false },
};

const temporary = mkdtempSync(join(tmpdir(), 'tiltyard-outside-'));
const out = values.from ?? values.out ?? join(temporary, 'out');
if (values.from === undefined) {
  const file = join(temporary, 'outside.yaml');
  writeFileSync(file, stringify(experiment));
  const { status } = spawnSync(process.execPath, [cli, 'run', file, '--out', out, '--jobs', '1'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

const lines = (path) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const runs = readdirSync(join(out, 'runs')).map((id) => {
  const dir = join(out, 'runs', id);
  const spec = JSON.parse(readFileSync(join(dir, 'run.json'), 'utf8'));
  const ended = existsSync(join(dir, 'outcome.json'));
  return { dir, spec, outcome: ended ? JSON.parse(readFileSync(join(dir, 'outcome.json'), 'utf8')) : null };
});
const of = (label, seed) => runs.find(({ spec }) => spec.label === label && spec.seed === seed);
/** Seeds of which every run has ended: a folder may be read before all have. */
const seeds = [...new Set(runs.map(({ spec }) => spec.seed))]
  .filter((seed) => runs.every(({ spec, outcome }) => spec.seed !== seed || outcome?.outcome === 'completed'))
  .sort((a, b) => a - b);
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), 0);
const mean = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const spread = (numbers) => {
  const m = mean(numbers);
  return Math.sqrt(numbers.reduce((sum, x) => sum + (x - m) ** 2, 0) / Math.max(1, numbers.length - 1));
};

/** log pi of rows under a model, in one order. */
function logps(model, rows) {
  const { stdout, stderr, status } = spawnSync(process.execPath, [cli, 'logps', model, rows], {
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

/** Test rows: what either model of a seed drew on test prompts, and both sides of the held-out pairs. */
function testRows(seed, labels) {
  const samples = labels.flatMap((label) => lines(join(of(label, seed).dir, 'samples.jsonl')));
  const pairs = lines(join(of('collect', seed).dir, 'heldout.jsonl'));
  const path = join(temporary, `rows-${seed}.jsonl`);
  const texts = [
    ...samples.map(({ prompt, completion }) => ({ prompt, completion })),
    ...pairs.flatMap(({ prompt, chosen, rejected }) => [
      { prompt, completion: chosen },
      { prompt, completion: rejected },
    ]),
  ].filter(({ completion }) => completion !== '');
  writeFileSync(path, texts.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return path;
}

const sumOf = ({ sum }) => sum;
const shown = (x) => (Math.abs(x) < 1e-3 ? x.toExponential(1) : x.toFixed(4));
const found = PAIRS.map(([own, outside, margins]) => {
  const each = seeds.map((seed) => {
    const [a, b] = [of(own, seed), of(outside, seed)];
    const [here, there] = [a, b].map(({ dir }) => lines(join(dir, 'steps.jsonl')));
    if (here.length !== there.length) throw new Error(`${here.length} steps here, ${there.length} there`);
    const apart = (name, steps = here.length) =>
      most(here.slice(0, steps).map((row, i) => Math.abs(row.metrics[name] - there[i].metrics[name])));
    const rows = testRows(seed, [own, outside]);
    const [logpHere, logpThere] = [a, b].map(({ dir }) => logps(join(dir, 'model'), rows).map(sumOf));
    // Both have the same start, so that the difference of log-ratios is that of log-probabilities.
    const ratios = logpHere.map((x, i) => Math.abs(x - logpThere[i]));
    const test = (run) => lines(join(run.dir, 'evals.jsonl')).find(({ split }) => split === 'test');
    return {
      seed,
      steps: here.length,
      first: here[0].metrics.loss,
      early: apart('loss', EARLY),
      loss: apart('loss'),
      norm: apart('grad_norm'),
      margins: apart(margins),
      rows: ratios.length,
      ratio: most(ratios),
      gold: test(b).goldReward.mean - test(a).goldReward.mean,
      win: test(b).winRate.mean - test(a).winRate.mean,
      flops: b.outcome.ledger.flops.update / a.outcome.ledger.flops.update,
      tokens: [a, b].map(({ outcome }) => outcome.ledger.tokensTrained),
      seconds: [a, b].map(({ outcome }) => outcome.clock.seconds.update),
      versions: b.outcome.clock.trainer.versions,
    };
  });
  return { own, outside, each };
});
const control = seeds.map((seed) => {
  const test = (label) =>
    lines(join(of(label, seed).dir, 'evals.jsonl')).find(({ split }) => split === 'test');
  const [a, b] = [test('dpo'), test('dpo (A/A)')];
  return { gold: b.goldReward.mean - a.goldReward.mean, win: b.winRate.mean - a.winRate.mean };
});

const page = [];
const say = (...parts) => page.push(parts.join(''));
const cells = (values) => say('| ', values.join(' | '), ' |');
const spreadOf = (numbers) => `${shown(mean(numbers))} (standard deviation ${shown(spread(numbers))})`;
for (const { own, outside, each } of found) {
  cells([
    `${own} and ${outside}: seed`,
    'steps',
    'loss at step 1',
    `largest difference of a loss, first ${EARLY} steps`,
    'all steps',
    'of a gradient norm',
    'of a margin',
    'test rows',
    'largest difference of a log-ratio, nats',
    'gold reward',
    'win rate',
  ]);
  cells(Array.from({ length: 11 }, () => '---'));
  for (const { seed, steps, first, early, loss, norm, margins, rows, ratio, gold, win } of each) {
    const apart = [first, early, loss, norm, margins].map(shown);
    cells([seed, steps, ...apart, rows, ...[ratio, gold, win].map(shown)]);
  }
  const of = (name) => each.map((row) => row[name]);
  const seconds = [0, 1].map((side) => mean(of('seconds').map((both) => both[side])).toFixed(1));
  say('');
  say(
    `${outside} less ${own} over ${seeds.length} seeds: gold reward ${spreadOf(of('gold'))}, `,
    `win rate ${spreadOf(of('win'))}. Completion tokens trained on: ${each[0].tokens.join(' and ')}. `,
    `FLOPs of the updates, by formula outside over counted here: ${mean(of('flops')).toFixed(2)}. `,
    `Seconds of the updates on a machine with other work, one thread: ${seconds.join(' here, ')} outside.`,
  );
  say('');
}
const { versions } = found[0].each[0];
say(
  `A/A, dpo with other randomness less dpo: gold reward ${spreadOf(control.map(({ gold }) => gold))}, `,
  `win rate ${spreadOf(control.map(({ win }) => win))}.`,
);
say('');
say(
  `Outside: ${Object.entries(versions)
    .map(([name, version]) => `${name} ${version}`)
    .join(', ')}.`,
);
console.log(page.join('\n'));

if (values.report !== undefined) {
  const text = readFileSync(values.report, 'utf8');
  const [before] = text.split('<!-- measured -->');
  writeFileSync(values.report, `${before}<!-- measured -->\n\n${page.join('\n')}\n`);
}
rmSync(temporary, { recursive: true, force: true });
const wrong = found
  .find(({ own }) => own === HELD)
  .each.filter(({ loss, ratio }) => loss >= LOSS || ratio >= RATIO);
if (wrong.length > 0) {
  console.error(`apart by more than ${LOSS} (losses) or ${RATIO} (log-ratios) in ${wrong.length} seeds`);
  process.exit(1);
}
