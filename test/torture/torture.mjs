/**
 * Kills what works on an experiment, again and again at any moment, goes on, and holds what comes of it to an
 * uninterrupted run, byte for byte:
 *
 *   npm run torture -- --minutes 10 [--seed 1] [--kills 1000]
 *
 * Killed are the parent, a worker, both, or the parent by Ctrl-C, at moments drawn from the seed: while the
 * plan is laid out, at any step or checkpoint, while a report is built. Some plugins are copies outside of
 * what is built in, so that confined processes, and those that lay out for them and score them, are killed
 * too. Compared are every row, every model, each run's outcome with its ledger, and report.json, clocks aside
 * (test/same-results.mjs); the store must be whole. Exit 1 where anything differs, which then stays where the
 * last lines say.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist', 'harness', 'cli.js');
const HELP = `Kills runs at any moment, goes on, and holds what comes of them to an uninterrupted run.

  npm run torture -- [--minutes N] [--seed S] [--kills N]

Without options: a minute, seed 1, as many kills as come. Exit 1 where anything is lost or differs.
`;
const known = { minutes: 1, seed: 1, kills: Infinity };
const args = process.argv.slice(2);
if (args.includes('--help')) {
  process.stdout.write(HELP);
  process.exit(0);
}
for (let i = 0; i < args.length; i += 2) {
  const [name, value] = [args[i].replace(/^--/, ''), Number(args[i + 1])];
  if (!args[i].startsWith('--') || !Object.hasOwn(known, name) || !(value > 0)) {
    process.stderr.write(
      `torture: ${args.slice(i, i + 2).join(' ')}: no such option, or no number above 0\n${HELP}`,
    );
    process.exit(2);
  }
  known[name] = value;
}
const { minutes, seed, kills: most } = known;
const until = Date.now() + minutes * 60_000;
const dir = mkdtempSync(join(tmpdir(), 'tiltyard-torture-'));

const copy = (name) => join(root, 'test', 'fixtures', 'plugins', 'copies', `${name}.js`);
/** Plugins that are not built in: one that trains, and one that chooses its answers itself. */
const OWN = ['dpo', 'best-of-n'].map(copy);

/** Every kind of run, each with more steps than checkpoints, in a few seconds. */
const experiment = join(dir, 'torture.yaml');
writeFileSync(
  experiment,
  `name: torture
seeds: 1
dataset:
  name: reviews
  params: { corpusSize: 60, trainPrompts: 48, validationPrompts: 8, testPrompts: 8, heldoutPrompts: 32 }
policy: { kind: transformer, width: 8, layers: 1, heads: 1 }
collect: { from: base, pairs: 48, heldoutPairs: 8 }
stages:
  base: { algorithm: sft, completions: corpus, params: { epochs: 2, batchSize: 16 } }
  sft: { algorithm: sft, start: base, params: { epochs: 1, batchSize: 16 } }
  dpo: { algorithm: dpo, start: sft, params: { batchSize: 4, epochs: 2 } }
  reward:
    algorithm: bt-reward
    start: sft
    params: { batchSize: 8, epochs: 2, normalisationSamples: 8, evaluateEvery: 2 }
  best-of-n: { algorithm: best-of-n, start: sft, reward: reward }
  own-dpo: { algorithm: ${OWN[0]}, start: sft, params: { batchSize: 4, epochs: 2 } }
  own-best-of-n: { algorithm: ${OWN[1]}, start: sft, reward: reward }
  ppo: { algorithm: ppo-rlhf, start: sft, reward: reward, params: { iterations: 4, batchSize: 8 } }
evaluation: { every: 4, prompts: 8, testPrompts: 8 }
checkpointEvery: 3
`,
);

/** Mulberry32: the moments are the seed's, not the clock's. */
let state = seed >>> 0;
function uniform() {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = state;
  t = Math.imul(t ^ (t >>> 15), t | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
}

function start(args) {
  const child = spawn(process.execPath, [cli, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  });
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve({ code, stderr })));
  return { child, ended };
}

/** Workers that the lock names. */
function workersOf(out) {
  try {
    return JSON.parse(readFileSync(join(out, 'lock.json'), 'utf8')).workers.map(({ pid }) => pid);
  } catch {
    return [];
  }
}

/** What is at work on plugins that are not built in; null where nothing is. */
function confinedAt(out) {
  try {
    if (workersOf(out).some((pid) => /--(experimental-)?permission\0/.test(commandOf(pid))))
      return 'confined';
    return readdirSync(join(out, 'confined')).length > 0 ? 'beside' : null;
  } catch {
    return null; // nothing is laid out
  }
}
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
function kill(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}

const KINDS = {
  parent: ({ child }) => kill(child.pid, 'SIGKILL'),
  worker: (_, out) => {
    const workers = workersOf(out);
    if (workers.length > 0) kill(workers[Math.floor(uniform() * workers.length)], 'SIGKILL');
  },
  both: ({ child }) => kill(-child.pid, 'SIGKILL'),
  'Ctrl-C': ({ child }) => kill(-child.pid, 'SIGINT'),
  'Ctrl-C twice': async ({ child }) => {
    kill(-child.pid, 'SIGINT');
    await sleep(100 * uniform());
    kill(child.pid, 'SIGINT');
  },
};
const counts = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, 0]));
/** Kills while a confined process was at work, and while what was laid out for one lay there without it. */
const met = { confined: 0, beside: 0 };
const kills = () => Object.values(counts).reduce((a, b) => a + b, 0);

const whole = join(dir, 'whole');
const began = Date.now();
const first = await start(['run', experiment, '--out', whole, '--jobs', '2']).ended;
if (first.code !== 0) fail(`the uninterrupted run ended with ${first.code}: ${first.stderr}`, whole);
/** Milliseconds that it took: a kill may come at any moment of the same. */
const span = Date.now() - began;

let runs = 0;
while (Date.now() < until && kills() < most) {
  const out = join(dir, `run-${runs}`);
  await tortured(out);
  compare(out);
  rmSync(out, { recursive: true });
  runs++;
}
const said = Object.entries(counts).map(([kind, n]) => `${kind} ${n}`);
const where = `${met.confined} at a confined process, ${met.beside} before or behind one`;
process.stdout.write(
  `torture: ${runs} runs killed ${kills()} times (${said.join(', ')}; ${where}); all as uninterrupted\n`,
);
rmSync(dir, { recursive: true });

/** Starts and kills until it ends well, or the time is over, and then lets it end. */
async function tortured(out) {
  for (let refused = 0; ; ) {
    const begun = existsSync(join(out, 'plan.json'));
    const trusted = OWN.flatMap((path) => ['--trust', path]);
    const args = begun ? ['resume', out, ...trusted] : ['run', experiment, '--out', out];
    const started = start([...args, '--jobs', '2']);
    const names = Object.keys(KINDS);
    // Half the moments are early: a run that is killed late every time would soon be at its end.
    const moment = span * (uniform() < 0.5 ? uniform() : uniform() ** 3);
    const kind = names[Math.floor(uniform() * names.length)];
    const over = Date.now() > until + 120_000;
    const first = over ? null : await Promise.race([started.ended, sleep(moment).then(() => null)]);
    if (first === null && !over) {
      counts[kind]++;
      const at = confinedAt(out);
      if (at !== null) met[at]++;
      await KINDS[kind](started, out);
    }
    const { code, stderr } = await started.ended;
    if (code === 0) return;
    // What is left of a killed one may take a moment to end, and is waited for; a refusal is a fault.
    if (code === 2 && ++refused > 3) fail(`refused: ${stderr}`, out);
    if (/unexpected error|TypeError|\n\s+at /.test(stderr)) fail(`not foreseen: ${stderr}`, out);
  }
}

function compare(out) {
  for (const [what, ...call] of [
    ['differs from the uninterrupted run', join(root, 'test', 'same-results.mjs'), whole, out],
    ['is not whole', cli, 'verify-store', out],
  ]) {
    try {
      execFileSync(process.execPath, call, { encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      fail(`${what}:\n${error.stdout}${error.stderr}`, out);
    }
  }
}

function fail(message, out) {
  process.stdout.write(`torture: after ${kills()} kills, seed ${seed}: ${message}\n${out} is kept\n`);
  process.exit(1);
}
