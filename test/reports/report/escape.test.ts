import { expect, test } from 'vitest';
import { escapeHtml, escapeMarkdown } from '../../../reports/report/escape.js';

test('markup and table cells stay text', () => {
  expect(escapeHtml(`<a href='x'>&"`)).toBe('&lt;a href=&#39;x&#39;&gt;&amp;&quot;');
  expect(escapeMarkdown('a|b\n*c*')).toBe('a\\|b \\*c\\*');
});

test('Markdown that would open a list, a heading or a link by its place', () => {
  expect(
    [
      '1. first',
      '= rule',
      ' - item',
      'www.example.org',
      'see http://example.org',
      '0.5 of 1.5',
      'a\n\nb',
    ].map(escapeMarkdown),
  ).toEqual([
    '1\\. first',
    '\\= rule',
    '\\- item',
    'www\\.example.org',
    'see http\\://example.org',
    '0.5 of 1.5',
    'a b',
  ]);
});

test.each([
  'dpo[beta=0.1,learningRate=0.001]',
  '+0.0188 [−0.347, +0.385] reward by judge (3 seeds); RL costs 70.9 times the compute',
  '-0.5 to 0.5',
  'tokenizer_config.json: eos_token',
  'held-out pairs!',
  "stage's {braces} (3 of #5)",
])('what is no markup where it stands stays as it is: %s', (text) => {
  expect(escapeMarkdown(text)).toBe(text);
});

test.each([
  ['[link](http://x)', '\\[link\\](http\\://x)'],
  ['a [link][ref]', 'a [link\\][ref]'],
  ['[ref]: x', '\\[ref\\]: x'],
  ['[ ] task', '\\[ ] task'],
  ['_emphasis_ and snake_case', '\\_emphasis\\_ and snake_case'],
  ['# heading', '\\# heading'],
  ['--- rule', '\\--- rule'],
  ['+ item', '\\+ item'],
  ['2) item', '2\\) item'],
  ['~~gone~~ $x$ &lt; <b>', '\\~\\~gone\\~\\~ \\$x\\$ \\&lt; \\<b\\>'],
])('what is markup where it stands is not: %s', (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped);
});
