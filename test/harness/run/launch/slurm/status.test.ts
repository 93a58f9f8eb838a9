import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  newsIn,
  readStatus,
  type Status,
  writeStatus,
} from '../../../../../harness/run/launch/slurm/status.js';
import { temporary } from '../../../../support.js';

const job = { name: '12_3', id: '15', restarts: 0 };
const at = (more: Partial<Status>): Status => ({
  job,
  node: 'node1',
  beat: 1,
  started: null,
  progress: null,
  notes: [],
  noted: 0,
  ...more,
});
const progress = (step: number) =>
  ({ type: 'progress', phase: 'train', step, totalSteps: 9, metrics: {} }) as const;
const notes = (...messages: string[]) => messages.map((message) => ({ type: 'note', message }));

test('a status is read as it was written; what is none is null', () => {
  const path = join(temporary(), 'a.status');
  expect(readStatus(path)).toBeNull();
  writeStatus(path, at({ beat: 7 }));
  expect(readStatus(path)?.beat).toBe(7);
  writeFileSync(path, '{"job":');
  expect(readStatus(path)).toBeNull();
});

test('what is new is told once, and that notes were lost', () => {
  const first = at({ progress: progress(1), notes: ['a', 'b'], noted: 2 });
  expect(newsIn(first, null)).toEqual([...notes('a', 'b'), progress(1)]);
  expect(newsIn({ ...first, beat: 2 }, first)).toEqual([]);
  const later = at({ progress: progress(2), notes: ['d', 'e'], noted: 5 });
  expect(newsIn(later, first)).toEqual([
    ...notes('1 more notes, which were not kept', 'd', 'e'),
    progress(2),
  ]);
});

test('a job that was begun anew tells everything anew', () => {
  const before = at({ notes: ['a'], noted: 1 });
  const anew = at({ job: { ...job, restarts: 1 }, notes: ['b'], noted: 1 });
  expect(newsIn(anew, before)).toEqual(notes('b'));
});
