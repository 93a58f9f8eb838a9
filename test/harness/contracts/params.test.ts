import { describe, expect, test } from 'vitest';
import { validated } from '../../../harness/config/validate.js';
import { flag, integer, number, oneOf, parameters, text } from '../../../harness/index.js';

const description = 'what it is';

describe('parameters', () => {
  test('are a closed JSON schema, keywords in the order in which they are written', () => {
    const schema = parameters({
      beta: number({ above: 0, below: 1, default: 0.1, description }),
      clip: number({ nullable: true, min: 0, max: 20, default: null, description }),
      steps: integer({ min: 1, default: 2, description }),
      kind: oneOf(['sum', 'mean'], { default: 'sum', description }),
      path: text({ minLength: 1, default: 'here', description }),
      shuffle: flag({ default: true, description }),
      plain: { type: 'array', items: { type: 'number' }, default: [], description },
    });
    expect(JSON.stringify(schema)).toBe(
      JSON.stringify({
        type: 'object',
        additionalProperties: false,
        properties: {
          beta: { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 1, default: 0.1, description },
          clip: { type: 'number', nullable: true, minimum: 0, maximum: 20, default: null, description },
          steps: { type: 'integer', minimum: 1, default: 2, description },
          kind: { type: 'string', enum: ['sum', 'mean'], default: 'sum', description },
          path: { type: 'string', minLength: 1, default: 'here', description },
          shuffle: { type: 'boolean', default: true, description },
          plain: { type: 'array', items: { type: 'number' }, default: [], description },
        },
      }),
    );
  });
  test('are required where they have no default', () => {
    const schema = parameters({ file: text({ description }), beta: number({ default: 1, description }) });
    expect(schema.required).toEqual(['file']);
    expect(() => validated(schema, {}, 'x')).toThrow("x: key 'file' is missing");
    expect(validated(schema, { file: 'a' }, 'x')).toEqual({ file: 'a', beta: 1 });
  });
  test('hold values to their bounds; null only where it is allowed', () => {
    const schema = parameters({
      beta: number({ above: 0, default: 1, description }),
      clip: number({ nullable: true, above: 0, default: null, description }),
    });
    expect(validated(schema, { clip: null }, 'x')).toEqual({ beta: 1, clip: null });
    for (const wrong of [{ beta: 0 }, { beta: null }, { clip: 0 }, { gamma: 1 }]) {
      expect(() => validated(schema, wrong, 'x')).toThrow();
    }
  });
});
