import { describe, expect, test } from 'vitest';
import { asTyped, programName, quotedWord } from '../../../../harness/run/progress/as-typed.js';

const env = { PATH: '/usr/bin:/usr/local/bin' };
const CALLS = [
  ['npm run', '/w/dist/harness/cli.js', 'tiltyard', 'npm run tiltyard --'],
  ['npm start', '/w/dist/harness/cli.js', 'start', 'npm run tiltyard --'],
  ['a local install', '/w/node_modules/.bin/tiltyard', undefined, 'npx tiltyard'],
  ['an install on the PATH', '/usr/local/bin/tiltyard', undefined, 'tiltyard'],
  ['another install', '/opt/x/bin/tiltyard', undefined, '../opt/x/bin/tiltyard'],
  [
    'an install elsewhere',
    '/x y/node_modules/.bin/tiltyard',
    undefined,
    "'../x y/node_modules/.bin/tiltyard'",
  ],
  ['node, near', '/w/dist/harness/cli.js', undefined, 'node dist/harness/cli.js'],
  ['node, one up', '/t/dist/harness/cli.js', undefined, 'node ../t/dist/harness/cli.js'],
  ['node, with a blank', '/w/my dist/cli.js', undefined, "node 'my dist/cli.js'"],
] as const;

describe('advice is a command that works as typed', () => {
  test.each(CALLS)('where it is called by %s', (_, script, event, name) => {
    const npm = event === undefined ? {} : { npm_lifecycle_event: event, npm_package_name: 'tiltyard' };
    expect(programName({ script, cwd: '/w', env: { ...env, ...npm } })).toBe(name);
  });
  test('by npx, whose folder is on the PATH while it lasts', () => {
    const bin = '/cache/_npx/1/node_modules/.bin';
    const called = { script: `${bin}/tiltyard`, cwd: '/w', env: { PATH: bin, npm_command: 'exec' } };
    expect(programName(called)).toBe('npx tiltyard');
  });
  test("of another package's script of the same name", () => {
    const theirs = { npm_lifecycle_event: 'start', npm_package_name: 'mine', PATH: '' };
    const script = '/w/node_modules/.bin/tiltyard';
    expect(programName({ script, cwd: '/w', env: theirs })).toBe('npx tiltyard');
  });
  const call = { script: '/w/node_modules/.bin/tiltyard', cwd: '/w', env };
  test.each([
    ['go on with: tiltyard resume out', 'go on with: npx tiltyard resume out'],
    ['(tiltyard --help lists the commands)', '(npx tiltyard --help lists the commands)'],
    ['tiltyard report and tiltyard verify-store', 'npx tiltyard report and npx tiltyard verify-store'],
    ['this tiltyard reads 3', 'this tiltyard reads 3'],
    ['tiltyard views', 'tiltyard views'],
    ['/x/tiltyard run', '/x/tiltyard run'],
    ['tiltyard: refused', 'tiltyard: refused'],
  ])('%s', (text, typed) => expect(asTyped(text, call)).toBe(typed));
  test('twice over, as a pattern that remembers would not', () => {
    for (let i = 0; i < 3; i++) expect(asTyped('tiltyard view x', call)).toBe('npx tiltyard view x');
  });
});

test.each([
  ['/out/a-b_c.d', '/out/a-b_c.d'],
  ['my out', "'my out'"],
  ["it's", `'it'\\''s'`],
  ['$(rm)', "'$(rm)'"],
])('a word for a shell: %s', (word, quoted) => expect(quotedWord(word)).toBe(quoted));
