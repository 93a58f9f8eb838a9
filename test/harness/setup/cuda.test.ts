import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CudaOptions, setUpCuda } from '../../../harness/setup/cuda.js';
import type { Published } from '../../../harness/setup/published.js';
import { temporary } from '../../support.js';
import { fakeLibrary, zipOf } from './fake-library.js';

const PROVIDER = 'libonnxruntime_providers_cuda.so';
const SHARED = 'libonnxruntime_providers_shared.so';
const provider = (version: string): Buffer =>
  fakeLibrary(['libcublas.so.99', 'libcudart.so.99', 'libc.so.6'], [version, 'libcudnn.so.9']);
const core = (version: string): Buffer => fakeLibrary(['libc.so.6'], ['1.3.2', version]);
const shared = Buffer.from('shared');

const variables = ['TILTYARD_ONNXRUNTIME', 'LD_LIBRARY_PATH', 'npm_config_registry', 'npm_config_cache'];
const before = Object.fromEntries(variables.map((name) => [name, process.env[name]]));
beforeEach(() => {
  for (const name of variables) delete process.env[name];
  // No test reaches the network: what is not served here is refused at once.
  process.env['npm_config_registry'] = 'http://127.0.0.1:9/';
  process.env['npm_config_fetch_retries'] = '0';
  process.env['npm_config_cache'] = temporary();
});
afterEach(() => {
  for (const name of variables)
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  delete process.env['npm_config_fetch_retries'];
});

/** onnxruntime-node 1.30.0 as it is installed; its installer does what the script says. */
function installed(
  installer = 'console.error("Error: getaddrinfo ENOTFOUND api.nuget.org"); process.exit(1)',
) {
  const root = temporary();
  const bin = join(root, 'bin', 'napi-v6', 'linux', 'x64');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(root, 'script'));
  writeFileSync(join(bin, 'libonnxruntime.so.1'), core('1.30.0'));
  writeFileSync(join(root, 'script', 'install.js'), installer);
  return { root, bin };
}

/** Sets up, and what was said. */
async function setUp(root: string, options: Partial<CudaOptions> = {}, published?: readonly Published[]) {
  const said: string[] = [];
  const say = (line: string): void => void said.push(line);
  const places = published === undefined ? { root } : { root, published };
  return { made: await setUpCuda({ ...options, say }, places), said };
}

const put = (folder: string, files: Readonly<Record<string, Buffer>>): string => {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return folder;
};

describe.runIf(process.platform === 'linux' && process.arch === 'x64')('setup cuda', () => {
  test("takes it from NuGet, by the package's own installer, and says what CUDA lacks", async () => {
    const from = put(temporary(), { [PROVIDER]: provider('1.30.0'), [SHARED]: shared });
    const { root, bin } = installed(`
      if (process.argv[2] !== '--onnxruntime-node-install') process.exit(3);
      for (const name of ['${PROVIDER}', '${SHARED}'])
        require('fs').copyFileSync('${from}/' + name, __dirname + '/../bin/napi-v6/linux/x64/' + name);`);
    const cuda = put(temporary(), { 'libcudart.so.99': shared });
    process.env['LD_LIBRARY_PATH'] = cuda;
    const { made, said } = await setUp(root);
    expect(said[0]).toBe(`onnxruntime 1.30.0 runs here: ${join(bin, 'libonnxruntime.so.1')}`);
    expect(said[1]).toMatch(/^asking NuGet, by .*install\.js$/);
    expect(made).toMatchObject({
      version: '1.30.0',
      library: null,
      missing: [
        { name: 'libcublas.so.99', elsewhere: null },
        { name: 'libcudnn.so.9', elsewhere: null },
      ],
      licence: expect.stringMatching(/^MIT, Copyright \(c\) Microsoft/) as string,
    });
    expect(made!.searched).toContain(cuda);
    expect(made!.files[0]).toEqual({
      path: join(bin, PROVIDER),
      sha256: createHash('sha256').update(provider('1.30.0')).digest('hex'),
    });
  });
  test('what lies there already and fits is left; nothing is asked', async () => {
    const { root, bin } = installed('throw new Error("asked")');
    put(bin, { [PROVIDER]: provider('1.30.0'), [SHARED]: shared });
    const { made, said } = await setUp(root);
    expect(said.at(-1)).toBe('its CUDA provider lies beside it already; nothing is fetched');
    expect(made!.version).toBe('1.30.0');
  });
  test('a dry run fetches nothing and writes nothing', async () => {
    const { root, bin } = installed('require("fs").writeFileSync(__dirname + "/asked", "")');
    const { made, said } = await setUp(root, { dryRun: true });
    expect(made).toBeNull();
    expect(said.slice(1)).toEqual([
      expect.stringMatching(/^NuGet's Microsoft\.ML\.OnnxRuntime\.Gpu\.Linux 1\.30\.0, by the package's own/),
      expect.stringMatching(/^where that does not answer: com\.github\.asus4\S+ \(onnxruntime 1\.29\.0\)/),
    ]);
    expect(readdirSync(bin)).toEqual(['libonnxruntime.so.1']);
    expect(existsSync(join(root, 'script', 'asked'))).toBe(false);
  });

  describe('from what the user names', () => {
    const inNuget = 'runtimes/linux-x64/native';
    test.each<[string, Readonly<Record<string, Buffer>>]>([
      ['a folder', { [`${inNuget}/${PROVIDER}`]: provider('1.30.0'), [`${inNuget}/${SHARED}`]: shared }],
      ['a wheel or a NuGet package', {}],
    ])('%s', async (kind, files) => {
      const { root, bin } = installed();
      const folder = put(temporary(), files);
      const from = kind === 'a folder' ? folder : join(folder, 'onnxruntime_gpu-1.30.0.whl');
      const capi = {
        [`onnxruntime/capi/${PROVIDER}`]: provider('1.30.0'),
        [`onnxruntime/capi/${SHARED}`]: shared,
      };
      if (from !== folder) writeFileSync(from, zipOf(capi));
      const { made } = await setUp(root, { from });
      expect(made).toMatchObject({ version: '1.30.0', library: null });
      expect(readFileSync(join(bin, PROVIDER)).equals(provider('1.30.0'))).toBe(true);
      expect(readdirSync(bin).sort()).toEqual(['libonnxruntime.so.1', PROVIDER, SHARED]);
    });
    test('a release of another version, with its own library, goes to a folder of its own', async () => {
      const { root, bin } = installed();
      const release = put(temporary(), {
        'ort/lib/libonnxruntime.so.1.31.0': core('1.31.0'),
        [`ort/lib/${PROVIDER}`]: provider('1.31.0'),
        [`ort/lib/${SHARED}`]: shared,
      });
      execFileSync('tar', ['-czf', join(release, 'ort.tgz'), '-C', release, 'ort']);
      const { made } = await setUp(root, { from: join(release, 'ort.tgz') });
      expect(made!.library).toBe(join(bin, 'cuda-1.31.0', 'libonnxruntime.so.1.31.0'));
      expect(made!.files).toHaveLength(3);
      expect(readdirSync(bin).sort()).toEqual(['cuda-1.31.0', 'libonnxruntime.so.1']);
    });
    test.each<[string, Readonly<Record<string, Buffer>>, RegExp]>([
      [
        'of another version',
        { [PROVIDER]: provider('1.29.0'), [SHARED]: shared },
        /is of onnxruntime 1\.29\.0, and 1\.30\.0 runs here; name one of 1\.30\.0/,
      ],
      ['of no version', { [PROVIDER]: Buffer.from('x'), [SHARED]: shared }, /says no version of onnxruntime/],
      [
        'not whole',
        { [PROVIDER]: provider('1.30.0') },
        /has no libonnxruntime_providers_shared\.so; name a folder/,
      ],
    ])('a provider that is %s is refused, and nothing is left', async (_, files, message) => {
      const { root, bin } = installed();
      await expect(setUp(root, { from: put(temporary(), files) })).rejects.toThrow(message);
      expect(readdirSync(bin)).toEqual(['libonnxruntime.so.1']);
    });
    test('what is not there is refused', async () => {
      await expect(setUp(installed().root, { from: '/no/such' })).rejects.toThrow(
        'setup cuda: --from /no/such: there is no such file or folder',
      );
    });
  });

  describe('from the npm registry', () => {
    let server: Server;
    afterEach(() => server.close());
    const sum = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

    /** A registry with these packages, each of one file. */
    async function registry(
      packages: Readonly<Record<string, Readonly<Record<string, Buffer>>>>,
    ): Promise<void> {
      const archives = new Map<string, Buffer>();
      for (const [spec, files] of Object.entries(packages)) {
        const [name, version] = spec.split('@') as [string, string];
        const meta = Buffer.from(JSON.stringify({ name, version }));
        const dir = put(join(temporary(), 'package'), { 'package.json': meta, ...files });
        archives.set(name, execFileSync('tar', ['-czf', '-', '-C', join(dir, '..'), 'package']));
      }
      server = createServer((request, response) => {
        const { port } = server.address() as AddressInfo;
        const name = request.url!.split('/')[1]!;
        const bytes = archives.get(name);
        if (bytes === undefined) return void response.writeHead(404).end('{}');
        if (request.url!.endsWith('.tgz')) return void response.end(bytes);
        const version = Object.keys(packages)
          .find((spec) => spec.startsWith(`${name}@`))!
          .split('@')[1]!;
        const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
        const dist = { tarball: `http://127.0.0.1:${port}/${name}/it.tgz`, integrity };
        const body = {
          name,
          'dist-tags': { latest: version },
          versions: { [version]: { name, version, dist } },
        };
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      process.env['npm_config_registry'] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    }
    const published = (onnxruntime: string): Published => ({
      onnxruntime,
      provider: 'some-cuda-provider@2.0.0',
      core: `some-core@${onnxruntime}`,
      sha256: {
        [PROVIDER]: sum(provider(onnxruntime)),
        [SHARED]: sum(shared),
        'libonnxruntime.so.1': sum(core(onnxruntime)),
      },
    });
    const packages = (version: string) => ({
      'some-cuda-provider@2.0.0': {
        [`Plugins/${PROVIDER}`]: provider(version),
        [`Plugins/${SHARED}`]: shared,
      },
      [`some-core@${version}`]: {
        'bin/linux/x64/libonnxruntime.so.1': core(version),
        'bin/linux/arm64/libonnxruntime.so.1': Buffer.from('arm'),
      },
    });

    test('where NuGet does not answer: the provider of the version that runs goes beside it', async () => {
      await registry(packages('1.30.0'));
      const { root, bin } = installed();
      const { made, said } = await setUp(root, {}, [published('1.30.0')]);
      expect(said.slice(2)).toEqual([
        'NuGet did not give it: Error: getaddrinfo ENOTFOUND api.nuget.org',
        'fetching some-cuda-provider@2.0.0 from the npm registry',
      ]);
      expect(made).toMatchObject({ version: '1.30.0', library: null });
      expect(readdirSync(bin).sort()).toEqual(['libonnxruntime.so.1', PROVIDER, SHARED]);
    });
    test('of another version: with its library, in a folder of its own', async () => {
      await registry(packages('1.29.0'));
      const { root, bin } = installed();
      const { made, said } = await setUp(root, { source: 'npm' }, [published('1.29.0')]);
      expect(said[1]).toBe('npm has no CUDA provider of onnxruntime 1.30.0; its newest, of 1.29.0, is taken');
      expect(made!.library).toBe(join(bin, 'cuda-1.29.0', 'libonnxruntime.so.1'));
      expect(readFileSync(made!.library!).equals(core('1.29.0'))).toBe(true);
    });
    test('a file that is not the known one is refused, and nothing is left', async () => {
      await registry(packages('1.30.0'));
      const { root, bin } = installed();
      const other = { ...published('1.30.0'), sha256: { ...published('1.30.0').sha256, [PROVIDER]: 'abc' } };
      await expect(setUp(root, { source: 'npm' }, [other])).rejects.toThrow(
        /libonnxruntime_providers_cuda\.so of some-cuda-provider@2\.0\.0 has SHA-256 [0-9a-f]{64}, not abc/,
      );
      expect(readdirSync(bin)).toEqual(['libonnxruntime.so.1']);
    });
    test('a registry that lacks it is said, with what to do without network', async () => {
      await registry({});
      await expect(setUp(installed().root, { source: 'npm' }, [published('1.30.0')])).rejects.toThrow(
        /some-cuda-provider@2\.0\.0 does not come from the npm registry: .*404.*; .*without network.*--from/,
      );
    });
    test('NuGet alone was asked for, and does not answer: npm is not asked', async () => {
      await registry(packages('1.30.0'));
      await expect(setUp(installed().root, { source: 'nuget' }, [published('1.30.0')])).rejects.toThrow(
        'setup cuda: NuGet did not give the provider',
      );
    });
  });
});
