import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { chatTemplate, type Message } from '../../../../harness/policy/tokenizers/chat.js';
import { BACKEND, folderOf } from './folders.js';

const user: Message = { role: 'user', content: 'hi' };
const roles = (mark: string): string => `{% for m in messages %}${mark}{{ m.role }}{% endfor %}`;
const settings = (fields: object) => ({ 'tokenizer_config.json': { ...BACKEND, ...fields } });

describe('where a template comes from', () => {
  const named = [
    { name: 'default', template: roles('d') },
    { name: 'tool_use', template: roles('t') },
  ];
  const inSettings = { name: 'default', from: 'tokenizer_config.json: chat_template' };
  test.each<[string, Readonly<Record<string, unknown>>, string, object]>([
    ['a text', settings({ chat_template: roles('x') }), 'xuser', inSettings],
    ['a list of named ones', settings({ chat_template: named }), 'duser', inSettings],
    [
      'chat_template.jinja goes over tokenizer_config.json',
      { ...settings({ chat_template: named }), 'chat_template.jinja': roles('f') },
      'fuser',
      { name: 'default', from: 'chat_template.jinja' },
    ],
  ])('%s', (_, files, text, source) => {
    const template = chatTemplate(folderOf(files))!;
    expect(template([user], false)).toBe(text);
    expect(template.source).toEqual(source);
  });
  test('tool_use is for rows with tools, from the list or from its own file', () => {
    const files = [
      settings({ chat_template: named }),
      { 'chat_template.jinja': roles('d'), 'additional_chat_templates/tool_use.jinja': roles('t') },
    ];
    for (const folder of files.map(folderOf)) {
      expect(chatTemplate(folder)!([user], false, { tools: [{ name: 'f' }] })).toBe('tuser');
      expect(chatTemplate(folder)!([user], false, { tools: null })).toBe('duser');
    }
  });
  test('none: null; names without a default, or no template: refused', () => {
    expect(chatTemplate(folderOf(settings({})))).toBeNull();
    expect(() => chatTemplate(folderOf(settings({ chat_template: named.slice(1) })))).toThrow(
      /has chat templates named tool_use and none named default/,
    );
    expect(() => chatTemplate(folderOf(settings({ chat_template: 3 })))).toThrow(
      /tokenizer_config\.json: chat_template should be a text, or a list of \{ name, template \}, got 3/,
    );
  });
});

describe('what a template is given', () => {
  const made = (template: string, fields: object = {}) =>
    chatTemplate(folderOf(settings({ chat_template: template, ...fields })))!;
  test('special tokens in either spelling, and those of special_tokens_map.json', () => {
    const template = '{{ bos_token }}{{ eos_token }}';
    const bos = { __type: 'AddedToken', content: '<b>' };
    expect(made(template, { bos_token: bos, eos_token: '<e>' })([user], false)).toBe('<b><e>');
    const folder = folderOf({
      ...settings({ chat_template: template, eos_token: '<e>' }),
      'special_tokens_map.json': { bos_token: { content: '<m>' } },
    });
    expect(chatTemplate(folder)!([user], false)).toBe('<m><e>');
  });
  test('every field of a message: tool calls, no content, parts', () => {
    const template = made(
      [
        '{% for m in messages %}',
        '{% if m.content is string %}{{ m.content }}{% elif m.content %}{{ m.content[0].text }}{% endif %}',
        '{% for c in m.tool_calls or [] %}[{{ c.function.arguments | tojson }}]{% endfor %}',
        '{% endfor %}',
      ].join(''),
    );
    const messages: Message[] = [
      { role: 'system', content: 's' },
      { role: 'user', content: [{ type: 'text', text: 'p' }] },
      { role: 'assistant', content: null, tool_calls: [{ function: { name: 'f', arguments: { q: 1 } } }] },
    ];
    expect(template(messages, false)).toBe('sp[{"q": 1}]');
  });
  test('what is printed is what Python prints', () => {
    expect(
      made('{% for m in messages %}{{ m.content }};{% endfor %}')(
        [
          { role: 'assistant', content: null },
          { role: 'user', content: [{ text: 'a' }] },
        ],
        false,
      ),
    ).toBe("None;[{'text': 'a'}];");
  });
  test('variables of the row', () => {
    expect(made('{{ thinking }}')([user], false, { variables: { thinking: true } })).toBe('True');
  });
});

describe('templates that do not run', () => {
  const made = (template: string) => chatTemplate(folderOf({ 'chat_template.jinja': template }))!;
  test('one that raises says its own words', () => {
    expect(() => made("{{ raise_exception('System role not supported') }}")([user], false)).toThrow(
      expect.objectContaining({
        code: 'template-raised',
        message: 'the chat template refuses it: System role not supported',
      }),
    );
  });
  test('one that cannot be read is refused with its file and what it uses', () => {
    expect(() => made('{% raw %}x{% endraw %}')).toThrow(
      /chat_template\.jinja: the chat template uses what is not built \(Unknown statement type: raw\)/,
    );
    expect(() => made("{{ 'a' | nothing }}")([user], false)).toThrow(/chat_template\.jinja: .*nothing/);
    expect(() => made('{% macro range(n) %}x{% endmacro %}')).toThrow(/a macro named range/);
  });
  test.each([
    [
      'loops in loops',
      '{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}',
      'steps',
    ],
    ['a range beyond measure', '{% for a in range(10**9) %}{% break %}{% endfor %}', 'items'],
    [
      'a text that doubles',
      "{% set n = namespace(s='ab') %}{% for i in range(60) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}",
      'letters',
    ],
    [
      'a list that doubles',
      '{% set n = namespace(s=[1]) %}{% for i in range(60) %}{% set n.s = n.s + n.s %}{% endfor %}{{ n.s }}',
      'items',
    ],
  ])('%s: ended, and said', (_, template, what) => {
    const render = made(template);
    expect(() => render([user], false)).toThrow(
      new RegExp(
        `chat_template\\.jinja: the chat template fails \\(it takes more than \\d+ ${what}: does it end`,
      ),
    );
    expect(made('{% for i in range(2, 7, 2) %}{{ i }}{% endfor %} range (1)')([user], false)).toBe(
      '246 range (1)',
    );
  });
  test('a macro that calls itself without end', () => {
    const template = '{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}';
    expect(() => made(template)([user], false)).toThrow(/chat_template\.jinja: the chat template fails/);
  });
  test('one that is not UTF-8 is refused with the byte', () => {
    const folder = folderOf({});
    writeFileSync(join(folder, 'chat_template.jinja'), Buffer.from([0x61, 0x62, 0xff]));
    expect(() => chatTemplate(folder)).toThrow(/chat_template\.jinja: byte 2 \(0xff\) is not UTF-8/);
  });
});
