import { expect, test } from 'vitest';
import { parseYaml } from '../../../harness/config/yaml.js';

const refused = (text: string): string => {
  try {
    parseYaml(text, 'file.yaml');
  } catch (error) {
    return (error as Error).message;
  }
  return 'not refused';
};

test('an alias is what it names', () => {
  expect(parseYaml('a: &x [1, 2]\nb: *x', 'file.yaml')).toEqual({ a: [1, 2], b: [1, 2] });
});
test('an alias of nothing, of itself, and of far too much', () => {
  expect(refused('a: *nope')).toMatch(/^file.yaml: Unresolved alias .*: nope; fix the YAML$/);
  expect(refused('a: &a [*a]')).toMatch(/^file.yaml: mappings and lists lie more than 64 deep, or/);
  const bomb = Array.from({ length: 9 }, (_, i) => {
    const of = Array.from({ length: 10 }, () => (i === 0 ? 'x' : `*a${i - 1}`)).join(',');
    return `a${i}: &a${i} [${of}]`;
  });
  expect(refused(bomb.join('\n'))).toBe('file.yaml: aliases (*name) stand for too much; fix the YAML');
});
test('what lies too deep or is too long', () => {
  expect(refused(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`)).toMatch(/more than 500 deep/);
  expect(refused(`a: ${'['.repeat(100)}${']'.repeat(100)}`)).toMatch(/more than 64 deep/);
  expect(refused(`a: ${'x'.repeat(1_000_000)}`)).toBe(
    'file.yaml: is longer than 1000000 letters; fix the YAML',
  );
});
test('a tag that stands for no value of JSON', () => {
  for (const tagged of [
    '!!binary aGk=',
    '!!set {a, b}',
    '!!timestamp 2026-01-01',
    '!!js/function x',
    '!mine 1',
  ])
    expect(refused(`a: ${tagged}`), tagged).toMatch(
      /^file\.yaml:1:4: Unresolved tag: .*; fix the YAML there$/,
    );
  expect(parseYaml('a: !!str 1', 'file.yaml')).toEqual({ a: '1' });
});
test('thousands of lines of a list where none can be', () => {
  const text = `{ "a": 1,\n${'- 1\n'.repeat(5000)}`;
  expect(refused(text)).toMatch(/^file\.yaml.*; fix the YAML( there)?$/);
  expect(refused(`a: {\nb: 1 }\n "c"${'- 1\n'.repeat(5000)}`)).toMatch(
    /^file\.yaml.*; fix the YAML( there)?$/,
  );
});
test('a key that stands there twice, and many keys in seconds', () => {
  expect(refused('a: 1\nb: { c: 1, d: 2, c: 3 }')).toBe(
    'file.yaml:2:18: the key c stands there twice; fix the YAML there',
  );
  const many = Array.from({ length: 50_000 }, (_, i) => `k${i}: 1`).join('\n');
  const began = process.cpuUsage();
  expect(Object.keys(parseYaml(many, 'file.yaml') as object)).toHaveLength(50_000);
  expect(process.cpuUsage(began).user).toBeLessThan(10e6);
});
test("a key that would be an object's prototype is a key", () => {
  const value = parseYaml('__proto__: { x: 1 }', 'file.yaml') as object;
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect(({} as { x?: number }).x).toBeUndefined();
});
