import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Update } from '../../../reports/view/live.js';
import { PAGE_POLICY, viewPage } from '../../../reports/view/page.js';
import { startView, type View } from '../../../reports/view/server.js';
import { finishedSmoke, temporary } from '../../support.js';
import { Browser, chromium } from '../chromium.js';
import { writeStored } from '../stored.js';
import { evalRow } from './support.js';

const dir = temporary();
let n = 0;
const fresh = (): string => join(dir, `f${n++}`);
const planned = (): string => writeStored(fresh(), { seeds: [0], outcome: () => null });

const open: View[] = [];
afterEach(async () => {
  for (const view of open.splice(0)) await view.close();
});
async function view(folder: string): Promise<View> {
  const started = await startView(folder, { host: '127.0.0.1', port: 0, pollMs: 20 });
  open.push(started);
  return started;
}

/** A raw request: fetch would tidy the path and refuse the Host header. */
function raw(
  url: string,
  path: string,
  options: { method?: string; host?: string; bare?: boolean } = {},
): Promise<{ status: number; text: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const { port, pathname } = new URL(url); // which ends with the token
    request(
      {
        host: '127.0.0.1',
        port,
        path: options.bare === true ? path : `${pathname.slice(0, -1)}${path}`,
        method: options.method ?? 'GET',
        headers: { Host: options.host ?? `localhost:${port}` },
      },
      (response) => {
        let text = '';
        response
          .setEncoding('utf8')
          .on('data', (d: string) => (text += d))
          .on('end', () => resolve({ status: response.statusCode!, text, headers: response.headers }));
      },
    )
      .on('error', reject)
      .end();
  });
}

describe('the server', () => {
  test('a page under a strict policy, the state, what is new as an event; the folder stays', async () => {
    const folder = planned();
    const files = readdirSync(folder, { recursive: true }).length;
    const { url } = await view(folder);
    const page = await raw(url, '/');
    expect(page).toMatchObject({
      status: 200,
      headers: expect.objectContaining({
        'content-security-policy': PAGE_POLICY,
        'x-content-type-options': 'nosniff',
      }),
    });
    expect(page.text).toBe(viewPage('stored'));
    expect(page.text).not.toMatch(/(src|href)="http|innerHTML/);
    expect(JSON.parse((await raw(url, '/api/state')).text)).toMatchObject({
      name: 'stored',
      report: false,
      runs: [{ state: 'planned' }, { state: 'planned' }, { state: 'planned' }],
    });

    const stream = (await fetch(`${url}api/events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (mark: string): Promise<void> => {
      while (!text.includes(mark)) text += (await stream.read()).value;
    };
    await until('"planned"');
    expect(text).toMatch(/^event: state\ndata: \{/);
    text = '';
    appendFileSync(join(folder, 'runs', 'two-s0-01234567', 'evals.jsonl'), evalRow(0, 1.25));
    await until('\n\n');
    const change = JSON.parse(/^event: change\ndata: (.*)\n\n/.exec(text)![1]!) as Update;
    expect(change.runs).toEqual([expect.objectContaining({ label: 'two', state: 'running', gold: 1.25 })]);
    expect(Object.keys(change.curves)).toEqual(['two']);
    await stream.cancel();
    expect(readdirSync(folder, { recursive: true }).length).toBe(files + 1);
  });
  test('other names, other methods and other paths are refused', async () => {
    const folder = planned();
    writeFileSync(join(dir, 'secret.json'), 'secret');
    const { url } = await view(folder);
    for (const host of [
      'evil.example',
      'evil.example:80',
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ])
      expect((await raw(url, '/api/state', { host })).status, host).toBe(403);
    for (const host of ['localhost', '127.0.0.1:1', '[::1]:7878'])
      expect((await raw(url, '/api/state', { host })).status, host).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await raw(url, '/api/state', { method })).status).toBe(405);
    for (const path of [
      '/../secret.json',
      '/report/../../secret.json',
      '/%2e%2e/secret.json',
      '/api/run/%zz',
      '/api/run/one-s0-01234567/sample/0',
      '/api/run/one-s0-01234567/sample/-1',
      '/plan.json',
      '/report',
    ]) {
      const answer = await raw(url, path);
      // A path that climbs has no token any more.
      expect(answer.status, path).toBe(path.includes('..') || path.includes('%2e%2e') ? 403 : 404);
      expect(answer.text).not.toContain('secret');
    }
  });
  test('without the token of its address nothing is served', async () => {
    const { url } = await view(planned());
    expect(new URL(url).pathname).toMatch(/^\/[0-9a-f]{32}\/$/);
    const other = new URL(url).pathname.replace(/[0-9a-f]/g, '0');
    for (const path of [
      '/',
      '/api/state',
      '/api/events',
      '/report',
      other,
      `${other}api/state`,
      '//',
      '/%00',
    ]) {
      const answer = await raw(url, path, { bare: true });
      expect(answer.status, path).toBe(403);
      expect(answer.text).toBe('open the address that tiltyard view has printed, token included');
    }
    const second = await view(planned());
    expect(new URL(second.url).pathname).not.toBe(new URL(url).pathname);
  });
  test('links that lead out of the folder are not followed', async () => {
    const folder = writeStored(fresh(), { seeds: [0] });
    const secret = join(dir, 'secret.jsonl');
    const row = { prompt: 'secret', completion: 'secret', tokens: 1, gold: 1, proxy: 1, logp: 1, refLogp: 1 };
    writeFileSync(secret, `${JSON.stringify(row)}\n`);
    const run = join(folder, 'runs', 'one-s0-01234567');
    rmSync(join(run, 'samples.jsonl'));
    symlinkSync(secret, join(run, 'samples.jsonl'));
    symlinkSync(secret, join(run, 'steps.jsonl'));
    symlinkSync(secret, join(folder, 'report.html'));
    rmSync(join(folder, 'runs', 'two-s0-01234567'), { recursive: true });
    mkdirSync(join(dir, 'elsewhere', 'model'), { recursive: true });
    writeFileSync(join(dir, 'elsewhere', 'evals.jsonl'), evalRow(0, 77));
    symlinkSync(join(dir, 'elsewhere'), join(folder, 'runs', 'two-s0-01234567'));
    const { url } = await view(folder);
    for (const path of ['/report', '/api/run/one-s0-01234567', '/api/run/two-s0-01234567', '/api/state']) {
      const { text } = await raw(url, path);
      expect(text, path).not.toMatch(/secret|77/);
    }
  });
  test('rows of another shape are shown as such, and the page stays', async () => {
    const folder = writeStored(fresh(), { seeds: [0] });
    const run = join(folder, 'runs', 'one-s0-01234567');
    const { url } = await view(folder);
    const wrong = ['null', '7', '[]', '{}', '{"step":1}', '{"step":1,"metrics":null}', 'no JSON'];
    appendFileSync(join(run, 'steps.jsonl'), `${wrong.join('\n')}\n`);
    appendFileSync(join(run, 'evals.jsonl'), `null\n{"step":1,"split":"validation"}\n`);
    appendFileSync(join(run, 'samples.jsonl'), 'null\n{"prompt":1}\n');
    rmSync(join(run, 'outcome.json'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { runs } = JSON.parse((await raw(url, '/api/state')).text) as Update;
    expect(runs.find(({ label }) => label === 'one')).toMatchObject({
      problem: '7 lines of its steps are no row, 2 lines of its evals are no row',
    });
    expect(JSON.parse((await raw(url, '/api/run/one-s0-01234567')).text)).toMatchObject({ strange: 2 });
  });
  test('text from data: in the page escaped, in the answers JSON without control characters', async () => {
    const nasty = '</script><script>alert(1)</script>\u202e\u001b[31m';
    expect(viewPage(nasty)).toContain('&lt;/script&gt;&lt;script&gt;alert(1)');
    const folder = writeStored(fresh(), { seeds: [0], promptText: () => nasty, description: nasty });
    const { url } = await view(folder);
    const answer = await raw(url, '/api/run/one-s0-01234567');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect((JSON.parse(answer.text) as { samples: { prompt: string }[] }).samples[0]!.prompt).toBe(
      '</script><script>alert(1)</script>[31m',
    );
    for (const path of ['/api/state', '/api/run/one-s0-01234567'])
      expect((await raw(url, path)).text).not.toMatch(/\\u202e|\u202e|\\u001b/);
  });
  test('where the model is missing, one line says so', async () => {
    const { url } = await view(writeStored(fresh(), { seeds: [0] }));
    expect(JSON.parse((await raw(url, '/api/run/one-s0-01234567/sample/0')).text)).toEqual({
      reason: expect.stringContaining('model folder'),
    });
    expect(JSON.parse((await raw(url, '/api/run/sft-s0-01234567/sample/0')).text)).toEqual({
      reason: expect.stringContaining('started from no other run'),
    });
  });
  test('a folder that is no run, another host and a port in use are refused', async () => {
    const empty = fresh();
    mkdirSync(empty);
    await expect(startView(empty, { host: '127.0.0.1', port: 0 })).rejects.toMatchObject({
      code: 'empty-folder',
      exitCode: 2,
    });
    const other = planned();
    writeFileSync(join(other, 'experiment.json'), '{"architectures": []}');
    await expect(startView(other, { host: '127.0.0.1', port: 0 })).rejects.toThrow(
      /experiment\.json: is no experiment; bring it back as it was/,
    );
    await expect(startView(planned(), { host: '0.0.0.0', port: 0 })).rejects.toMatchObject({
      code: 'not-loopback',
      exitCode: 2,
    });
    const { url } = await view(planned());
    await expect(
      startView(planned(), { host: '127.0.0.1', port: Number(new URL(url).port) }),
    ).rejects.toMatchObject({ code: 'cannot-listen', exitCode: 2 });
  });
});

describe('of a real run', () => {
  const out = join(dir, 'smoke');
  beforeAll(async () => {
    await finishedSmoke(out);
  });
  const idOf = (label: string): string =>
    readdirSync(join(out, 'runs')).find((r) => r.startsWith(`${label}-s0-`))!;

  test('token log-ratios add up to what was stored with the sample', async () => {
    const { url } = await view(out);
    for (const label of ['dpo', 'ppo']) {
      const rows = readFileSync(join(out, 'runs', idOf(label), 'samples.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l) as { logp: number; refLogp: number; tokens: number; completion: string });
      const { tokens } = JSON.parse((await raw(url, `/api/run/${idOf(label)}/sample/0`)).text) as {
        tokens: { token: string; logp: number; refLogp: number; ratio: number }[];
      };
      expect(tokens).toHaveLength(rows[0]!.tokens);
      const sum = (key: 'logp' | 'refLogp' | 'ratio'): number => tokens.reduce((s, t) => s + t[key], 0);
      // float32, another batch shape: 1e-4 nats over the sequence.
      expect(sum('logp')).toBeCloseTo(rows[0]!.logp, 3);
      expect(sum('refLogp')).toBeCloseTo(rows[0]!.refLogp, 3);
      expect(sum('ratio')).toBeCloseTo(rows[0]!.logp - rows[0]!.refLogp, 3);
      expect(
        tokens
          .map((t) => t.token)
          .join(' ')
          .replace(' (end)', ''),
      ).toBe(rows[0]!.completion);
    }
    expect(JSON.parse((await raw(url, `/api/run/${idOf('best-of-n')}/sample/0`)).text)).toEqual({
      reason: expect.stringContaining('chosen among several'),
    });
  });
  test('the report is served as it lies there', async () => {
    const { url } = await view(out);
    const report = await raw(url, '/report');
    expect(report.text).toBe(readFileSync(join(out, 'report.html'), 'utf8'));
    expect(report.headers['content-security-policy']).toMatch(/default-src 'none'/);
  });
});

const skipped = ' (skipped: no Chromium; apt-get install chromium)';
describe(`in a browser${chromium === undefined ? skipped : ''}`, () => {
  test.skipIf(chromium === undefined)(
    'text stays text, only this server is asked, nothing scrolls sideways, the address holds the view',
    async () => {
      const nasty = '<img src=x onerror=document.title="run">';
      const { url } = await view(
        writeStored(fresh(), {
          seeds: [0],
          labels: [nasty, 'two'],
          promptText: () => nasty,
          outcome: (label) => (label === 'two' ? 'failed' : 'completed'),
        }),
      );
      const browser = new Browser(chromium!);
      try {
        const hash = new URLSearchParams({ tab: 'runs', run: `${nasty}-s0-01234567` });
        const tab = await browser.open(`${url}#${hash}`, 360);
        // Until the run's samples are there; the test's own time limit ends a wait for nothing.
        await tab.value(`new Promise((done) => {
        const look = () => (document.querySelector('.sample') ? done(true) : setTimeout(look, 20));
        look();
      })`);
        expect(await tab.value("document.querySelectorAll('img').length")).toBe(0);
        expect(await tab.value("document.querySelector('.sample').textContent")).toContain(nasty);
        expect(await tab.value('document.title')).toBe('stored · Tiltyard, live');
        expect(await tab.value("document.getElementById('runs').hidden")).toBe(false);
        expect(
          await tab.value('document.documentElement.scrollWidth <= document.documentElement.clientWidth'),
        ).toBe(true);
        await tab.value("document.getElementById('tab-failures').click()");
        await tab.value(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))',
        );
        expect(await tab.value("document.getElementById('causes').textContent")).toContain('it <b>broke</b>');
        expect(await tab.value('location.hash')).toMatch(/^#tab=failures&/);
        expect(tab.seen.errors).toEqual([]);
        expect(tab.seen.requests.filter((asked) => !asked.startsWith(url))).toEqual([]);
      } finally {
        await browser.close();
      }
    },
    180_000,
  );
});
