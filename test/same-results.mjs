/**
 * Whether two results folders hold the same bytes, clocks and version stamps aside:
 *
 *   node test/same-results.mjs BEFORE AFTER
 *
 * For a change that may move no result: run an experiment before it and after it, then compare. Run ids hold
 * a hash of where the checkout lies, so they are replaced by their labels and seeds. Compared are every
 * stored row, every model's weights, what each run ended as, and report.json. Prints what differs; exit 1
 * where anything does.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Keys whose values depend on the clock, the machine's load or the version, wherever they stand. */
const ALONE = ['clock', 'environment', 'tiltyard', 'startedAt', 'concurrent', 'baseDir', 'seal'];
const CLOCK = new RegExp(`^(${ALONE.join('|')})$|seconds|Ms$|rssBytes`, 'i');

function read(dir) {
  const ids = new Map();
  for (const plan of files(dir).filter((path) => path.endsWith('plan.json'))) {
    JSON.parse(readFileSync(plan, 'utf8')).runs.forEach(({ id, label, seed }) => {
      if (!ids.has(id)) ids.set(id, `<${label} seed ${seed}>`);
    });
  }
  const known = [...ids].sort(([a], [b]) => b.length - a.length);
  const renamed = (text) => known.reduce((out, [id, name]) => out.replaceAll(id, name), text);
  return new Map(
    files(dir)
      .filter(
        (path) =>
          /\.(jsonl?|safetensors)$/.test(path) && !/ckpt-|\/(report\.)?(files|lock)\.json$/.test(path),
      )
      .map((path) => [renamed(relative(dir, path)), contents(path, renamed)]),
  );
}

function contents(path, renamed) {
  if (path.endsWith('.safetensors')) return [createHash('sha256').update(readFileSync(path)).digest('hex')];
  const text = renamed(readFileSync(path, 'utf8'));
  if (path.endsWith('.jsonl'))
    return text.split('\n').map((line) => (line === '' ? '' : canonical(JSON.parse(line))));
  return canonical(JSON.parse(text), 1).split('\n');
}

/** JSON in the order that was written, so that a changed order of keys is a difference too. */
const canonical = (value, indent) =>
  JSON.stringify(value, (key, v) => (CLOCK.test(key) ? undefined : v), indent);

const files = (dir) =>
  readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();

const [before, after] = process.argv.slice(2);
if (before === undefined || after === undefined || !existsSync(before) || !existsSync(after)) {
  process.stderr.write('give two results folders: node test/same-results.mjs BEFORE AFTER\n');
  process.exit(2);
}
const [a, b] = [read(before), read(after)];
let different = 0;
const say = (path, what) => {
  if (++different <= 40) process.stdout.write(`${path}: ${what}\n`);
};
for (const path of new Set([...a.keys(), ...b.keys()])) {
  const [mine, theirs] = [a.get(path), b.get(path)];
  if (mine === undefined || theirs === undefined) {
    say(path, `only ${mine === undefined ? 'after' : 'before'}`);
    continue;
  }
  const line = mine.findIndex((text, i) => text !== theirs[i]);
  if (line >= 0) say(path, `line ${line + 1}: ${mine[line].slice(0, 160)} -> ${theirs[line]?.slice(0, 160)}`);
  else if (mine.length !== theirs.length) say(path, `${mine.length} lines -> ${theirs.length}`);
}
process.stdout.write(`${a.size} files, ${different} ${different === 1 ? 'differs' : 'differ'}\n`);
process.exit(different === 0 ? 0 : 1);
