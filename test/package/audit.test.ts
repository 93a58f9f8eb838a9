import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { root } from '../support.js';
import { audit } from './audit.mjs';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** What `npm audit` of this checkout comes to where the registry answers so. */
async function auditedBy(answer: RequestListener, ...flags: string[]): Promise<readonly string[] | null> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return audit(root, '--registry', `http://127.0.0.1:${port}`, ...flags);
}

const hole = (severity: string) => ({
  id: 1,
  url: 'https://example.org/1',
  title: 'a hole',
  severity,
  vulnerable_versions: '>=0',
  cwe: [],
  cvss: { score: 9, vectorString: null },
});

test.each([
  ['refuses', (_, response) => response.writeHead(405).end()],
  ['answers with a page', (_, response) => response.end('<html>')],
  ['hangs up', (request) => request.socket.destroy()],
] as [string, RequestListener][])('a registry that %s: no audit, and no failure', async (_, answer) => {
  expect(await auditedBy(answer)).toBeNull();
});
test('one that does not answer in time: the same', async () => {
  expect(await auditedBy(() => undefined, '--fetch-timeout', '300')).toBeNull();
});
test('one that answers: the grave holes of what is not for developing', async () => {
  const holes = { yaml: [hole('critical')], ajv: [hole('low')], vitest: [hole('high')] };
  // It is asked for the package's versions too.
  const answer: RequestListener = ({ method, url }, response) =>
    response.end(
      JSON.stringify(method === 'POST' ? holes : { name: url!.slice(1), versions: {}, 'dist-tags': {} }),
    );
  expect(await auditedBy(answer)).toEqual(['yaml: critical']);
  server!.close();
  expect(await auditedBy((_, response) => response.end('{}'))).toEqual([]);
});
