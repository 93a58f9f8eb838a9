import { expect, test } from 'vitest';
import { utf8Lines } from '../../../harness/inspect/lines.js';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
async function linesOf(bytes: Buffer, size = 3): Promise<string[]> {
  const out: string[] = [];
  for await (const line of utf8Lines(inPieces(bytes, size), 'rows')) out.push(line);
  return out;
}

test('lines end in a line feed alone, in pieces of any size', async () => {
  const text = '\ufeffa é\u2028b\n\n漢\rc\r\nlast';
  for (const size of [1, 2, 3, 100])
    expect(await linesOf(Buffer.from(text), size)).toEqual(['a é\u2028b', '', '漢\rc\r', 'last']);
  expect(await linesOf(Buffer.from('a\n'))).toEqual(['a']);
});
test('what is not UTF-8 is named by line and byte', async () => {
  const bytes = Buffer.concat([Buffer.from('ab\né'), Buffer.from([0xff])]);
  await expect(linesOf(bytes)).rejects.toThrow('rows:2: byte 5 (0xff) is not UTF-8');
});
test('a line that does not end is not waited for', async () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  async function* endless(): AsyncGenerator<Buffer> {
    for (;;) yield piece;
  }
  const read = async (): Promise<void> => {
    for await (const _ of utf8Lines(endless(), 'rows'));
  };
  await expect(read()).rejects.toThrow('rows:1: this line is over 64 MiB long');
});
