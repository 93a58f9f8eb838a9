import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { adapters } from '../harness/extensions.js';
import { readLedger } from '../harness/worker/external/ledger.js';
import { root, start, temporary, tiltyard } from './support.js';

const page = readFileSync(join(root, 'docs', 'your-own-data.md'), 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map((m) => m[1]!);
const dir = temporary();

/** Transcripts as HH-RLHF has them. */
const rows = Array.from({ length: 400 }, (_, i) => {
  const asked = `\n\nHuman: question ${i} of ${i + 1}?\n\nAssistant:`;
  return JSON.stringify({ chosen: `${asked} An answer to ${i}.`, rejected: `${asked} No, not ${i}.` });
});

describe('docs/your-own-data.md', () => {
  test('its first experiment is valid on such a file, and check prints what the page shows', async () => {
    writeFileSync(join(dir, 'hh.jsonl.gz'), rows.join('\n'));
    writeFileSync(join(dir, 'hh.yaml'), blocks('yaml')[0]!);
    const { code, stdout, stderr } = await start(['check', 'hh.yaml'], { cwd: dir }).ended;
    expect(code, stderr).toBe(0);
    const [shown] = blocks('text').filter((block) => block.includes('policies begin untrained'));
    const plan = shown!.split('\n').filter((line) => /^( {2}\w|configurations|note: policies)/.test(line));
    expect(plan.length).toBeGreaterThan(8);
    for (const line of plan.filter((line) => !line.startsWith('  dropped'))) expect(stdout).toContain(line);
  });
  test('its second experiment lacks nothing but the model that the first one trains', async () => {
    writeFileSync(join(dir, 'ours.yaml'), blocks('yaml')[1]!);
    const { code, stderr } = await start(['check', 'ours.yaml'], { cwd: dir }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/model/);
    expect(stderr).not.toMatch(/unknown|should be/);
  });
  test('every command in it is one of the program, and every file that it links to exists', async () => {
    const { stdout } = await tiltyard('--help');
    const commands = [
      ...blocks('sh')
        .join('\n')
        .matchAll(/^tiltyard ([a-z-]+)/gm),
    ].map((m) => m[1]!);
    expect(commands.length).toBeGreaterThan(6);
    for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    const links = [...page.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((m) => m[1]!);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) expect(existsSync(join(root, 'docs', link)), link).toBe(true);
  });
});

describe('docs/external-trainers.md', () => {
  const outside = readFileSync(join(root, 'docs', 'external-trainers.md'), 'utf8');
  const block = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(outside)![1]!;

  test('its plugin is complete: it is listed with its parameters', async () => {
    writeFileSync(join(dir, 'mine.mjs'), block('js'));
    writeFileSync(join(dir, 'train.py'), '');
    const { code, stdout, stderr } = await tiltyard('list', 'plugins', join(dir, 'mine.mjs'));
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/needs pairs, reference; gives a policy .*\(trained outside\)/);
  });
  test('its ledger is one', () => {
    writeFileSync(join(dir, 'ledger.json'), block('json'));
    expect(readLedger('mine', join(dir, 'ledger.json')).versions).toEqual({ trl: '1.13.0' });
  });
  test('every file that it links to exists, and every adapter is named', () => {
    const links = [...outside.matchAll(/\]\((?!http)([^)#]+)/g)].map((m) => m[1]!);
    expect(links.length).toBeGreaterThan(5);
    for (const link of links) expect(existsSync(join(root, 'docs', link)), link).toBe(true);
    for (const name of adapters()) expect(outside, name).toContain(`[${name}]`);
  });
});

describe('docs/slurm.md', () => {
  const cluster = readFileSync(join(root, 'docs', 'slurm.md'), 'utf8');
  const block = (language: string): string =>
    new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(cluster)![1]!;
  test('its experiment is valid, and its options are those of the program', async () => {
    writeFileSync(join(dir, 'mine.yaml'), block('yaml'));
    const { code, stderr } = await start(['check', 'mine.yaml'], { cwd: dir }).ended;
    expect(code, stderr).toBe(0);
    const help = (await tiltyard('run', '--help')).stdout;
    const options = [...block('sh').matchAll(/ (--[a-z]+)/g)].map((m) => m[1]!);
    expect(options).toContain('--launcher');
    for (const option of options) expect(help).toContain(`${option} <`);
  });
});
