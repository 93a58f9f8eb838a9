import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { TiltyardError } from '../../../harness/errors.js';
import { Rng } from '../../../harness/rng.js';
import { damagesOf } from '../../../harness/store/damages.js';
import { finishedSmoke, temporary } from '../../support.js';

/** Single faults on a store, of every kind on every kind of file: each is noticed, and none is invented. */
const out = join(temporary(), 'out');
let files: string[];
beforeAll(async () => {
  await finishedSmoke(out);
  files = readdirSync(out, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
});

const FAULTS = 200;
type Fault = (bytes: Buffer, path: string, rng: Rng) => Buffer | null;

/** Each gives a file's bytes after the fault; null: the file is gone. Undefined: it does not apply. */
const KINDS: Readonly<Record<string, Fault>> = {
  'a flipped bit': (bytes, _, rng) => {
    const after = Buffer.from(bytes);
    after[rng.int(bytes.length)]! ^= 1 << rng.int(8);
    return after;
  },
  'a cut': (bytes, _, rng) => bytes.subarray(0, rng.int(Math.max(1, bytes.length - 1))),
  'a missing file': () => null,
  'swapped rows': (bytes, path, rng) => {
    const lines = bytes.toString('utf8').split('\n');
    if (!path.endsWith('.jsonl') || lines.length < 3) return KINDS['a flipped bit']!(bytes, path, rng);
    const i = rng.int(lines.length - 2);
    [lines[i], lines[i + 1]] = [lines[i + 1]!, lines[i]!];
    return Buffer.from(lines.join('\n'));
  },
  'a lost row': (bytes, path, rng) => {
    const lines = bytes.toString('utf8').split('\n');
    if (!path.endsWith('.jsonl') || lines.length < 2) return KINDS['a cut']!(bytes, path, rng);
    lines.splice(rng.int(lines.length - 1), 1);
    return Buffer.from(lines.join('\n'));
  },
  'a file of another run': (bytes, path, rng) => {
    const others = files.filter((file) => basename(file) === basename(path) && file !== path);
    if (others.length === 0) return KINDS['a flipped bit']!(bytes, path, rng);
    return readFileSync(others[rng.int(others.length)]!);
  },
};

/** Listed, or refused in a sentence. */
function noticed(): boolean {
  try {
    return damagesOf(out, { weights: true }).length > 0;
  } catch (error) {
    if (error instanceof TiltyardError) return true;
    throw error;
  }
}

test(`${FAULTS} single faults: each is listed, by its file`, () => {
  expect(damagesOf(out, { weights: true })).toEqual([]);
  const rng = Rng.fromSeed('faults');
  const silent: string[] = [];
  const kinds = Object.entries(KINDS);
  let applied = 0;
  for (let i = 0; applied < FAULTS; i++) {
    const draw = rng.split('fault', i);
    const [kind, fault] = kinds[i % kinds.length]!;
    const path = files[draw.int(files.length)]!;
    const before = readFileSync(path);
    const after = fault(before, path, draw);
    if (after?.equals(before) === true) continue;
    applied++;
    if (after === null) rmSync(path);
    else writeFileSync(path, after);
    const isNoticed = noticed();
    // Without its outcome a run has not ended: a resume makes it again.
    const unfinished = after === null && basename(path) === 'outcome.json';
    if (!isNoticed && !unfinished) silent.push(`${kind}: ${relative(out, path)}`);
    writeFileSync(path, before);
  }
  expect(silent).toEqual([]);
  expect(damagesOf(out, { weights: true })).toEqual([]);
});

test('a plan that is no record is listed, with or without the digests of the report', () => {
  const copy = join(temporary(), 'copy');
  cpSync(out, copy, { recursive: true });
  writeFileSync(join(copy, 'plan.json'), 'null');
  const listed = () => damagesOf(copy, { weights: false }).map(({ file }) => basename(file));
  expect(listed()).toContain('plan.json');
  rmSync(join(copy, 'report.files.json'));
  expect(listed()).toContain('plan.json');
});

test('a report without the digests of its files is listed', () => {
  const path = join(out, 'report.files.json');
  const before = readFileSync(path);
  rmSync(path);
  expect(damagesOf(out, { weights: false })).toMatchObject([{ file: path, what: 'is gone', of: 'report' }]);
  writeFileSync(path, before);
});

test('a file that a run did not leave is listed too', () => {
  const run = files.find((file) => file.endsWith('samples.jsonl'))!;
  cpSync(run, join(run, '..', 'model', 'extra.safetensors'));
  expect(damagesOf(out, { weights: true })).toMatchObject([{ what: 'was added', of: 'run' }]);
  rmSync(join(run, '..', 'model', 'extra.safetensors'));
});
