import { deflateRawSync } from 'node:zlib';

/**
 * A shared library of 64-bit ELF that says a version and asks the loader for others; nothing in it runs.
 * @param says texts in it, each between zeros
 */
export function fakeLibrary(needed: readonly string[], says: readonly string[]): Buffer {
  const names = Buffer.from(`\0${needed.join('\0')}\0`, 'latin1');
  const [head, segment] = [64, 56];
  const dynamicAt = head + 2 * segment;
  const dynamic = Buffer.alloc((needed.length + 3) * 16);
  const namesAt = dynamicAt + dynamic.length;
  const base = 0x10000; // where the file is laid in memory
  let at = 0;
  const entry = (tag: number, value: number): void => {
    dynamic.writeBigUInt64LE(BigInt(tag), at);
    dynamic.writeBigUInt64LE(BigInt(value), at + 8);
    at += 16;
  };
  let place = 1;
  for (const name of needed) {
    entry(1, place);
    place += name.length + 1;
  }
  entry(5, base + namesAt);
  entry(10, names.length);
  const start = Buffer.alloc(dynamicAt);
  start.write('\x7fELF\x02\x01', 0, 'latin1');
  start.writeBigUInt64LE(BigInt(head), 32);
  start.writeUInt16LE(segment, 54);
  start.writeUInt16LE(2, 56);
  const segments = [
    { kind: 1, from: 0, to: base, length: namesAt + names.length },
    { kind: 2, from: dynamicAt, to: base + dynamicAt, length: dynamic.length },
  ];
  for (const [i, { kind, from, to, length }] of segments.entries()) {
    start.writeUInt32LE(kind, head + i * segment);
    for (const [field, value] of [
      [8, from],
      [16, to],
      [32, length],
    ] as const)
      start.writeBigUInt64LE(BigInt(value), head + i * segment + field);
  }
  return Buffer.concat([start, dynamic, names, Buffer.from(says.map((text) => `\0${text}\0`).join(''))]);
}

/** A ZIP file of these files, packed. */
export function zipOf(files: Readonly<Record<string, Buffer>>): Buffer {
  const [bodies, directory]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [path, bytes] of Object.entries(files)) {
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(path), packed]);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(at, 10);
    const central = Buffer.concat([
      Buffer.from('PK\x01\x02\x14\x00', 'latin1'),
      common,
      place,
      Buffer.from(path),
    ]);
    bodies.push(local);
    directory.push(central);
    at += local.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...bodies, ...directory, end]);
}
