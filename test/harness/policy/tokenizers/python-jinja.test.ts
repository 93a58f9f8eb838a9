import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PYTHON, pythonJinja } from '../../../../harness/policy/tokenizers/python-jinja.js';

// Made by test/peers/make_templates.py with transformers 5.18.
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/templates.json', import.meta.url), 'utf8'),
) as {
  readonly messages: readonly object[];
  readonly variables: Readonly<Record<string, unknown>>;
  readonly rows: readonly (readonly [string, string | null])[];
};

/** What Python can and the library cannot do: refused, never printed otherwise. */
const REFUSED = [
  "{{ 'a' * 3 }}",
  "{{ '%s-%d' | format('a', 3) }}",
  '{% raw %}{{ x }}{% endraw %}',
  "{{ 1 == 1.0 }}{{ 'a' < 'b' }}{{ not '' }}",
  "{{ 'abc'.find('c') }}{{ 'abcabc'.count('b') }}{{ 'a-b'.join(['1','2']) }}",
  "{{ 'abc' | first }}{{ [3,1,2] | sort }}{{ [1,2] | sum }}{{ [1,2]|max }}",
  "{{ messages | map(attribute='content') | map('upper') | list }}",
  "{{ messages | groupby('role') | list | length }}",
  '{{ 1e3 }}{{ 1000000.0 }}{{ 0.1 + 0.2 }}{{ 1e20 }}{{ 12345678901234567890 }}',
  "{{ 'a' is eq 'a' }}{{ 3 is odd }}{{ 3 is number }}{{ 3 is integer }}{{ true is boolean }}",
  "{{ {'a': 'x'}.a }}{{ {'a': 'x'}['a'] }}{{ dict(a=1).a }}",
  "{{ ('a','b') }}{{ ('a',) }}",
];

test('a million blanks inside a text take no time to strip its ends', () => {
  const text = `  a${' '.repeat(1_000_000)}b\u{1f600}\u{1f600} `;
  const render = (what: string): string => pythonJinja(`{{ t.${what} }}`).render({ ...PYTHON, t: text });
  const began = process.cpuUsage();
  expect(render('strip()')).toBe(text.trim());
  expect(render('rstrip()')).toBe(text.trimEnd());
  expect(render("strip(' \u{1f600}')")).toBe(`a${' '.repeat(1_000_000)}b`);
  expect(process.cpuUsage(began).user).toBeLessThan(5e6);
});
test.each(golden.rows.filter(([, want]) => want !== null))('%s', (snippet, want) => {
  const render = () =>
    pythonJinja(snippet).render({
      ...PYTHON,
      ...golden.variables,
      messages: golden.messages,
      tools: null,
      documents: null,
      add_generation_prompt: true,
    });
  if (REFUSED.includes(snippet)) expect(render).toThrow();
  else expect(render()).toBe(want);
});

describe('a sum', () => {
  const shown = (source: string): string =>
    pythonJinja(source).render({ ...PYTHON, part: [{ text: 'hi' }], nothing: null });
  test('adds texts, numbers or lists, however many', () => {
    expect(shown("{{ 'a' + 'b' + ('c' + 'd') + 'e' }}{{ 1 + 2 + 0.5 }}{{ ([1] + [2]) | length }}")).toBe(
      'abcde3.52',
    );
  });
  test.each(["'x' + part", "'x' + 'y' + part + 'z'", "'x' + 1", "1 + 'x'", "'x' + nothing"])(
    'of two kinds raises, as in Python: %s',
    (source) => expect(() => shown(`{{ ${source} }}`)).toThrow(/only values of one kind can be added/),
  );
});
