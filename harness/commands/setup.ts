import type { Register } from './io.js';

export const setupCommand: Register = (add, io) => {
  add('setup')
    .argument('<engine>', 'tensorflow')
    .requiredOption('--from <dir>', "a wheel's tensorflow folder, or an unpacked libtensorflow")
    .description("build what an engine needs of this machine's own libraries")
    .action(async (engine: string, { from }: { from: string }) => {
      const { setUpTensorflow } = await import('../setup/tensorflow.js');
      const built = await setUpTensorflow(from);
      const { version, device, binding } = built;
      io.tell(
        { type: 'setup', engine, ...built },
        `${binding}\nTensorFlow ${version} on ${device}: take it with --engine tensorflow`,
      );
    });
};
