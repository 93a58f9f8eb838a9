import { inflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { png } from '../../../reports/export/png.js';
import { figures } from '../../../reports/figures/figures.js';
import { standaloneSvg } from '../../../reports/figures/standalone.js';
import { fixture } from '../fixture.js';

interface Image {
  readonly width: number;
  readonly height: number;
  /** A number for each pixel, its four bytes. */
  readonly pixels: Uint32Array;
}

/** Eight bits a channel, with alpha, as it is written here. */
function decoded(file: Uint8Array): Image {
  const bytes = Buffer.from(file);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  const data: Buffer[] = [];
  let [width, height] = [0, 0];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const chunk = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') {
      [width, height] = [chunk.readUInt32BE(0), chunk.readUInt32BE(4)];
      expect([...chunk.subarray(8)]).toEqual([8, 6, 0, 0, 0]);
    }
    if (type === 'IDAT') data.push(chunk);
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(data));
  const row = 4 * width;
  const out = new Uint8Array(row * height);
  const paeth = (a: number, b: number, c: number): number => {
    const [pa, pb, pc] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
    return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
  };
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (row + 1)]!;
    for (let x = 0; x < row; x++) {
      const left = x < 4 ? 0 : out[y * row + x - 4]!;
      const up = y === 0 ? 0 : out[(y - 1) * row + x]!;
      const both = x < 4 || y === 0 ? 0 : out[(y - 1) * row + x - 4]!;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, both)][filter]!;
      out[y * row + x] = raw[y * (row + 1) + 1 + x]! + guess;
    }
  }
  return { width, height, pixels: new Uint32Array(out.buffer) };
}

const differing = (a: Image, b: Image): number => a.pixels.filter((pixel, i) => pixel !== b.pixels[i]).length;

test('a figure is drawn twice as large as its SVG, in many colours, with its words', async () => {
  const all = [...(await figures(fixture())).values()];
  expect(all.length).toBeGreaterThan(5);
  for (const figure of all) {
    const svg = standaloneSvg(figure);
    const [width, height] = /width="(\d+)" height="(\d+)"/.exec(svg)!.slice(1).map(Number) as [
      number,
      number,
    ];
    const image = decoded(await png(svg));
    expect([image.width, image.height]).toEqual([2 * width, 2 * height]);
    expect(new Set(image.pixels).size, figure.id).toBeGreaterThan(20);
    const silent = decoded(await png(svg.replaceAll(/<text[\s\S]*?<\/text>/g, '')));
    expect(differing(image, silent), figure.id).toBeGreaterThan(2000);
  }
}, 60_000);

test('the font has what figures are written with, Greek and signs too, each of its own look', async () => {
  const signs = [...'aZ09.,%+-−×–’≠≤≥→←·±()[]{}‖αβγδεκλπρστ²½…'];
  const drawn = new Map<string, string>();
  for (const sign of signs) {
    const text = sign.replace('<', '&lt;');
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40" font-family="system-ui, sans-serif">' +
      `<rect width="40" height="40" fill="#fff"/><text x="8" y="28" font-size="24">${text}</text></svg>`;
    drawn.set(sign, Buffer.from(await png(svg)).toString('base64'));
  }
  expect(new Set(drawn.values()).size).toBe(signs.length);
});

test('the same SVG is the same file', async () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text y="9">KL</text></svg>';
  expect(Buffer.from(await png(svg)).equals(Buffer.from(await png(svg)))).toBe(true);
});
