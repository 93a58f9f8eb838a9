/** A CUDA provider that the npm registry carries. */
export interface Published {
  /** Version of onnxruntime that it belongs to, and no other. */
  readonly onnxruntime: string;
  /** The package that has it; the provider's files lie somewhere in it. */
  readonly provider: string;
  /** A package with the library itself in that version, for whoever runs another. */
  readonly core: string;
  /** SHA-256 of its files, by name, hex: what is fetched is held to them. */
  readonly sha256: Readonly<Record<string, string>>;
}

/**
 * Newest last. Each was loaded and run before it was entered here. Microsoft publishes providers on NuGet
 * alone; this package of K. Ibukuro's onnxruntime-unity has one, for CUDA 13.
 */
export const PUBLISHED: readonly Published[] = [
  {
    onnxruntime: '1.29.0',
    provider: 'com.github.asus4.onnxruntime.linux-x64-gpu@0.4.9',
    core: 'onnxruntime-node@1.29.0',
    sha256: {
      'libonnxruntime_providers_cuda.so': '56cf3254b118ad837ccc4ed8f6d1b23504bbf7ef91b34cbc0b289cb7f10b3037',
      'libonnxruntime_providers_shared.so':
        'c6a12593396095f5670160e284c35d1700b7708cf3037b7042e2a5200ccae772',
      'libonnxruntime.so.1': '89688f5cf51c7e31befbb7b9101bc027799009b18d1baa9a5b1146a72e69538d',
    },
  },
];
