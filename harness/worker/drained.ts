/** Resolves when a stream has given all it was given, or when nobody takes it. */
export function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1000).unref();
    stream.write('', () => resolve());
  });
}
