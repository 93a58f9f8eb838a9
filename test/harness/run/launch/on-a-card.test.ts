import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attempt } from '../../../../harness/run/launch/attempt.js';
import { localLauncher } from '../../../../harness/run/launch/local.js';
import { onCards } from '../../../../harness/run/launch/on-cards.js';
import type { RunHost } from '../../../../harness/run/host.js';
import { writeJsonAtomic } from '../../../../harness/store/atomic.js';
import { digestsOf } from '../../../../harness/store/files.js';
import { runPaths } from '../../../../harness/store/layout.js';
import { nothingLeft } from '../../../../harness/store/nothing-left.js';
import type { OutcomeRow } from '../../../../harness/store/records.js';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { hashFile } from '../../../../harness/hash.js';
import { temporary } from '../../../support.js';
import { machine } from './fake-nvidia-smi.js';

const ENDED = nothingLeft({
  outcome: 'completed',
  cause: null,
  reason: '',
  startedAt: '2026-01-01',
  environment: {} as OutcomeRow['clock']['environment'],
});

/** Runs whose worker writes what the run's folder says, and notes its process and the card that it sees. */
function runs() {
  const dir = temporary();
  const entry = join(dir, 'worker.mjs');
  writeFileSync(
    entry,
    `import { appendFileSync, copyFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { createInterface } from 'node:readline';
const channel = new Socket({ fd: 3 });
for await (const line of createInterface({ input: channel })) {
  const { dir } = JSON.parse(line);
  channel.write('{"type":"taken"}\\n');
  appendFileSync(dir + '/../seen', process.pid + ' ' + process.env.CUDA_VISIBLE_DEVICES + '\\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  copyFileSync(dir + '/to-write.json', dir + '/outcome.json');
  channel.write('{"type":"free"}\\n');
}
process.exit(0);\n`,
  );
  const launcher = onCards(localLauncher(entry));
  const events: string[] = [];
  const host = {
    launcher,
    signal: new AbortController().signal,
    progress: { event: () => {}, note: (text: string) => void events.push(text) },
  } as unknown as RunHost;
  const run = async (id: string, row: OutcomeRow = ENDED) => {
    const folder = join(dir, id);
    mkdirSync(folder, { recursive: true });
    const spec = {
      id,
      algorithm: null,
      engine: { name: 'onnxruntime', device: 'cuda', threads: 1 },
      budget: { maxSteps: null, maxSeconds: null },
    } as unknown as RunSpec;
    writeJsonAtomic(join(folder, 'run.json'), spec);
    writeJsonAtomic(join(folder, 'to-write.json'), row);
    const outcome = await attempt({ spec, dir: folder } as never, false, host);
    return { outcome, paths: runPaths(folder) };
  };
  const seen = () =>
    readFileSync(join(dir, 'seen'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]);
  return { run, seen, launcher };
}

const SAMPLES = 'while :; do echo "5000, 200.00, 1500, 1980, 0x0"; sleep 0.05; done';

test("a run's outcome says what it took of its card, the only one that its process sees", async () => {
  machine([{ uuid: 'GPU-a', name: 'NVIDIA H200' }], SAMPLES);
  const { run, seen, launcher } = runs();
  const { outcome, paths } = await run('one');
  await run('two');
  await launcher.close!();
  expect(outcome!.clock.card).toMatchObject({ model: 'NVIDIA H200', peakMemoryBytes: 5000 * 2 ** 20 });
  expect(outcome!.clock.card!.energyJoules).toBeGreaterThan(200 * 0.2);
  expect(JSON.parse(readFileSync(paths.outcome, 'utf8'))).toEqual(JSON.parse(JSON.stringify(outcome)));
  expect(digestsOf(paths)!['outcome.json']!.sha256).toBe(hashFile(paths.outcome));
  expect(seen().map(([, card]) => card)).toEqual(['GPU-a', 'GPU-a']);
  expect(new Set(seen().map(([pid]) => pid)).size).toBe(1); // the second run found it warm
});
test('an interrupted run that goes on took what both parts took', async () => {
  machine([{ uuid: 'GPU-a', name: 'NVIDIA H200' }], SAMPLES);
  const { run, launcher } = runs();
  const { outcome: none, paths } = await run('one', { ...ENDED, outcome: 'interrupted' });
  expect(none).toBeNull();
  expect(existsSync(paths.files)).toBe(false); // it has not ended
  const first = (JSON.parse(readFileSync(paths.outcome, 'utf8')) as OutcomeRow).clock.card!;
  const { outcome } = await run('one');
  await launcher.close!();
  // 200 W for .3 seconds and more, on top.
  expect(outcome!.clock.card!.energyJoules).toBeGreaterThan(first.energyJoules! + 40);
  expect(outcome!.clock.card!.sampledSeconds).toBeGreaterThan(first.sampledSeconds + 0.2);
});
test('a run that fails on a card costs its process: the next one has a new one', async () => {
  machine([{ uuid: 'GPU-a', name: 'NVIDIA H200' }], SAMPLES);
  const { run, seen, launcher } = runs();
  const cause = { code: 'exception', message: 'CUDA failure 719', plugin: null, phase: 'train', step: 3 };
  expect((await run('one', { ...ENDED, outcome: 'failed', cause })).outcome!.outcome).toBe('failed');
  expect((await run('two')).outcome!.outcome).toBe('completed');
  await launcher.close!();
  expect(new Set(seen().map(([pid]) => pid)).size).toBe(2);
});
