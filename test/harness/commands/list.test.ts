import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { start, temporary } from '../../support.js';

const dir = temporary();
const list = (...names: string[]) => start(['list', 'plugins', ...names], { cwd: dir }).ended;
/** A plugin file with a line that runs as it is loaded. */
const plugin = (name: string, line: string): string => {
  const text = `import { writeFileSync } from 'node:fs';
import { definePlugin, number, parameters } from 'tiltyard';
${line}
export default definePlugin({
  api: 2,
  name: '${name}',
  summary: 'mine, with \\u001b[31ma colour',
  paper: { url: 'https://example.org', equations: [] },
  needs: ['pairs'],
  gives: 'policy',
  params: parameters({ beta: number({ default: 0.25, description: 'how much' }) }),
  async *train() {},
});
`;
  writeFileSync(join(dir, `${name}.js`), text);
  return `./${name}.js`;
};

describe('list plugins of somebody else’s file', () => {
  test('says what the plugin says of itself, and no escape of it reaches the terminal', async () => {
    const { code, stdout, stderr } = await list(plugin('kind', ''), 'dpo');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain(
      'kind: mine, with  [31ma colour\n  needs pairs; gives a policy that learns from given data',
    );
    expect(stdout).toContain('https://example.org');
    expect(stdout).toMatch(/beta.*0\.25/);
    expect(stdout).toContain('dpo: ');
    expect(stdout).not.toContain('\u001b');
  });
  test('runs no line of it in the process that lists: what it may not write is not written', async () => {
    const to = join(dir, 'written');
    const { code, stderr } = await list(plugin('writes', `writeFileSync(${JSON.stringify(to)}, 'here');`));
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /plugin \.\/writes\.js: cannot be loaded: .*out of reach of a plugin that is not built in/,
    );
    expect(existsSync(to)).toBe(false);
  });
  test('a mistyped name is refused with the nearest', async () => {
    const { code, stderr } = await list('dppo');
    expect(code).toBe(2);
    expect(stderr).toContain("did you mean 'dpo'?");
  });
});

test('a mistyped schema is refused with the nearest', async () => {
  const { code, stderr } = await start(['schema', 'reprot']).ended;
  expect(code).toBe(2);
  expect(stderr).toContain(
    "schema: unknown schema 'reprot'; did you mean 'report'? known: experiment, report",
  );
});
