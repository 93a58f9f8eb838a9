import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlugin } from '../../harness/extensions.js';
import { temporary } from '../support.js';

const dir = temporary();
const load = (name: string, members: string): Promise<unknown> => {
  const path = join(dir, `${name}.mjs`);
  const rest = "name: 'x', summary: 's', paper: {}, needs: [], gives: 'policy', async *train() {}";
  const params = "params: { type: 'object', additionalProperties: false, properties: {} }";
  writeFileSync(path, `export default { ${members}, ${rest}, ${params} };`);
  return loadPlugin(path);
};

describe('the plugin API', () => {
  test('a plugin written for API 1 is refused with what to change', async () => {
    const error = (await load('old', 'api: 1, invariants: []').catch((e: unknown) => e)) as Error;
    expect(error.message).toMatch(
      /old\.mjs: is written for plugin API 1, this tiltyard has API 2; move golden, /,
    );
    expect(error.message).toContain('twoArms, invariants and atStart under checks: { ... }, ');
    expect(error.message).toMatch(/declare the feeds of ctx\.trainer, and set api: 2$/);
  });
  test('any other version is refused with both numbers', async () => {
    await expect(load('new', 'api: 3')).rejects.toThrow(
      /is written for plugin API 3, this tiltyard has API 2; install a matching version$/,
    );
  });
  test('a statement outside checks is refused, so that it is not silently unchecked', async () => {
    await expect(load('half', 'api: 2, invariants: [], atStart: () => ({})')).rejects.toThrow(
      /half\.mjs: invariants, atStart should stand under checks: \{ \.\.\. \}$/,
    );
  });
  test('one for API 2 is taken', async () => {
    await expect(load('right', 'api: 2, checks: {}')).resolves.toMatchObject({ name: 'x' });
  });
});
