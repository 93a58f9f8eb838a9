import { afterEach, describe, expect, test } from 'vitest';
import { keyFor, requireKeys, takeKeys } from '../../../harness/judge/key.js';

afterEach(() => {
  delete process.env['A_KEY'];
  delete process.env['B_KEY'];
});

describe('the key of a judge', () => {
  test('is taken out of the environment, so that no process that is started has it', () => {
    process.env['A_KEY'] = 'sk-1';
    const judge = { name: 'j', keyFrom: 'A_KEY' };
    takeKeys([judge]);
    expect(process.env['A_KEY']).toBeUndefined();
    expect(keyFor(judge)).toBe('sk-1');
    // Members of a suite take it one after the other.
    takeKeys([judge]);
    expect(keyFor(judge)).toBe('sk-1');
  });
  test.each([
    ['absent', undefined, /B_KEY, which is not set/],
    ['empty', '', /B_KEY, which is not set/],
    ['of two words', 'sk 1', /has spaces or other characters/],
    ['with a line end', 'sk-1\n', /has spaces or other characters/],
  ])('is refused where it is %s, without being repeated', (_, value, message) => {
    if (value !== undefined) process.env['B_KEY'] = value;
    expect(() => requireKeys([{ name: 'j', keyFrom: 'B_KEY' }])).toThrow(message);
    expect(() => requireKeys([{ name: 'j', keyFrom: 'B_KEY' }])).not.toThrow(/sk/);
  });
  test('is none where none is asked for', () => {
    requireKeys([{ name: 'j', keyFrom: null }]);
    expect(keyFor({ keyFrom: null })).toBeNull();
  });
});
