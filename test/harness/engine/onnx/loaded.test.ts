import { expect, test } from 'vitest';
import { LoadedGraphs } from '../../../../harness/engine/onnx/loaded.js';
import type { Session } from '../../../../harness/engine/onnx/session.js';

/** Graphs whose loading and ending is noted; graph `a1` is for place `a`. */
function noted(): { graphs: LoadedGraphs; get(hash: string): Session; log: string[] } {
  const graphs = new LoadedGraphs();
  const log: string[] = [];
  const load = (hash: string): Session => {
    log.push(`+${hash}`);
    return { dispose: () => log.push(`-${hash}`), unbind: () => undefined } as unknown as Session;
  };
  return { graphs, log, get: (hash) => graphs.get(hash, hash[0]!, () => load(hash)) };
}

test('a graph is loaded once, in one run and in the next', () => {
  const { graphs, get, log } = noted();
  const first = get('a1');
  expect(get('a1')).toBe(first);
  graphs.rest();
  expect(get('a1')).toBe(first);
  expect(log).toEqual(['+a1']);
});
test('one that is kept gives way where another takes its place, and only there', () => {
  const { graphs, get, log } = noted();
  get('a1');
  get('b1');
  graphs.rest();
  get('a2');
  expect(log).toEqual(['+a1', '+b1', '-a1', '+a2']);
});
test('one that is in use does not: two programs of a run may have one name', () => {
  const { get, log } = noted();
  get('a1');
  get('a2');
  expect(log).toEqual(['+a1', '+a2']);
});
test('what a run did not use goes at its end; everything goes with the engine', () => {
  const { graphs, get, log } = noted();
  get('a1');
  get('b1');
  graphs.rest();
  get('b1');
  graphs.rest();
  expect(log).toEqual(['+a1', '+b1', '-a1']);
  get('c1');
  graphs.dispose();
  expect(log.slice(3)).toEqual(['+c1', '-b1', '-c1']);
});
