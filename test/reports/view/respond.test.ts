import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { sendEvent } from '../../../reports/view/respond.js';

/** Who listens, with so many bytes waiting for him. */
function listener(writableLength: number): { response: ServerResponse; done: string[] } {
  const done: string[] = [];
  const response = {
    writableLength,
    write: (text: string) => done.push(text),
    destroy: () => done.push('let go'),
  };
  return { response: response as unknown as ServerResponse, done };
}

test('an event is sent to whoever keeps up, and a reader who does not is let go', () => {
  const quick = listener(2 ** 20);
  sendEvent(quick.response, 'change', { x: 1 });
  expect(quick.done).toEqual(['event: change\ndata: {"x":1}\n\n']);
  const slow = listener(2 ** 23 + 1);
  sendEvent(slow.response, 'change', { x: 1 });
  expect(slow.done).toEqual(['let go']);
});
