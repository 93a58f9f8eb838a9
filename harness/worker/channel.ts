import { Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** The pipe between a worker and its parent: run.ts of the launcher opens it. */
const CHANNEL = 3;

/** A worker's end of the pipe on which it gets tasks and says what it does. */
export class Channel {
  /** Whether the parent is gone, or wants no more. */
  isOver = false;
  private readonly socket = new Socket({ fd: CHANNEL, readable: true, writable: true });

  constructor() {
    this.socket.on('error', () => undefined); // nobody reads any more
    this.socket.on('end', () => (this.isOver = true));
    this.socket.on('close', () => (this.isOver = true));
  }

  emit(event: Readonly<Record<string, unknown>>): void {
    if (!this.socket.destroyed) this.socket.write(`${JSON.stringify(event)}\n`);
  }

  /** Tasks, a line each, until the parent gives no more. */
  lines(): AsyncIterator<string> {
    return createInterface({ input: this.socket })[Symbol.asyncIterator]();
  }

  /** Resolves when all that was said has left. */
  async drained(): Promise<void> {
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.once('close', () => resolve());
      this.socket.write('', () => resolve());
    });
  }
}
