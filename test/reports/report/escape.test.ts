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
