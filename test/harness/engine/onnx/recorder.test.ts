import { expect, test } from 'vitest';
import type { DeviceMemory } from '../../../../harness/engine/onnx/memory.js';
import { Recorder } from '../../../../harness/engine/onnx/recorder.js';
import type { Binding } from '../../../../harness/engine/onnx/session.js';
import type { Value } from '../../../../harness/engine/onnx/value.js';

/** A card with one number of state, to which each pass of the graph adds one. */
function card(records: boolean): { run(): void; state(): number; log: string[] } {
  const log: string[] = [];
  const numbers = new Map<Value, number>();
  const place = (x: number): Value => {
    const value = { shape: [1] } as unknown as Value;
    numbers.set(value, x);
    return value;
  };
  const state = place(0);
  const pass = (): void => {
    numbers.set(state, numbers.get(state)! + 1);
  };
  const memory = {
    mover: (moves: readonly unknown[]) => () => log.push(moves.length === 1 ? 'up' : 'down'),
    empty: () => place(Number.NaN),
    copy: (from: Value, to: Value) => numbers.set(to, numbers.get(from)!),
    release: (value: Value) => numbers.delete(value),
  } as unknown as DeviceMemory;
  let recorded = false;
  const binding = {
    records,
    run: () => {
      log.push('run');
      pass();
    },
    replay: () => {
      log.push(recorded ? 'replay' : 'record');
      pass();
      if (!recorded) pass(); // onnxruntime runs the graph again to record it
      recorded = true;
    },
  } as unknown as Binding;
  const crossing = { up: [{ from: state, to: state }], down: [] };
  const recorder = new Recorder(memory, binding, crossing, [state]);
  return { run: () => recorder.run(), state: () => numbers.get(state)!, log };
}

test('recording leaves the state as one pass a run would, and later runs are replays', () => {
  const { run, state, log } = card(true);
  for (let i = 1; i <= 5; i++) {
    run();
    expect(state()).toBe(i);
  }
  const passes = log.filter((entry) => entry !== 'up' && entry !== 'down');
  expect(passes).toEqual(['run', 'run', 'record', 'replay', 'replay', 'replay']);
});
test('feeds go up before each run and outputs come down behind it', () => {
  const { run, log } = card(true);
  for (let i = 0; i < 4; i++) run();
  expect(log.filter((entry) => entry === 'up')).toHaveLength(4);
  expect(log[0]).toBe('up');
  expect(log.at(-1)).toBe('down');
});
test('where runs cannot be recorded they are plain ones', () => {
  const { run, state, log } = card(false);
  for (let i = 0; i < 5; i++) run();
  expect(state()).toBe(5);
  expect(log).not.toContain('record');
});
