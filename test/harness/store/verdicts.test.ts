import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storePaths } from '../../../harness/store/layout.js';
import { readVerdicts, verdictDamages, Verdicts, wholeVerdicts } from '../../../harness/store/verdicts.js';
import { temporary } from '../../support.js';
import { verdictRow } from './verdict-row.js';

const root = temporary();
let n = 0;
const written = (keys: readonly string[], closed = true): string => {
  const dir = join(root, String(n++));
  const verdicts = new Verdicts(dir);
  for (const key of keys) verdicts.append(verdictRow(key));
  if (closed) verdicts.close();
  return dir;
};
const damages = (dir: string, live = false): string[] => {
  const found: string[] = [];
  verdictDamages(dir, live, (file, what) => found.push(`${file.slice(dir.length + 1)} ${what}`));
  return found;
};

describe('verdicts', () => {
  test('are read back, the last of a key counting, and all of them adding up', () => {
    const dir = written(['a', 'b']);
    const again = new Verdicts(dir);
    again.append(verdictRow('a', { outcome: 'tie', calls: 3 }));
    again.close();
    const { known, rows } = new Verdicts(dir);
    expect(known.get('a')!.outcome).toBe('tie');
    expect(rows.get('j')!.map(({ calls }) => calls)).toEqual([1, 1, 3]);
    expect(damages(dir)).toEqual([]);
  });
  test('a row that a kill cut is no row, and the next one does not stand on its line', () => {
    const dir = written(['a', 'b'], false);
    appendFileSync(storePaths(dir).verdicts, '{"key":"c","judge":"j","outc');
    expect(damages(dir, true)).toEqual([]);
    expect(wholeVerdicts(dir).map(({ key }) => key)).toEqual(['a', 'b']);
    const verdicts = new Verdicts(dir);
    verdicts.append(verdictRow('d'));
    verdicts.close();
    expect(readVerdicts(dir).map(({ key }) => key)).toEqual(['a', 'b', 'd']);
    expect(damages(dir)).toEqual([]);
  });
  test('a folder without any has none, and nothing is written where nothing is appended', () => {
    const verdicts = new Verdicts(join(root, 'none'));
    verdicts.close();
    expect(readVerdicts(join(root, 'none'))).toEqual([]);
    expect(damages(join(root, 'none'))).toEqual([]);
  });
  test('each change of them is a damage', () => {
    const { verdicts, verdictsSeal } = storePaths('');
    const change = (what: (dir: string) => void): string[] => {
      const dir = written(['a', 'b', 'c']);
      what(dir);
      return damages(dir);
    };
    const edit = (dir: string, of: (text: string) => string): void =>
      writeFileSync(join(dir, verdicts), of(readFileSync(join(dir, verdicts), 'utf8')));
    const not = `${verdicts} has not the 3 rows written`;
    expect(change((dir) => edit(dir, (text) => text.replace('"first"', '"second"')))).toEqual([
      `${verdicts} row 1 is not what was written there`,
      not,
    ]);
    expect(change((dir) => edit(dir, (text) => text.split('\n').slice(1).join('\n')))).toEqual([not]);
    expect(change((dir) => edit(dir, (text) => `x${text}`))).toEqual([
      `${verdicts} row 1 is not what was written there`,
      not,
    ]);
    expect(change((dir) => rmSync(join(dir, verdicts)))).toEqual([`${verdicts} is gone`]);
    expect(change((dir) => writeFileSync(join(dir, verdictsSeal), '{}'))).not.toEqual([]);
    expect(change((dir) => rmSync(join(dir, verdictsSeal)))).toEqual([`${verdictsSeal} is gone`]);
    const more = change((dir) => appendFileSync(join(dir, verdicts), '{"key":"x"}\n'));
    expect(more).toEqual([`${verdicts} row 4 is not what was written there`]);
  });
  test('a report counts the rows that are as they were written, and no others', () => {
    const dir = written(['a', 'b', 'c']);
    const path = storePaths(dir).verdicts;
    const [first, , third] = readFileSync(path, 'utf8').split('\n');
    writeFileSync(path, [first!.replace('"first"', '"tie"'), 'null', '{', '[]', third, ''].join('\n'));
    expect(wholeVerdicts(dir).map(({ key }) => key)).toEqual(['c']);
  });
});
