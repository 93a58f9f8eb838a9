import { Ajv } from 'ajv';
import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Figure } from '../../../harness/stats/interval.js';
import type { figure } from '../../../reports/report/parts.js';
import { reportSchema } from '../../../reports/report/schema.js';
import {
  array,
  atLeastOne,
  constant,
  count,
  described,
  nullable,
  number,
  object,
  open,
  optionally,
  pair,
  record,
  type Schema,
  type Static,
  text,
} from '../../../reports/report/schema-builder.js';

const accepts = (schema: Schema<unknown>, values: readonly unknown[]): boolean[] => {
  const validate = new Ajv({ strict: true }).compile(schema.json);
  return values.map((value) => validate(value));
};

describe('one declaration gives the schema and the type', () => {
  const row = object({ name: text, figures: array(nullable(number)), range: pair(number, nullable(number)) });
  type Row = Static<typeof row>;
  test('the type', () => {
    expectTypeOf<Row>().toEqualTypeOf<{
      readonly name: string;
      readonly figures: readonly (number | null)[];
      readonly range: readonly [number, number | null];
    }>();
    expectTypeOf<Static<typeof figure>>().toEqualTypeOf<Figure>();
  });
  test('every field is needed, and no other is allowed', () => {
    const good: Row = { name: 'a', figures: [1, null], range: [0, null] };
    const lacking = { name: good.name, figures: good.figures };
    expect(accepts(row, [good, lacking, { ...good, more: 1 }])).toEqual([true, false, false]);
  });
  test('a pair is two items, each as declared', () => {
    expect(accepts(pair(number, nullable(number)), [[1, 2], [1, null], [null, 1], [1], [1, 2, 3]])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
  test('an open object may have more or fewer fields, and those it has are as declared', () => {
    expect(accepts(open({ a: text }), [{ a: 'x', b: 1 }, {}, { a: 1 }])).toEqual([true, true, false]);
  });
  test('a field that may be left out is as declared where it is there', () => {
    const more = optionally({ b: text }, object({ a: count }));
    expectTypeOf<Static<typeof more>>().toExtend<{ readonly a: number; readonly b?: string }>();
    expect(accepts(more, [{ a: 1 }, { a: 1, b: 'x' }, { a: 1, b: 2 }, { b: 'x' }, { a: 1, c: 2 }])).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
  test('numbers keep to their bounds', () => {
    expect(accepts(count, [0, -1, 0.5])).toEqual([true, false, false]);
    expect(accepts(atLeastOne, [1, 0])).toEqual([true, false]);
    expect(accepts(constant(3), [3, 4])).toEqual([true, false]);
    expect(accepts(record(number), [{ a: 1 }, { a: 'x' }])).toEqual([true, false]);
  });
  test('a description changes nothing else', () => {
    expect(described('What it is.', count).json).toEqual({ ...count.json, description: 'What it is.' });
  });
});

test('the published schema says what its figures are', () => {
  const { properties } = reportSchema as unknown as { properties: Record<string, { description?: string }> };
  expect(properties['frontiers']!.description).toContain('Unions of paradigms first');
});
