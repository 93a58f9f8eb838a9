/**
 * 200 runs on a Slurm of this machine's own, of two nodes, while things go wrong: 20 jobs are cancelled at
 * random, a node is drained, a slurmd is killed under its jobs, and the process that submits is killed.
 * After `resume` every run has finished, and the bytes are those of a run on this machine.
 *
 *   npm run build --silent && node test/cluster/bar.mjs [EXPERIMENT.yaml]
 *
 * Without the packages it says what is missing and ends with 0. Exit code 1: something is not as it should
 * be.
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { lacking, startCluster } from './cluster.mjs';

const CANCELS = 20;
const root = fileURLToPath(new URL('../..', import.meta.url));
const cli = join(root, 'dist', 'harness', 'cli.js');
const experiment = process.argv[2] ?? join(root, 'test', 'cluster', 'experiment.yaml');
const began = Date.now();
const say = (text) =>
  process.stdout.write(`${((Date.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}\n`);

const missing = lacking();
if (missing !== null) {
  say(`skipped: ${missing}`);
  process.exit(0);
}
const dir = mkdtempSync('/tmp/tt-');
const cluster = await startCluster(dir, { cpus: 2 });
const out = join(dir, 'slurm-results');
const here = join(dir, 'local-results');
say(`cluster in ${dir}`);

/** Calls tiltyard, with its lines behind a name. */
function tiltyard(name, args) {
  const child = spawn(process.execPath, [cli, ...args], {
    env: { ...cluster.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      printed += text;
      for (const line of text.split('\n'))
        if (/^(Slurm|failed|\d+ runs|interrupted|tiltyard:|not made)|in Slurm already|begun anew/.test(line))
          say(`${name}: ${line.slice(0, 180)}`);
    });
  }
  const ended = new Promise((resolve) => child.on('close', (code) => resolve({ code, printed })));
  return { child, ended };
}

const finished = () => {
  const runs = join(out, 'runs');
  if (!existsSync(runs)) return 0;
  return readdirSync(runs).filter((id) => {
    const path = join(runs, id, 'outcome.json');
    return existsSync(path) && /"outcome": "completed"/.test(readFileSync(path, 'utf8'));
  }).length;
};
const reached = async (count) => {
  while (finished() < count && !isOver) await sleep(500);
};
const squeue = (...states) =>
  cluster
    .ask('squeue', ['-h', '--array', `--states=${states.join(',')}`, '--format=%i %T %N'])
    .stdout.split('\n')
    .filter(Boolean);

let isOver = false;
let cancelled = 0;
/** Cancels a job now and then, at work or waiting. */
async function cancelSome() {
  await reached(8);
  while (cancelled < CANCELS) {
    await sleep(randomInt(500, 4000));
    const jobs = squeue(...(randomInt(3) === 0 ? ['PENDING'] : ['RUNNING']));
    if (jobs.length === 0) continue;
    const [job, state] = jobs[randomInt(jobs.length)].split(' ');
    cluster.ask('scancel', [job]);
    cancelled++;
    say(`cancelled ${job}, which was ${state} (${cancelled} of ${CANCELS})`);
  }
}
async function breakNodes() {
  await reached(40);
  cluster.ask('scontrol', ['update', 'NodeName=node2', 'State=DRAIN', 'Reason=test']);
  say('drained node2');
  await sleep(20_000);
  cluster.ask('scontrol', ['update', 'NodeName=node2', 'State=RESUME']);
  say('node2 is back');
  await reached(80);
  say(
    `killing the slurmd of node1 under ${squeue('RUNNING')
      .filter((job) => job.endsWith('node1'))
      .join(', ')}`,
  );
  cluster.killNode('node1');
  await sleep(45_000);
  say(`node1: ${cluster.ask('sinfo', ['-h', '-n', 'node1', '-p', 'main', '-o', '%T']).stdout.trim()}`);
  cluster.startNode('node1');
  await sleep(5000);
  cluster.ask('scontrol', ['update', 'NodeName=node1', 'State=RESUME']);
  say('node1 has a slurmd again');
}
const first = tiltyard('run', ['run', experiment, '--launcher', 'slurm', '--out', out]);
const trouble = Promise.all([cancelSome(), breakNodes()]);
await reached(110);
first.child.kill('SIGKILL');
await first.ended;
say('killed the process that submits');
let last = null;
for (let i = 1; i <= 6; i++) {
  last = await tiltyard(`resume ${i}`, ['resume', out]).ended;
  say(`resume ${i} ended with ${last.code}, ${finished()} runs completed`);
  if (last.code === 0) break;
  if (last.code === 2) say(last.printed.slice(-800));
}
isOver = true;
await trouble;
const parts = spawnSync(process.execPath, [cli, 'verify-store', out], { encoding: 'utf8' });
say(`verify-store: ${parts.status} ${(parts.stdout + parts.stderr).trim().split('\n').at(-1)}`);
const local = await tiltyard('local', ['run', experiment, '--out', here]).ended;
say(`the same on this machine ended with ${local.code}`);
const same = spawnSync(process.execPath, [join(root, 'test', 'same-results.mjs'), out, here], {
  encoding: 'utf8',
});
say(same.stdout.trim());
await cluster.stop();
const good = last?.code === 0 && local.code === 0 && same.status === 0 && parts.status === 0;
say(good ? 'all as it should be' : `not as it should be; kept: ${dir}`);
if (good) rmSync(dir, { recursive: true, force: true });
process.exit(good ? 0 : 1);
