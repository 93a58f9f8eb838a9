import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Launcher, LaunchOptions } from '../../../../harness/run/launch/launch.js';
import { onCards } from '../../../../harness/run/launch/on-cards.js';
import { defaultJobs } from '../../../../harness/run/experiment.js';
import { processId } from '../../../../harness/run/process-id.js';
import { runPaths } from '../../../../harness/store/layout.js';
import type { RunSpec } from '../../../../harness/store/spec.js';
import { temporary } from '../../../support.js';
import { machine } from './fake-nvidia-smi.js';

vi.setConfig({ testTimeout: 20_000 });

const H100 = 'NVIDIA H100 80GB HBM3';
const A = { uuid: 'GPU-a', name: H100 };
const B = { uuid: 'GPU-b', name: H100 };
const C = { uuid: 'GPU-c', name: 'NVIDIA H200' };
const CUDA = { engine: { name: 'onnxruntime', device: 'cuda', threads: 1 } } as RunSpec;
const CPU = { engine: { name: 'onnxruntime', device: 'cpu', threads: 1 } } as RunSpec;

const folder = temporary();

/** Launches runs whose processes are a wait, and notes which cards are worked on at a time. */
function launching(milliseconds = 60, outcome: 'completed' | 'failed' = 'completed') {
  const dir = join(folder, outcome);
  mkdirSync(dir, { recursive: true });
  writeFileSync(runPaths(dir).outcome, JSON.stringify({ outcome }));
  const [on, most, notes]: [string[], string[][], string[]] = [[], [], []];
  const inner: Launcher = {
    async launch(_, __, { card }: LaunchOptions) {
      on.push(String(card));
      most.push([...on]);
      await sleep(milliseconds);
      on.splice(on.indexOf(String(card)), 1);
      return { exitCode: 0, signal: null, printed: '' };
    },
  };
  const launcher = onCards(inner);
  const abort = new AbortController();
  const launch = (spec: RunSpec = CUDA) =>
    launcher.launch(spec, dir, {
      concurrent: false,
      signal: abort.signal,
      onEvent: (event) => event.type === 'note' && notes.push(event.message),
    });
  return { launch, launcher, most, notes, abort };
}

const lockOf = (uuid: string): string => `tiltyard-${uuid}.lock.json`;

describe('a card', () => {
  test('takes one run at a time, of those that ask at once; the process keeps it until the end', async () => {
    const locks = machine([A]);
    const { launch, launcher, most, notes } = launching();
    await Promise.all([launch(), launch(), launch()]);
    expect(most).toEqual([['GPU-a'], ['GPU-a'], ['GPU-a']]);
    expect(readdirSync(locks)).toEqual([lockOf('GPU-a')]);
    await launcher.close!();
    expect(readdirSync(locks)).toEqual([]);
    expect(notes).toEqual([]);
  });
  test('of two of one model each has a run, and each run sees its own card alone', async () => {
    machine([A, B]);
    const { launch, launcher, most } = launching();
    await Promise.all([launch(), launch(), launch(), launch()]);
    expect(most.filter((on) => on.length === 2).map((on) => [...on].sort())).toContainEqual([
      'GPU-a',
      'GPU-b',
    ]);
    expect(Math.max(...most.map((on) => on.length))).toBe(2);
    expect(most.every((on) => new Set(on).size === on.length)).toBe(true);
    await launcher.close!();
  });
  test('of another model is left, with a word; CUDA_VISIBLE_DEVICES pins by index or UUID', async () => {
    machine([C, A, B]);
    const first = launching();
    await Promise.all([first.launch(), first.launch()]);
    expect(first.most.flat()).not.toContain('GPU-a');
    expect(first.notes).toEqual([
      'runs of a comparison stay on one model of card; not taken: card 1 (NVIDIA H100 80GB HBM3), ' +
        'card 2 (NVIDIA H100 80GB HBM3) (CUDA_VISIBLE_DEVICES chooses)',
    ]);
    await first.launcher.close!();
    process.env['CUDA_VISIBLE_DEVICES'] = '2,GPU-a';
    const second = launching();
    await Promise.all([second.launch(), second.launch()]);
    expect(new Set(second.most.flat())).toEqual(new Set(['GPU-a', 'GPU-b']));
    await second.launcher.close!();
  });
  test('has as many runs at a time as there are of one model', () => {
    machine([A, B, C]);
    expect(defaultJobs([{ spec: CUDA }])).toBe(2);
    machine([]);
    expect(defaultJobs([{ spec: CUDA }])).toBe(1);
  });
  test('that nvidia-smi does not name is locked all the same, with a word', async () => {
    const locks = machine([]);
    const { launch, launcher, most, notes } = launching();
    await Promise.all([launch(), launch()]);
    expect(most).toEqual([['null'], ['null']]);
    expect(readdirSync(locks)).toEqual(['tiltyard-card.lock.json']);
    expect(notes).toEqual([
      'nvidia-smi names no card: what runs take of its memory and its power is not measured',
    ]);
    await launcher.close!();
  });
  test('is not asked for by runs on the CPU', async () => {
    const locks = machine([A]);
    const { launch, launcher, most } = launching();
    await Promise.all([launch(CPU), launch(CPU)]);
    expect(most.at(-1)).toEqual(['undefined', 'undefined']);
    expect(readdirSync(locks)).toEqual([]);
    await launcher.close!();
  });
});

describe('a card that another process has', () => {
  const since = '2026-01-02T03:04:05.678Z';
  const lock = (locks: string, owner: object): void =>
    writeFileSync(
      join(locks, lockOf('GPU-a')),
      JSON.stringify({ host: hostname(), since, workers: [], ...owner }),
    );

  test('is waited for, with a word, until Ctrl-C', async () => {
    const locks = machine([A]);
    lock(locks, processId(process.ppid)!);
    const { launch, abort, notes, most, launcher } = launching();
    const waiting = launch();
    await sleep(200);
    abort.abort();
    expect(await waiting).toMatchObject({ exitCode: null });
    expect(most).toEqual([]);
    expect(notes).toEqual([
      `waits for card 0 (${H100}), which process ${process.ppid} on ${hostname()} has had since ${since}`,
    ]);
    await launcher.close!();
    expect(readdirSync(locks)).toEqual([lockOf('GPU-a')]); // not ours to take away
  });
  test('is passed over for one that nobody has', async () => {
    lock(machine([A, B]), processId(process.ppid)!);
    const { launch, most, notes, launcher } = launching();
    await Promise.all([launch(), launch()]);
    expect(most).toEqual([['GPU-b'], ['GPU-b']]);
    expect(notes).toEqual([]);
    await launcher.close!();
  });
  test('is taken where that process is gone, with a word', async () => {
    const locks = machine([A]);
    lock(locks, { pid: 2 ** 22 + 1, start: null });
    const { launch, most, notes, launcher } = launching();
    await launch();
    expect(most).toEqual([['GPU-a']]);
    expect(notes).toEqual([
      `card 0 (${H100}): process ${2 ** 22 + 1}, which had it since ${since}, is gone; its lock is broken`,
    ]);
    await launcher.close!();
    expect(readdirSync(locks)).toEqual([]);
  });
});

describe('a card that the driver loses while a run is on it', () => {
  test('gets no other run, with a word; those on other cards go on', async () => {
    machine([A, B], 'exit 9', ['GPU-a']);
    const { launch, launcher, most, notes } = launching(5, 'failed');
    for (const _ of [1, 2, 3]) await launch();
    await launcher.close!();
    expect(most).toEqual([['GPU-a'], ['GPU-b'], ['GPU-b']]);
    expect(notes).toEqual([
      `card 0 (${H100}) is lost: nvidia-smi does not know it any more; no run is given to it`,
    ]);
  });
  test('is the last: the job ends, and can be gone on with', async () => {
    machine([A, B], 'exit 9', ['GPU-a', 'GPU-b']);
    const { launch, launcher } = launching(5, 'failed');
    for (const _ of [1, 2]) await launch();
    await expect(launch()).rejects.toThrow(
      expect.objectContaining({
        message: 'every card is lost; go on with tiltyard resume where there is one again',
        exitCode: 3,
      }) as Error,
    );
    await launcher.close!();
  });
});

describe('what a run took of its card', () => {
  const numbers = '1000, 100.00, 1500, 1980';
  const loop = (line: string): string => `while :; do echo "${line}"; sleep 0.05; done`;

  test('is what nvidia-smi says meanwhile', async () => {
    machine([A], `[ "$LOOP" = 1 ] || exit 3; ${loop(`${numbers}, 0x0000000000000004`)}`);
    const { launch, launcher } = launching(400);
    const { card } = await launch();
    await launcher.close!();
    expect(card).toMatchObject({
      model: H100,
      uuid: 'GPU-a',
      driver: '580.1',
      memoryBytes: 81559 * 2 ** 20,
      peakMemoryBytes: 1000 * 2 ** 20,
      memoryBeforeBytes: 1000 * 2 ** 20,
      clockMhz: 1500,
      maxClockMhz: 1980,
      heldBack: { 'power cap': 1 },
    });
    expect(card!.sampledSeconds).toBeGreaterThan(0.3);
    expect(card!.energyJoules).toBeCloseTo(100 * card!.sampledSeconds, 6);
  });
  test('is asked for without what the driver does not know by that name', async () => {
    machine([A], `case "$QUERY" in *throttle*) echo "Field is not valid"; exit 2;; esac; ${loop(numbers)}`);
    const { launch, launcher } = launching(300);
    const { card } = await launch();
    await launcher.close!();
    expect(card).toMatchObject({ peakMemoryBytes: 1000 * 2 ** 20, heldBack: {} });
  });
  test('is asked for again and again where nvidia-smi writes nothing on the way', async () => {
    machine([A], `[ "$LOOP" = 1 ] && exec sleep 20; echo "${numbers}, 0x0"`);
    const { launch, launcher } = launching(1500);
    const { card } = await launch();
    await launcher.close!();
    expect(card).toMatchObject({ peakMemoryBytes: 1000 * 2 ** 20 });
  });
  test('is unknown where the driver says nothing: the run goes on', async () => {
    machine([A], 'echo "Unable to determine the device handle: GPU is lost"; exit 15');
    const { launch, launcher } = launching(50);
    expect(await launch()).toMatchObject({
      exitCode: 0,
      card: { peakMemoryBytes: null, energyJoules: null },
    });
    await launcher.close!();
  });
  test('is what it says before the driver goes; the next run goes on', async () => {
    machine([A], `echo "${numbers}, 0x0"; echo "${numbers}, 0x0"; sleep 0.2; exit 15`);
    const { launch, launcher } = launching(400);
    expect((await launch()).card!.memoryBeforeBytes).toBe(1000 * 2 ** 20);
    expect((await launch()).exitCode).toBe(0);
    await launcher.close!();
  });
});
