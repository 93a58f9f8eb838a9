import type { Rng } from '../../harness/rng.js';

export type Json = Record<string, unknown> | unknown[];

/** Values that no setting expects, each for a reason of its own, and some that many would take. */
export const VALUES: readonly unknown[] = [
  null,
  true,
  '',
  'x',
  ' ',
  '..',
  '/',
  '/dev/zero',
  '/dev/stdin',
  '/proc/self/mem',
  'toString',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'a\nb',
  'a\0b',
  '\u202e',
  '\ud800',
  'a'.repeat(300),
  'é'.repeat(200),
  'long '.repeat(50_000),
  0,
  -1,
  -0,
  1,
  2,
  3,
  8,
  0.5,
  -7.25,
  1e-300,
  1e9,
  2 ** 31,
  2 ** 53,
  1e308,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [],
  {},
  [null],
  [[]],
  { a: 1 },
  { toString: 1 },
  { content: '<s>' },
  ['toString'],
  ['a', 'b'],
  '512',
  '<s>',
];
const NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'valueOf',
  'length',
  '',
  ' ',
  '.',
  'a b',
  'a'.repeat(300),
  '$schema',
  'params',
  'stages',
];

/** Letters that one change may add. */
const LARGEST = 2_000_000;

/** One change somewhere in a tree, which it is made in. @returns what it was */
export function changeTree(root: Json, rng: Rng): string {
  const path: string[] = [];
  let node = root;
  for (;;) {
    const keys = Object.keys(node);
    if (keys.length === 0) return `${path.join('.')} is empty`;
    const key = rng.pick(keys);
    path.push(key);
    const value = (node as Record<string, unknown>)[key];
    if (typeof value !== 'object' || value === null || rng.int(4) === 0) break;
    node = value as Json;
  }
  const fields = node as Record<string, unknown>;
  const key = path.at(-1)!;
  const value = fields[key];
  const at = path.join('.');
  switch (rng.int(9)) {
    case 0:
      if (Array.isArray(node)) node.splice(Number(key), 1);
      else delete fields[key];
      return `${at} removed`;
    case 1: {
      if (Array.isArray(node)) break;
      const name = rng.int(2) === 0 ? rng.pick(NAMES) : `${key}s`;
      delete fields[key];
      // As a file would say it: an assignment to __proto__ would say nothing.
      Object.defineProperty(fields, name, { value, enumerable: true, configurable: true, writable: true });
      return `${at} is called ${JSON.stringify(name.slice(0, 40))}`;
    }
    case 2:
      if (typeof value === 'number') {
        const far = [-value, value * 1e6, value * 1e12, value / 7, value + 0.5, 0];
        fields[key] = rng.pick([...far, value + 1, value - 1, value * 2, value / 2]);
        return `${at} is ${String(fields[key])}`;
      }
      if (typeof value === 'boolean') {
        fields[key] = !value;
        return `${at} is ${String(fields[key])}`;
      }
      break;
    case 3:
      if (typeof value === 'string') {
        const cut = rng.int(value.length + 1);
        fields[key] = `${value.slice(0, cut)}${JSON.stringify(rng.pick(VALUES))}${value.slice(cut)}`;
        return `${at} has something in it`;
      }
      break;
    case 4: {
      const n = rng.pick([2, 50, 3000]);
      if (n * (JSON.stringify(value) ?? '').length > LARGEST) break;
      if (Array.isArray(value)) {
        fields[key] = Array.from(
          { length: n * Math.min(value.length, 20) },
          (_, i) => value[i % value.length],
        );
        return `${at} is ${n} times as long`;
      }
      for (let i = 0; i < n; i++) fields[`${key}${i}`] = structuredClone(value);
      return `${at} is there ${n} times more`;
    }
    case 5: {
      let deep: unknown = value;
      for (let i = rng.pick([1, 3, 70]); i > 0; i--) deep = rng.int(2) === 0 ? [deep] : { a: deep };
      fields[key] = deep;
      return `${at} is deeper`;
    }
    default:
  }
  fields[key] = structuredClone(rng.pick(VALUES));
  return `${at} is ${String(JSON.stringify(fields[key])).slice(0, 60)}`;
}

/** What breaks readers of JSON and of text, and what is legal and rare. */
export const PIECES: readonly string[] = [
  'null',
  '[]',
  '{}',
  '"',
  '\\',
  '\n',
  '\r\n',
  '[',
  '{',
  '}',
  ',',
  '1e999',
  '-0',
  '1.0',
  '-1e-7',
  'NaN',
  '9'.repeat(400),
  '\0',
  '\xff',
  '\xef\xbb\xbf',
  '\\ud800',
  '../',
  '{"a":',
  '{"a": 1, "a": 2, "1": 3}',
  '{{',
  '{% endif %}',
  '\n\n\n',
  '['.repeat(10_000),
  `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  'long '.repeat(100_000),
];

/** A tree as JSON, with what a format calls the numbers that JSON has no names for. */
export function textOf(tree: Json, { nan, inf }: { readonly nan: string; readonly inf: string }): string {
  const named = (_: string, value: unknown): unknown =>
    typeof value === 'number' && !Number.isFinite(value) ? `@${value}@` : value;
  return JSON.stringify(tree, named, 1)
    .replaceAll('"@NaN@"', nan)
    .replaceAll(/"@(-?)Infinity@"/g, (_, sign: string) => `${sign}${inf}`);
}

/** How many changes: one mostly, so that what comes after the first refusal is reached too. */
export const several = (rng: Rng): number => (rng.int(4) === 0 ? 2 + rng.int(3) : 1);

/**
 * One change of text or bytes.
 * @param pieces what may be put in, a letter a byte
 * @param within bytes from the beginning in which it is made; absent: anywhere
 */
export function changeBytes(
  bytes: Buffer,
  pieces: readonly string[],
  rng: Rng,
  within = bytes.length,
): Buffer {
  const at = rng.int(Math.min(bytes.length, within) + 1);
  const to = Math.min(bytes.length, at + 1 + rng.int(60));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)];
  switch (rng.int(6)) {
    case 0: {
      const flipped = Buffer.from(bytes);
      if (at < bytes.length) flipped[at] = rng.int(256);
      return flipped;
    }
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, middle, middle, tail]);
    case 3:
      return Buffer.from(head);
    default:
      return Buffer.concat([head, Buffer.from(rng.pick(pieces), 'latin1'), middle, tail]);
  }
}
