import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Rng } from '../../../harness/rng.js';
import { runAlone } from '../kept.js';
import type { Kind } from './kind.js';
import { onTable } from './table.js';
import { changeBytes, changeTree, type Json, PIECES, several } from '../changes.js';

/** Every kind of run that a store can hold, a second's worth of them. */
const EXPERIMENT = onTable('small', 2, {
  stages: '  best-of-n: { algorithm: best-of-n, start: start, reward: reward }\n',
});

let whole = '';

async function prepare(dir: string): Promise<void> {
  const file = join(dir, 'small.yaml');
  writeFileSync(file, EXPERIMENT);
  whole = join(dir, 'whole');
  const { code, stderr } = await runAlone(['run', file, '--out', whole]);
  if (code !== 0) throw new Error(`the undamaged store: exit ${code}: ${stderr}`);
}

/** A results folder with one to three damages. @returns what they are */
function damaged(out: string, rng: Rng): string {
  cpSync(whole, out, { recursive: true });
  const said = rng.int(3) === 0 ? [withoutHashes(out)] : [];
  for (let n = several(rng); n > 0; n--) said.push(damage(out, rng));
  return said.join(', ');
}

/** Results folders, read by everything that reads them and ends. */
export const stores: Kind = {
  prepare,
  make(dir, rng) {
    const out = join(dir, 'out');
    const what = damaged(out, rng);
    const argv = rng.pick([
      ['verify-store', out],
      ['report', out],
      ['report', out, '--json'],
      ['compare', whole, out],
      ['compare', out, whole, '--out', join(dir, 'compared.md')],
      ['resume', out],
      ...['csv', 'latex', 'tensorboard'].map((format) => ['export', out, '--format', format]),
    ]);
    return { what, argv, listing: dir };
  },
};

/** Results folders, of which a live page is asked for all that it has. */
export const views: Kind = {
  prepare,
  make(dir, rng) {
    const out = join(dir, 'out');
    return { what: damaged(out, rng), argv: ['view', out, '--port', '0'], visit: true };
  },
};

const filesOf = (out: string): string[] =>
  readdirSync(out, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

/** As an older version left it: what was damaged is then found by whoever reads it, if at all. */
function withoutHashes(out: string): string {
  for (const path of filesOf(out)) {
    if (/(^|[/\\])(report\.)?files\.json$/.test(path)) rmSync(path);
    if (!/(^|[/\\])plan\.json$/.test(path)) continue;
    const { seal: _, ...row } = JSON.parse(readFileSync(path, 'utf8')) as { seal?: string };
    writeFileSync(path, JSON.stringify(row));
  }
  return 'without hashes';
}

function damage(out: string, rng: Rng): string {
  const files = filesOf(out).filter((file) => !/report\.(html|md|csv)$/.test(file));
  if (files.length === 0) return 'nothing is left';
  const path = rng.pick(files);
  const name = relative(out, path);
  const bytes = readFileSync(path);
  switch (rng.int(9)) {
    case 0:
      rmSync(path);
      return `${name} is gone`;
    case 1:
      rmSync(path);
      mkdirSync(path);
      return `${name} is a folder`;
    case 2: {
      const other = rng.pick(files);
      writeFileSync(path, readFileSync(other));
      return `${name} is ${relative(out, other)}`;
    }
    case 3:
      rmSync(path);
      symlinkSync(rng.pick(['/etc/hosts', '/dev/zero', 'nowhere', path]), path);
      return `${name} is a link`;
    case 4:
      return `${name}: ${inRows(path, bytes, rng)}`;
    case 5:
    case 6:
      return `${name}: ${inValues(path, bytes, rng)}`;
    default:
      writeFileSync(path, changeBytes(bytes, PIECES, rng));
      return `${name}: bytes`;
  }
}

/** A row lost, repeated, or in another's place. */
function inRows(path: string, bytes: Buffer, rng: Rng): string {
  const lines = bytes.toString('utf8').split('\n');
  const i = rng.int(lines.length);
  const line = lines[i]!;
  const [what, now] = rng.pick([
    ['a row lost', []],
    ['a row twice', [line, line]],
    ['another row', [rng.pick(lines)]],
    ['null for a row', ['null']],
  ] as const);
  lines.splice(i, 1, ...now);
  writeFileSync(path, lines.join('\n'));
  return what;
}

/** A value of a record, or of one row. */
function inValues(path: string, bytes: Buffer, rng: Rng): string {
  const lines = bytes.toString('utf8').split('\n');
  const isRows = path.endsWith('.jsonl');
  const i = isRows ? rng.int(lines.length) : 0;
  let tree: Json;
  try {
    tree = JSON.parse(isRows ? lines[i]! : lines.join('\n')) as Json;
    if (typeof tree !== 'object' || tree === null) return 'nothing';
  } catch {
    return 'nothing';
  }
  const what = changeTree(tree, rng);
  const text = JSON.stringify(tree);
  writeFileSync(path, isRows ? lines.with(i, text).join('\n') : text);
  return what;
}
