import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Launcher, WorkerEvent } from '../../../../harness/run/launch/launch.js';
import { localLauncher } from '../../../../harness/run/launch/local.js';
import { readJson, writeJsonAtomic } from '../../../../harness/store/atomic.js';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { contents, finishedSmoke, root, temporary } from '../../../support.js';

const dir = temporary();
const finished = join(dir, 'finished');
beforeAll(() => finishedSmoke(finished));

/** A launcher whose workers note their process ids, in the order in which they begin. */
function launcher(name: string): { readonly local: Launcher; pids(): number[] } {
  const noted = join(dir, `${name}.pids`);
  const entry = join(dir, `${name}.mjs`);
  const main = pathToFileURL(join(root, 'dist', 'harness', 'worker', 'main.js')).href;
  writeFileSync(
    entry,
    `import { appendFileSync } from 'node:fs';
appendFileSync(${JSON.stringify(noted)}, process.pid + '\\n');
await import(${JSON.stringify(main)});\n`,
  );
  writeFileSync(noted, '');
  const pids = (): number[] => readFileSync(noted, 'utf8').split('\n').filter(Boolean).map(Number);
  return { local: localLauncher(entry), pids };
}

/** A copy of the finished runs in which runs of some stages are still to be made, changed if so wished. */
function unfinished(name: string, stages: readonly string[], change: (spec: RunSpec) => object = () => ({})) {
  const out = join(dir, name);
  cpSync(finished, out, { recursive: true });
  const folder = (stage: string): string => {
    const run = readdirSync(join(out, 'runs')).find((id) => id.startsWith(`${stage}-s0-`));
    return join(out, 'runs', run!);
  };
  for (const stage of stages) {
    const file = join(folder(stage), 'run.json');
    const spec = readJson<RunSpec>(file);
    for (const other of readdirSync(folder(stage))) rmSync(join(folder(stage), other), { recursive: true });
    writeJsonAtomic(file, { ...spec, ...change(spec) });
  }
  const launch = (local: Launcher, stage: string, onEvent: (event: WorkerEvent) => void = () => {}) => {
    const spec = readJson<RunSpec>(join(folder(stage), 'run.json'));
    const options = { concurrent: false, signal: new AbortController().signal, onEvent };
    return local.launch(spec, folder(stage), options);
  };
  return { out, folder, launch };
}

test('after three others in one process, a run gives the bytes that it gives alone', async () => {
  const { local, pids } = launcher('warm');
  const four = unfinished('four', ['reward', 'ipo', 'sft', 'dpo']);
  for (const stage of ['sft', 'reward', 'ipo', 'dpo'])
    expect(await four.launch(local, stage)).toEqual({
      exitCode: 0,
      signal: null,
      printed: '',
      timedOut: false,
    });
  await local.close?.();
  expect(pids()).toHaveLength(1);
  const own = launcher('alone');
  const alone = unfinished('alone', ['dpo']);
  await alone.launch(own.local, 'dpo');
  await own.local.close?.();
  expect(contents(four.out)).toEqual(contents(finished));
  expect(contents(alone.out)).toEqual(contents(finished));
});

test('after one of its stage with another strength, a run gives the bytes that it gives alone', async () => {
  const other = unfinished('other', ['dpo'], ({ algorithm }) => ({
    algorithm: { ...algorithm, params: { ...algorithm!.params, beta: 0.7 } },
  }));
  const { out, launch } = unfinished('same', ['dpo']);
  const { local, pids } = launcher('same');
  await other.launch(local, 'dpo');
  await launch(local, 'dpo');
  await local.close?.();
  expect(pids()).toHaveLength(1);
  expect(contents(out)).toEqual(contents(finished));
  expect(contents(other.out)).not.toEqual(contents(finished));
});

describe('what ends a worker ends no other run', () => {
  test('SIGKILL in its second run: a new one goes on, to the same bytes; the first is whole', async () => {
    const longer = ({ algorithm, id }: RunSpec): object =>
      id.startsWith('dpo')
        ? { algorithm: { ...algorithm, params: { ...algorithm!.params, epochs: 12 } } }
        : {};
    const whole = unfinished('whole', ['dpo'], longer);
    const cut = unfinished('cut', ['ipo', 'dpo'], longer);
    const { local, pids } = launcher('killed');
    await whole.launch(local, 'dpo');
    await cut.launch(local, 'ipo');
    expect(pids()).toHaveLength(1);
    let last = 0;
    const result = await cut.launch(local, 'dpo', (event) => {
      if (event.type !== 'progress' || event.phase !== 'train') return;
      if (event.step >= 21 && last < 21) process.kill(pids()[0]!, 'SIGKILL');
      last = event.step;
    });
    expect(result).toMatchObject({ exitCode: null, signal: 'SIGKILL' });
    expect(existsSync(join(cut.folder('dpo'), 'outcome.json'))).toBe(false);
    const steps: number[] = [];
    await cut.launch(local, 'dpo', (event) => {
      if (event.type === 'progress' && event.phase === 'train') steps.push(event.step);
    });
    await local.close?.();
    expect(steps[0]).toBeGreaterThan(15);
    expect(pids()).toHaveLength(2);
    expect(contents(cut.out)).toEqual(contents(whole.out));
  });
  test('one that dies while it waits is replaced, and the run never hears of it', async () => {
    const { local, pids } = launcher('idle');
    const { out, launch } = unfinished('idle', ['ipo', 'dpo']);
    await launch(local, 'ipo');
    process.kill(pids()[0]!, 'SIGKILL');
    expect(await launch(local, 'dpo')).toMatchObject({ exitCode: 0, signal: null });
    await local.close?.();
    expect(pids()).toHaveLength(2);
    expect(contents(out)).toEqual(contents(finished));
  });
});

test('a new process follows code that is not built in, and other settings of the engine', async () => {
  const module = join(root, 'test', 'fixtures', 'plugins', 'broken.js');
  const broken = { name: 'broken', module, params: { how: 'throw' } };
  const { local, pids } = launcher('own');
  const { launch, folder } = unfinished('own', ['ipo', 'dpo', 'best-of-n'], ({ stage, engine }) =>
    stage === 'ipo'
      ? { algorithm: broken }
      : stage === 'best-of-n'
        ? { engine: { ...engine, threads: 2 } }
        : {},
  );
  await launch(local, 'ipo');
  expect(readJson(join(folder('ipo'), 'outcome.json'))).toMatchObject({
    cause: {
      code: 'exception',
      message: expect.stringMatching(
        /^the plugin broke: a deeper reason \(at .*broken\.js:36:15\)$/,
      ) as string,
    },
  });
  await launch(local, 'dpo');
  await launch(local, 'best-of-n');
  await local.close?.();
  expect(new Set(pids()).size).toBe(3);
});

test('an interruption makes a checkpoint of the run, and ends the process that worked on it', async () => {
  const { local, pids } = launcher('interrupted');
  const { folder } = unfinished('interrupted', ['dpo']);
  const abort = new AbortController();
  const spec = readJson<RunSpec>(join(folder('dpo'), 'run.json'));
  const { exitCode } = await local.launch(spec, folder('dpo'), {
    concurrent: true,
    signal: abort.signal,
    onEvent: (event) => {
      if (event.type === 'progress' && event.phase === 'train') abort.abort();
    },
  });
  expect(exitCode).toBe(3);
  expect(readJson(join(folder('dpo'), 'outcome.json'))).toMatchObject({
    outcome: 'interrupted',
    clock: { concurrent: true },
  });
  expect(() => process.kill(pids()[0]!, 0)).toThrow('ESRCH');
});

test.each([
  ['whose parent is gone', (child: ChildProcess) => (child.stdio[3] as Duplex).end()],
  ['that is told to end', (child: ChildProcess) => child.kill('SIGTERM')],
  ['at Ctrl-C', (child: ChildProcess) => child.kill('SIGINT')],
])('a worker %s waits no longer', async (_, how) => {
  const main = join(root, 'dist', 'harness', 'worker', 'main.js');
  const child = spawn(process.execPath, ['--expose-gc', main], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const channel = child.stdio[3] as Duplex;
  const ended = new Promise((resolve) => child.on('close', (code) => resolve(code)));
  const { folder } = unfinished('orphan', ['ipo']);
  channel.write(`${JSON.stringify({ dir: folder('ipo'), concurrent: false })}\n`);
  for await (const line of createInterface({ input: channel })) {
    if (line === '{"type":"free"}') how(child);
  }
  expect(await ended).toBe(0);
});
