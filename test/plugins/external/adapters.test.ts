import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { schemaIsClosed, schemaIsDocumented } from '../../../harness/conformance/interface.js';
import { rolesAreDeclared } from '../../../harness/conformance/roles.js';
import { withDefaults } from '../../../harness/conformance/bench.js';
import type { ExternalJob } from '../../../harness/contracts/external.js';
import { adapters, loadPlugin } from '../../../harness/extensions.js';
import { root } from '../../support.js';

/** What needs no Python: test/peers/trl_external.mjs runs them. */
const folder = join(root, 'plugins', 'external');
const names = readdirSync(folder).filter((name) => name !== 'shared');
const plugins = new Map(
  await Promise.all(names.map(async (name) => [name, await loadPlugin(name)] as const)),
);
const jobOf = (params: object): ExternalJob => ({ file: '/somewhere/job.json', params }) as ExternalJob;

test('adapters are found by their folders', () => {
  expect(adapters()).toEqual([...names].sort());
  expect(names.length).toBeGreaterThanOrEqual(5);
});

describe.each(names)('%s', (name) => {
  const plugin = plugins.get(name)!;
  const { external, params } = plugin;

  test('is called as its folder, and says what it is in a closed and documented schema', () => {
    expect(plugin.name).toBe(name);
    expect(() => schemaIsDocumented(plugin)).not.toThrow();
    expect(() => schemaIsClosed(plugin)).not.toThrow();
    expect(rolesAreDeclared(plugin)).toBe(plugin.gives === 'reward' ? 'gives a reward' : undefined);
  });
  test('names every file that decides what it does, and gives a command on its job', () => {
    for (const file of external!.files) expect(statSync(file).isFile(), file).toBe(true);
    const { file, args, env } = external!.command(jobOf(withDefaults(plugin)));
    expect(file).not.toBe('');
    expect(args).toContain('/somewhere/job.json');
    const scripts = args.filter((arg) => /\.(py|[jt]s)$/.test(arg));
    expect(scripts.length).toBeGreaterThan(0);
    for (const script of scripts) expect(external!.files).toContain(script);
    expect(Object.values(env ?? {}).every((value) => typeof value === 'string')).toBe(true);
  });
  test('asks for what it needs, and says how to get it', () => {
    expect(external!.requires!.remedy).toMatch(/install|TILTYARD_DRY_RUN/);
    expect(external!.requires!.remedy).not.toMatch(/\n/);
  });
  test('has a README with its source and its departures, and a plugin under 150 lines', () => {
    const text = readFileSync(join(folder, name, 'README.md'), 'utf8');
    expect(text).toMatch(/arxiv\.org|doi\.org/);
    expect(text).toMatch(/## Departures/);
    for (const [, link] of text.matchAll(/\]\((?!http)([^)#]+)/g))
      expect(existsSync(join(folder, name, link!)), link).toBe(true);
    expect(readFileSync(join(folder, name, 'plugin.ts'), 'utf8').split('\n').length).toBeLessThan(150);
  });
  test('takes its parameters in the words of the plugin here that has the same loss', async () => {
    const twin = TWINS[name];
    if (twin === undefined) return;
    const own = (await loadPlugin(twin)).params.properties;
    for (const [parameter, schema] of Object.entries(params.properties)) {
      if (!Object.hasOwn(own, parameter)) continue;
      const { description: _, ...there } = own[parameter]!;
      const wanted = parameter === 'epochs' ? { ...there, minimum: 1 } : there; // a trainer trains
      const { description: __, ...is } = schema;
      expect(is, parameter).toEqual(wanted);
    }
    expect(Object.keys(params.properties).filter((parameter) => !Object.hasOwn(own, parameter))).toEqual(
      OF_ITS_OWN[name] ?? [],
    );
  });
});

/** Adapter -> the plugin here that has the same loss. */
const TWINS: Readonly<Record<string, string>> = {
  'trl-dpo': 'dpo',
  'trl-ipo': 'ipo',
  'trl-reward': 'bt-reward',
  'trl-rloo': 'rloo',
  'trl-grpo': 'grpo',
};
/** Parameters in TRL's words, where ours cut them otherwise. */
const OF_ITS_OWN: Readonly<Record<string, readonly string[]>> = { 'trl-grpo': ['lossType'] };
