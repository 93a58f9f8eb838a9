import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { StoredExperiment } from '../../../harness/store/read.js';
import { reportSchema } from '../../../reports/report/schema.js';
import { facts, splitColumns } from '../../../reports/report/tables/data.js';
import { assemble } from '../../../reports/sections/assemble.js';
import { data } from '../../../reports/sections/data.js';
import { temporary } from '../../support.js';
import { dataReport, dataRow } from '../data.js';
import { handStore } from '../store.js';
import { starts } from './hand.js';

const dir = temporary();
const stored = handStore(join(dir, 'a'), starts);
const collected = (...counts: readonly (number | null)[]): StoredExperiment['runs'] =>
  counts.map((pairs, seed) => {
    const { spec, dir: at, outcome } = stored.runs[seed]!;
    const summary = { pairs: pairs ?? 0, heldoutPairs: 10 };
    return {
      dir: at,
      spec: { ...spec, kind: 'collect' },
      outcome: pairs === null ? null : { ...outcome!, summary },
    };
  });

describe('what was trained on', () => {
  test('is nothing for worlds: no field at all', () => {
    expect(data(stored)).toBeNull();
    expect(assemble(stored)).not.toHaveProperty('data');
  });
  test('is the stored row, with what every seed was given', () => {
    const row = dataRow('mine.jsonl');
    const found = data({ ...stored, data: row, runs: collected(90, 91, null) })!;
    expect(found).toMatchObject({ ...row, asked: { pairs: { asked: 200, there: 90, given: [90, 91] } } });
    expect(found.warnings[0]).toBe('mine.jsonl: 20 of 120 rows left out');
  });
  test('policies that began untrained are said to be so, with what that can show', () => {
    const row = dataRow('mine.jsonl');
    const compared = stored.runs[0]!;
    const outcome = { ...compared.outcome!, parameters: 251_328 };
    const from = (policy: object) => [
      {
        ...compared,
        outcome,
        spec: { ...compared.spec, role: 'compared' as const, policy: { ...compared.spec.policy, ...policy } },
      },
    ];
    const of = (policy: object) => data({ ...stored, data: row, runs: from(policy) })!.beginning;
    expect(of({})).toMatch(/^Policies have 251,328 parameters and began untrained: .* it cannot show/);
    expect(of({ checkpoint: 'folder' })).toBeNull();
    expect(data({ ...stored, data: { ...row, asked: null }, runs: from({}) })!.beginning).toBeNull();
  });
  test('keeps to the published schema', () => {
    const validate = new Ajv({ allErrors: true, strict: false }).compile(reportSchema);
    validate(JSON.parse(JSON.stringify(assemble({ ...stored, data: dataRow('mine.jsonl') }))));
    expect(validate.errors).toBeNull();
  });
});

describe('completions judged one by one', () => {
  const row = dataRow('mine.jsonl');
  const completion = row.splits[0]!.given!.chosen;
  const counts = { rows: 9, good: 6, duplicates: 1, conflicting: 2, withoutEnd: 0, severalEnds: 0 };
  const splits = row.splits.map((split) => ({ ...split, given: null, unpaired: { ...counts, completion } }));
  const judged = { ...row, asked: null, splits };
  test('keep to the published schema', () => {
    const validate = new Ajv({ allErrors: true, strict: false }).compile(reportSchema);
    validate(JSON.parse(JSON.stringify(assemble({ ...stored, data: judged }))));
    expect(validate.errors).toBeNull();
  });
  test('have a table of their own', () => {
    const report = data({ ...stored, data: judged })!;
    const cells = splitColumns(report).map((column) => [
      column.heading,
      'of' in column ? column.of(report.splits[0]!) : null,
    ]);
    expect(cells).toEqual(
      expect.arrayContaining([
        ['completions', 9],
        ['labelled true', 6],
        ['conflicting labels', 2],
      ]),
    );
    expect(splitColumns(dataReport('mine')).map(({ id }) => id)).toContain('pairs');
  });
});

describe('what stands beside the tables', () => {
  const report = dataReport('mine');
  test('asked and given, template, special tokens, bounds, and whose splits they are', () => {
    expect(facts(report)).toEqual(
      expect.arrayContaining([
        'Warning: mine: 20 of 120 rows left out.',
        'Warning: 1 prompt of test is in train too (the first: row mine).',
        'mine',
        'collect.pairs: 200 asked, 89 to 91 given.',
        'collect.heldoutPairs: 10 asked, 10 given.',
        'Template: mine, from mine.',
        'end token: 1, 7, from mine.',
        'Bounds: prompts of 256 tokens, completions of 128, end token included.',
      ]),
    );
    expect(facts(report)).not.toContain('No two splits have a prompt in common.');
    expect(facts({ ...report, shared: [] })).toContain('No two splits have a prompt in common.');
  });
  test('pairs that are there and not used', () => {
    const asked = { ...report.asked!, pairs: { asked: 200, there: 900, given: [200] } };
    expect(facts({ ...report, asked })).toContain('collect.pairs: 200 asked, 200 of 900 given.');
  });
  test('pairs that are still to be collected', () => {
    const asked = { ...report.asked!, pairs: { asked: 200, there: 90, given: [] } };
    expect(facts({ ...report, asked })).toContain('collect.pairs: 200 asked, none collected yet.');
    expect(facts({ ...report, asked: null, warnings: [] }).join()).not.toContain('asked');
  });
});
