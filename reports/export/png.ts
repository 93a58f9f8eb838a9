import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

/** Pixels for one of the SVG's: sharp on a dense screen, and in print at half the size. */
const SCALE = 2;

/**
 * Arimo is as wide as Arial and Helvetica, and has the signs and the Greek of figures. It comes with the
 * package, so that a figure is the same picture on every machine, whatever fonts that has.
 */
const FONT = 'Arimo';
const FACES = ['400Regular/Arimo_400Regular.ttf', '600SemiBold/Arimo_600SemiBold.ttf'];

const require = createRequire(import.meta.url);
const fileOf = (name: string): Buffer => readFileSync(require.resolve(name));

let loading: Promise<void> | undefined;
let fonts: readonly Buffer[] = [];

/** Draws an SVG as a PNG, twice as many pixels wide and high. */
export async function png(svg: string): Promise<Uint8Array> {
  loading ??= initWasm(fileOf('@resvg/resvg-wasm/index_bg.wasm'));
  await loading;
  if (fonts.length === 0) fonts = FACES.map((face) => fileOf(`@expo-google-fonts/arimo/${face}`));
  const drawing = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: { fontBuffers: [...fonts], defaultFontFamily: FONT, sansSerifFamily: FONT },
  });
  const image = drawing.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    drawing.free();
  }
}
