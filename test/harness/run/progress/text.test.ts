import { describe, expect, test } from 'vitest';
import type { WorkerEvent } from '../../../../harness/run/launch/launch.js';
import { textProgress } from '../../../../harness/run/progress/text.js';
import type { OutcomeRow } from '../../../../harness/store/records.js';
import type { RunSpec } from '../../../../harness/store/spec.js';

process.env['NO_COLOR'] = '1';

const spec = (label: string, seed = 0): RunSpec =>
  ({ id: `${label}-s${seed}`, label, stage: label, seed, kind: 'train', inputs: {} }) as unknown as RunSpec;
const outcome = (code: string | null, steps = 3): OutcomeRow =>
  ({
    outcome: code === null ? 'completed' : 'failed',
    cause: code === null ? null : { code, message: `${code}: why`, phase: 'launch' },
    steps,
    clock: { wallSeconds: 2 },
  }) as unknown as OutcomeRow;
const step = (n: number, totalSteps: number): WorkerEvent =>
  ({ type: 'progress', phase: 'train', step: n, totalSteps, metrics: { loss: 0.5 } }) as WorkerEvent;
const started: WorkerEvent = {
  type: 'started',
  engine: 'onnxruntime',
  device: 'cpu',
  reason: 'x',
} as WorkerEvent;

/** What stands on a terminal, or in a pipe, after all that was written. */
class Screen {
  isTTY: boolean;
  columns = 200;
  text = '';
  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  /** A cursor on a grid of lines, moved as a terminal moves it. */
  get lines(): string[] {
    const lines = [''];
    let [row, column] = [0, 0];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of a terminal
    for (const [part, up] of this.text.matchAll(/\u001b\[(\d+)A|\u001b\[J|[\s\S]/g)) {
      if (up !== undefined) row = Math.max(0, row - Number(up));
      else if (part === '\u001b[J') {
        lines[row] = lines[row]!.slice(0, column);
        lines.length = row + 1;
      } else if (part === '\r') column = 0;
      else if (part === '\n') [row, column] = [row + 1, 0];
      else {
        lines[row] = lines[row]!.padEnd(column).slice(0, column) + part + lines[row]!.slice(column + 1);
        column++;
      }
      while (lines.length <= row) lines.push('');
    }
    return lines.filter((line) => line !== '');
  }
}
const watch = (isTTY: boolean): [Screen, ReturnType<typeof textProgress>] => {
  const screen = new Screen(isTTY);
  return [screen, textProgress(screen as unknown as NodeJS.WriteStream)];
};

describe.each([
  ['a terminal', true],
  ['a pipe', false],
] as const)('on %s', (_, isTTY) => {
  test('Ctrl-C is answered at once with what it waits for, and the answer stays', () => {
    const [screen, progress] = watch(isTTY);
    progress.started(spec('base'));
    progress.started(spec('dpo', 1));
    progress.event(spec('base'), step(2, 10));
    screen.write('^C'); // a terminal shows what was typed
    progress.stopping();
    progress.event(spec('base'), step(3, 10));
    progress.close();
    progress.note('interrupted');
    const stopping = 'stopping: waiting for base seed 0, dpo seed 1 to save where it is; Ctrl-C once more';
    const [said, last] = screen.lines.slice(-2);
    expect(said).toContain(stopping);
    expect(last).toBe('interrupted');
    expect(screen.lines.filter((line) => line.includes(stopping))).toHaveLength(1);
    if (isTTY) expect(said!.startsWith('stopping')).toBe(true); // nothing of the block is left
  });
  test('the engine is said once for all runs, and where to look for others', () => {
    const [screen, progress] = watch(isTTY);
    for (const label of ['a', 'b']) {
      progress.started(spec(label));
      progress.event(spec(label), started);
    }
    const said = screen.lines.filter((line) => line.startsWith('engine'));
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^engine: onnxruntime on cpu \(x\); .+ list engines shows what else there is$/);
  });
  test('runs that could not begin are one line below what failed', () => {
    const [screen, progress] = watch(isTTY);
    progress.started(spec('judge'));
    progress.ended(spec('judge'), outcome('batch-too-large', 0));
    for (const label of ['sft', 'reward', 'dpo', 'ppo', 'rloo']) {
      progress.ended(spec(label), outcome('input-failed', 0));
    }
    progress.close();
    expect(screen.lines.slice(-2)).toEqual([
      'failed judge seed 0 · 2 s: batch-too-large: why',
      'not made, for want of it: sft seed 0, reward seed 0, dpo seed 0 and 2 more',
    ]);
  });
});

test('a run that found its input other than it was left says so itself', () => {
  const [screen, progress] = watch(false);
  progress.started(spec('ppo'));
  const found = outcome('input-failed', 0);
  progress.ended(spec('ppo'), { ...found, cause: { ...found.cause!, phase: 'prepare' } });
  expect(screen.lines.at(-1)).toBe('failed ppo seed 0 · 2 s: input-failed: why');
});

test('a run whose steps are done is finishing, and never 0 s left', () => {
  const [screen, progress] = watch(true);
  progress.started(spec('base'));
  progress.event(spec('base'), step(1, 60));
  expect(screen.lines.at(-1)).toBe('  base seed 0: train 1/60 · loss 0.500'); // the first steps make graphs
  progress.event(spec('base'), step(30, 60));
  expect(screen.lines.at(-1)).toMatch(/train 30\/60 · \d+ s left · loss/);
  progress.event(spec('base'), step(60, 60));
  expect(screen.lines.at(-1)).toBe('  base seed 0: train 60/60 · finishing · loss 0.500');
});
