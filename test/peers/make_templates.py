"""What Python's Jinja, as transformers sets it up, makes of template snippets: python make_templates.py OUT
(test/golden/templates.json). Null: it raises. Needs transformers 5.18.
"""

import json
import sys

from transformers.utils.chat_template_utils import render_jinja_template

SNIPPETS = [
    '{{ x }}',
    '{{ none }}',
    '{{ none_value }}',
    '{{ true }}',
    '{{ false }}',
    '{{ 1.0 }}',
    '{{ 3/2 }}',
    '{{ 4/2 }}',
    '{{ 7//2 }}',
    '{{ messages }}',
    '{{ messages[0] }}',
    '{{ messages[0].content | tojson }}',
    '{{ messages | tojson }}',
    '{{ messages | tojson(indent=2) }}',
    '{{ undefined_thing }}',
    "{{ 'a' ~ none ~ 1 ~ true }}",
    "{{ 'a' * 3 }}",
    '{{ [1,2] + [3] }}',
    '{{ messages[0].missing }}|{{ messages[0].missing is defined }}',
    "{{ messages[0]['content'][:3] }}",
    '{{ messages[-1].role }}',
    '{{ messages[1:] | length }}',
    "{{ '  a b ' | trim }}|",
    "{{ 'a,b'.split(',') }}",
    "{{ ' x '.strip() }}|{{ 'xy'.lstrip('x') }}|{{ 'xy'.rstrip('y') }}",
    "{{ 'Ab' | upper }}{{ 'Ab' | lower }}{{ 'ab cd' | title }}{{ 'ab' | capitalize }}",
    "{{ 'aXb'.replace('X','-') }}",
    "{{ 'abc' | replace('b','') }}",
    '{% set ns = namespace(a=1) %}{% for m in messages %}{% set ns.a = ns.a + 1 %}{% endfor %}{{ ns.a }}',
    "{% for m in messages if m.role == 'user' %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{% else %}none{% endfor %}",
    '{% for m in messages %}{% if loop.index0 == 1 %}{% break %}{% endif %}{{ m.role }}{% endfor %}',
    '{% for m in messages %}{% if loop.index0 == 0 %}{% continue %}{% endif %}{{ m.role }}{% endfor %}',
    "{% macro f(a, b='d') %}[{{ a }}{{ b }}]{% endmacro %}{{ f('x') }}{{ f('y', b=2) }}",
    "{{ messages | selectattr('role','equalto','user') | list | length }}",
    "{{ messages | map(attribute='role') | join(', ') }}",
    "{{ 'yes' if messages else 'no' }}",
    "{{ 'a' in 'abc' }}{{ 'role' in messages[0] }}",
    '{% for k, v in messages[0].items() %}{{ k }}={{ v }};{% endfor %}',
    '{{ messages[0].content is string }}{{ messages is iterable }}{{ messages[0] is mapping }}{{ none is none }}',
    "{{ '%s-%d' | format('a', 3) }}",
    '{{ range(3) | list }}',
    "{{ 'x' | default('y') }}{{ zz | default('y') }}{{ none | default('y') }}{{ '' | default('y', true) }}",
    '{{ messages | last }}',
    '{{ \'é\n"<>&\' | tojson }}',
    "{{ {'b':1,'a':[1.5,None,True]} | tojson }}",
    "{{ {'a':1} }}",
    '{{ [\'a\', "b\'c", 1.0, none, true] }}',
    "{{ 'abc'.startswith('a') }}{{ 'abc'.endswith('c') }}",
    "{{ 'a b c'.split() }}{{ 'a b c'.split(' ', 1) }}",
    "{{ 'abc'[::-1] }}",
    '{{ [1,2,3][::-1] }}',
    '{{ messages | reverse | list | length }}',
    '{{ 5 % 3 }}{{ 2 ** 3 }}{{ -3 | abs }}',
    '{% raw %}{{ x }}{% endraw %}',
    'a {#- c -#} b',
    '  {% if true %}\n  x\n  {% endif %}\ny',
    '{%- if true -%}\n  x\n  {%- endif %}\ny\n\n',
    '{% generation %}g{% endgeneration %}\n',
    '  {% generation %}\n  g\n  {% endgeneration %}\nh',
    "{{ 'a' 'b' }}",
    "{{ messages[0].get('content') }}{{ messages[0].get('zz') }}{{ messages[0].get('zz','d') }}",
    "{{ 1 == 1.0 }}{{ 'a' < 'b' }}{{ not '' }}",
    "{{ messages[0]['content'] | length }}",
    "{{ 'x'.title() }}{{ 'hello world'.capitalize() }}",
    "{{ 'abc'.find('c') }}{{ 'abcabc'.count('b') }}{{ 'a-b'.join(['1','2']) }}",
    "{{ 'x' | safe }}{{ ' a\nb' | indent(2) }}",
    '{% call f2() %}x{% endcall %}',
    '{% filter upper %}abc{% endfilter %}',
    '{% set x2 %}ab{{ 1 }}{% endset %}{{ x2 }}',
    "{{ 'abc' | first }}{{ [3,1,2] | sort }}{{ [1,2] | sum }}{{ [1,2]|max }}",
    "{{ messages | map(attribute='content') | map('upper') | list }}",
    "{{ messages | rejectattr('role','equalto','user') | map(attribute='role') | list }}",
    "{{ messages | groupby('role') | list | length }}",
    "{{ 'a\\nb' }}",
    '{{ "a\\tb\\\\" }}',
    '{{ x.y.z }}',
    '{{ undefined_thing.y }}',
    '{{ messages[9] }}|',
    '{{ 1e3 }}{{ 1000000.0 }}{{ 0.1 + 0.2 }}{{ 1e20 }}{{ 12345678901234567890 }}',
    "{{ 'a' if false }}|",
    "{{ [1,2] | string }}{{ 1 | string + 'a' }}{{ '3' | int + 1 }}{{ '3.5' | float }}",
    "{{ 'a' is eq 'a' }}{{ 3 is odd }}{{ 3 is number }}{{ 3 is integer }}{{ true is boolean }}",
    '{{ messages|tojson(ensure_ascii=True) }}',
    '{{ messages[0].role.upper() }}',
    "{{ {'a': 'x'}.a }}{{ {'a': 'x'}['a'] }}{{ dict(a=1).a }}",
    "{{ ('a','b') }}{{ ('a',) }}",
    '{{ messages[0] == messages[0] }}{{ [1] == [1] }}',
    '{% set a, b = 1, 2 %}{{ a }}{{ b }}',
    '{{ lst | unique | list }}',
    "{{ 'A' ~ 1.0 }}",
    "{{ none_value | tojson }}{{ none_value or 'x' }}{{ none_value ~ 'a' }}",
    "{{ 'x' + none_value }}",
    "{{ messages | length > 1 and messages[1].role != 'user' }}",
    "{{ 'ß'.upper() }}{{ 'İ'.lower() }}",
    '{{ "it\'s" | string }}{{ ["it\'s"] }}',
    '{{ emoji | length }}',
    '{{ num }}',
    '{{ nested | tojson }}|{{ nested }}',
    '{{ tools }}{{ documents }}',
    '{{ messages[0].content.split(\'t\')[0].rstrip("\' h").lstrip(\'H\') }}|',
    "{{ '\\ufeff\\x85 a' | trim }}|",
    '{{ messages[1].extra == [1, none] }}{{ messages[0] != messages[1] }}{{ 1 == true }}{{ none == undefined_thing }}',
]
VARIABLES = dict(x=dict(y={}), none_value=None, emoji="\U0001f600a", lst=[1, 1, 2], num=3, nested={"a": [{"b": "\u00e9\"'"}, 1.5, None, True, 2]})
MESSAGES = [
    dict(role="user", content="Hi 'there' \u00e9"),
    dict(role="assistant", content="ok\n", extra=[1, None]),
]


def rendered(snippet):
    try:
        return render_jinja_template([MESSAGES], chat_template=snippet, add_generation_prompt=True, **VARIABLES)[0][0]
    except Exception:
        return None


with open(sys.argv[1], "w") as f:
    rows = [[snippet, rendered(snippet)] for snippet in SNIPPETS]
    json.dump(dict(messages=MESSAGES, variables=VARIABLES, rows=rows), f, indent=1)
