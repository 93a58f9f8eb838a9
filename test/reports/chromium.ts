import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** A headless browser, or undefined where none is installed. */
export const chromium = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path !== undefined && existsSync(path));

type Params = Readonly<Record<string, unknown>>;
interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly result?: Params;
  readonly error?: { readonly message: string };
  readonly sessionId?: string;
}

/** What a page said and asked for. */
export interface Seen {
  /** Errors on its console, uncaught exceptions and refusals by its policy. */
  readonly errors: string[];
  /** Addresses it asked for, its own and data: excepted. */
  readonly requests: string[];
}

/**
 * A headless Chromium spoken to over its pipe (file descriptors 3 and 4, JSON ended by NUL): no port, no
 * dependency.
 */
export class Browser {
  private readonly child: ChildProcess;
  private readonly profile = mkdtempSync(join(tmpdir(), 'tiltyard-chromium-'));
  private readonly waiting = new Map<
    number,
    { resolve: (result: Params) => void; reject: (error: Error) => void }
  >();
  private readonly listeners = new Set<(message: Message) => void>();
  private last = 0;

  constructor(path: string) {
    this.child = spawn(
      path,
      [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--hide-scrollbars',
        '--remote-debugging-pipe',
        `--user-data-dir=${this.profile}`,
        'about:blank',
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    let text = '';
    (this.child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const messages = (text + chunk).split('\0');
      text = messages.pop()!;
      for (const message of messages) this.receive(JSON.parse(message) as Message);
    });
    this.child.on('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new Error('chromium ended'));
    });
  }

  private receive(message: Message): void {
    for (const listener of this.listeners) listener(message);
    if (message.id === undefined) return;
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    if (message.error !== undefined) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
  }

  send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      (this.child.stdio[3] as Writable).write(
        `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
      );
    });
  }

  /** Opens an address in a fresh tab of this size and waits until it has loaded. */
  async open(
    url: string,
    width: number,
    options: { readonly scheme?: 'light' | 'dark'; readonly media?: 'print'; readonly script?: boolean } = {},
  ): Promise<Tab> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const session = String(sessionId);
    const seen: Seen = { errors: [], requests: [] };
    let loaded = (): void => {};
    const load = new Promise<void>((resolve) => (loaded = resolve));
    this.listeners.add(({ method, params, sessionId: from }) => {
      if (from !== session) return;
      if (method === 'Runtime.exceptionThrown') seen.errors.push(JSON.stringify(params));
      if (method === 'Runtime.consoleAPICalled' && params!['type'] === 'error')
        seen.errors.push(JSON.stringify(params!['args']));
      if (method === 'Log.entryAdded' && (params!['entry'] as { level: string }).level === 'error')
        seen.errors.push(JSON.stringify(params!['entry']));
      if (method === 'Network.requestWillBeSent')
        seen.requests.push(
          ...[(params!['request'] as { url: string }).url].filter(
            (asked) => asked !== url.replace(/#.*/, '') && !asked.startsWith('data:'),
          ),
        );
      if (method === 'Page.loadEventFired') loaded();
    });
    for (const domain of ['Page', 'Runtime', 'Log', 'Network'])
      await this.send(`${domain}.enable`, {}, session);
    await this.send(
      'Emulation.setDeviceMetricsOverride',
      { width, height: 900, deviceScaleFactor: 1, mobile: false },
      session,
    );
    await this.send(
      'Emulation.setEmulatedMedia',
      {
        media: options.media ?? '',
        features: [{ name: 'prefers-color-scheme', value: options.scheme ?? 'light' }],
      },
      session,
    );
    if (options.script === false)
      await this.send('Emulation.setScriptExecutionDisabled', { value: true }, session);
    await this.send('Page.navigate', { url }, session);
    await load;
    return new Tab(this, session, seen);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    await this.send('Browser.close').catch(() => {});
    await ended;
    rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Tab {
  constructor(
    private readonly browser: Browser,
    private readonly session: string,
    readonly seen: Seen,
  ) {}

  /** Presses a key where the focus is. */
  async press(key: string): Promise<void> {
    for (const type of ['keyDown', 'keyUp'])
      await this.browser.send('Input.dispatchKeyEvent', { type, key, code: key }, this.session);
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.browser.send(
      'Runtime.evaluate',
      { expression, returnByValue: true, awaitPromise: true },
      this.session,
    );
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }
}
