import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { root, temporary, tiltyard } from './support.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const dir = temporary();

/** The plugin that it shows. */
const source = /```js\n([\s\S]*?)```/.exec(readme)![1]!;

describe('the README', () => {
  test('its plugin, as TypeScript, type-checks in strict mode as it stands', () => {
    // Inside the package, so that `tiltyard` resolves.
    const file = join(root, 'dist', 'readme-plugin-types.ts');
    writeFileSync(file, source);
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'nodenext'];
    const { stdout } = spawnSync(
      join(root, 'node_modules', '.bin', 'tsc'),
      [...options, '--ignoreConfig', file],
      { encoding: 'utf8' },
    );
    rmSync(file); // dist is what npm packs
    expect(stdout).toBe('');
  });
  test('its plugin is complete and runs', async () => {
    const plugin = join(root, 'dist', 'readme-plugin.js'); // inside the package, so that `tiltyard` resolves
    writeFileSync(plugin, source);
    const smoke = parse(readFileSync(join(root, 'datasets', 'experiments', 'smoke.yaml'), 'utf8')) as {
      stages: Record<string, unknown>;
    };
    const { base, sft } = smoke.stages;
    smoke.stages = { base, sft, simpo: { algorithm: 'simpo', start: 'sft' } };
    writeFileSync(join(dir, 'x.yaml'), stringify(smoke));
    const { code, stderr } = await tiltyard(
      'run',
      join(dir, 'x.yaml'),
      '--plugin',
      plugin,
      '--out',
      join(dir, 'out'),
    );
    expect(code, stderr).toBe(0);
  });
  test('its experiment is valid', async () => {
    writeFileSync(join(dir, 'mine.yaml'), /```yaml\n([\s\S]*?)```/.exec(readme)![1]!);
    const { code, stdout, stderr } = await tiltyard('check', join(dir, 'mine.yaml'));
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('120 runs for 10 seeds');
    expect(stdout).toContain('configurations of each compared stage: dpo 4, ppo 3');
  });
  test('every file it links to exists', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map((m) => m[1]!)
      .filter((link) => !link.startsWith('http'));
    expect(links.length).toBeGreaterThan(8);
    for (const link of links) expect(existsSync(join(root, link)), link).toBe(true);
  });
  test('every command of the program is in it', async () => {
    const { stdout } = await tiltyard('--help');
    const commands = [...stdout.matchAll(/^ {2}(\w+)/gm)].map((m) => m[1]!).filter((name) => name !== 'help');
    for (const command of commands) expect(readme, command).toContain(`\`${command}`);
  });
});

describe('listing and checking', () => {
  test.each([
    ['plugins', 'ppo-rlhf: PPO on a learned reward'],
    ['plugins', 'gives a policy that learns from its own samples;'],
    ['plugins', 'weight of the KL to the reference  {above 0}  [strength: larger values hold the'],
    ['plugins', '(betas .9/.999, epsilon 1e-8)  {above 0}  [learning rate]'],
    ['datasets', 'reviews: short film reviews'],
    ['experiments', 'reviews: RL on a learned reward against offline losses'],
    ['engines', 'onnxruntime on cpu'],
  ])('list %s', async (what, text) => {
    const { code, stdout } = await tiltyard('list', what);
    expect(code).toBe(0);
    expect(stdout).toContain(text);
    const json = await tiltyard('list', what, '--json');
    for (const line of json.stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });
  test('--json prints records only, before or after the command', async () => {
    for (const args of [
      ['--json', 'check', 'smoke'],
      ['check', 'smoke', '--json'],
    ]) {
      const { stdout } = await tiltyard(...args);
      expect(
        stdout
          .trim()
          .split('\n')
          .map((l) => (JSON.parse(l) as { label: string }).label),
      ).toContain('ppo');
    }
  });
  test('the built-in experiments are valid', async () => {
    for (const name of ['reviews', 'strings', 'bandit', 'smoke'])
      expect((await tiltyard('check', name)).code, name).toBe(0);
  });
});
