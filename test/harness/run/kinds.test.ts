import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load } from '../../../harness/config/load.js';
import { begin, kindOf, readFolder } from '../../../harness/run/kinds.js';
import { keepRows } from '../../../harness/run/suite.js';
import { STORE_VERSION } from '../../../harness/store/spec.js';
import { writeStored } from '../../reports/stored.js';
import { temporary } from '../../support.js';

const dir = temporary();
const folder = (name: string): string => {
  mkdirSync(join(dir, name), { recursive: true });
  return join(dir, name);
};
writeFileSync(join(dir, 'two.mjs'), "export default { parts: [{ id: 'one', run: () => [] }] };");
writeFileSync(join(dir, 'two.yaml'), 'name: two\nanalysis: ./two.mjs\n');

describe('an analysis', () => {
  test('has nothing to plan; its mark tells its kind, and it reads as what was computed', async () => {
    const { name, experiments, mark } = await begin(load(join(dir, 'two.yaml')), {});
    expect([name, experiments]).toEqual(['two', []]);
    const out = folder('analysis');
    expect(kindOf(out)).toBe('experiment'); // as long as nothing says otherwise
    mark(out);
    expect(kindOf(out)).toBe('analysis');
    const row = { type: 'table', id: 't', title: 'x', reading: 'x', columns: [], rows: [] };
    writeFileSync(join(out, 'rows.jsonl'), `${JSON.stringify({ part: 'one', row })}\n{"done":"one"}\n`);
    const stored = await readFolder(out);
    expect(stored).toMatchObject({ kind: 'analysis', analysis: { name: 'two' }, rows: [row] });
    // Its rows are there already, and in another form.
    keepRows(out, stored as Extract<typeof stored, { kind: 'analysis' }>);
    expect(await readFolder(out)).toMatchObject({ rows: [row] });
  });
  test('that does not load is refused at its beginning', async () => {
    writeFileSync(join(dir, 'bad.mjs'), 'export default {};');
    writeFileSync(join(dir, 'bad.yaml'), 'name: bad\nanalysis: ./bad.mjs\n');
    await expect(begin(load(join(dir, 'bad.yaml')), {})).rejects.toMatchObject({ code: 'analysis-shape' });
  });
});

describe('an experiment', () => {
  test('is one to plan, in the output folder itself', async () => {
    const { name, experiments } = await begin(load('smoke'), {});
    expect([name, experiments.map(([at]) => at)]).toEqual(['smoke', ['.']]);
  });
  test('reads as its stored runs', async () => {
    const stored = await readFolder(writeStored(join(dir, 'stored')));
    expect(stored.kind).toBe('experiment');
    expect((stored as Extract<typeof stored, { kind: 'experiment' }>).runs.length).toBeGreaterThan(1);
    await expect(readFolder(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'no-folder' });
  });
});

describe('a suite', () => {
  test('has its members to plan, each in a folder of its name; the profile says how large', async () => {
    const { experiments } = await begin(load('claims'), { seeds: 1 });
    expect(experiments.length).toBeGreaterThan(5);
    for (const [at, { kind, experiment }] of experiments) {
      expect([kind, experiment.name, experiment.seeds]).toEqual(['experiment', at, [0]]);
    }
  });
  test('of another version of the store is refused', async () => {
    const out = folder('suite');
    const stored = { storeVersion: STORE_VERSION + 1, name: 's', module: 'claims', members: [] };
    writeFileSync(join(out, 'suite.json'), JSON.stringify(stored));
    expect(kindOf(out)).toBe('suite');
    await expect(readFolder(out)).rejects.toMatchObject({ code: 'store-version' });
  });
});
